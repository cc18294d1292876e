// Writes the vectors beside this file, which crates/btt/tests read: what ethers and tronweb, made by others, make of the
// same input. Nothing is sent anywhere. To run it again, in an empty folder:
//
//   npm install --ignore-scripts ethers@6.17.0 tronweb@6.5.1
//   node <this file>

import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

globalThis.fetch = () => {
  throw new Error("nothing here needs a network");
};

// Packages are looked for where the command is run.
const require = createRequire(join(process.cwd(), "-"));
const ethers = require("ethers");
const { TronWeb } = require("tronweb");

// Keys that everybody knows.
const keys = [1, 2, 3, 4].map((digit) => "0x" + String(digit).repeat(64));
const wallets = keys.map((key) => new ethers.Wallet(key));
const infoHashes = ["00".repeat(20), "ff".repeat(20), "dd8255ecdc7ca55fb0bbf81323d87062db1f6d1c"];
const notes = ["", "Thank you!", "Danke schön 🎬", "x".repeat(140), "🎬".repeat(140)];
const amounts = ["1", "12.5", "0.000000000000000001", "990000000000000", "340282366920938463463.374607431768211455"];

const bytes = [
  ...wallets.map((wallet) => wallet.address),
  "0x" + "00".repeat(20),
  "0x" + "ff".repeat(20),
  ...Array.from({ length: 26 }, (_, i) => ethers.dataSlice(ethers.id(`address ${i}`), 12)),
];
const addresses = bytes.map((address) => ({
  bytes: address.slice(2).toLowerCase(),
  evm: ethers.getAddress(address),
  tron: TronWeb.address.fromHex("41" + address.slice(2).toLowerCase()),
}));

const memo = (infoHash, note) =>
  ethers.concat([ethers.toUtf8Bytes("btt-tip1"), "0x" + infoHash, ethers.toUtf8Bytes(note)]);

const provider = new ethers.JsonRpcProvider("http://127.0.0.1:1", 1029, { staticNetwork: true });
const erc20 = new ethers.Interface(["function transfer(address to, uint256 amount)"]);
const tips = notes.map((note, i) => {
  const [infoHash, amount] = [infoHashes[i % infoHashes.length], amounts[i]];
  const [from, to] = [wallets[i % 4].address, wallets[(i + 1) % 4].address];
  const value = ethers.parseUnits(amount, 18);
  const [gas, gasPrice, chainId] = [21_000n + BigInt(i) * 999n, 9_000_000_000_000_000n, [1029, 31337, 199][i % 3]];
  const data = memo(infoHash, note);
  const transaction = provider.getRpcTransaction({ from, to, value, data, gasLimit: gas, gasPrice, chainId });
  return {
    infoHash, note, amount, from, to, chainId,
    units: value.toString(),
    gas: Number(gas),
    gasPrice: gasPrice.toString(),
    transaction: { ...transaction, from, to },
    tokenCall: erc20.encodeFunctionData("transfer", [to, value]),
  };
});
provider.destroy();

const endorsements = [];
for (const [i, wallet] of wallets.entries()) {
  const infoHash = infoHashes[i % infoHashes.length];
  const issued = [0, 1_795_000_000, 4_102_444_800, 1][i];
  const account = i % 2 === 0
    ? `eip155:1029:${wallet.address}`
    : `tron:0x2b6653dc:${TronWeb.address.fromHex("41" + wallet.address.slice(2))}`;
  const text = `btt-tip:v1\n${infoHash}\n${account}\n${issued}`;
  endorsements.push({ infoHash, account, issued, text, signature: await wallet.signMessage(text) });
}
write("ethers.json", { addresses, tips, endorsements });

const tron = new TronWeb({ fullHost: "http://127.0.0.1:1" });
const token = "TAFjULxiVgT4qWk6UZwjqwZXTSaGaqnVp4";
const transfers = [];
for (const [i, tip] of tips.entries()) {
  const base58 = (address) => TronWeb.address.fromHex("41" + address.slice(2));
  const blockHeader = {
    ref_block_bytes: ["0000", "1234", "ffff", "00ff", "a1b2"][i],
    ref_block_hash: ethers.id(`block ${i}`).slice(2, 18),
    expiration: 1_795_000_060_000 + i,
    timestamp: 1_795_000_000_000 + i,
  };
  const feeLimit = [100_000_000, 1, 127, 128, 15_000_000_000][i];
  const [owner, to] = [base58(tip.from), base58(tip.to)];
  const built = await tron.transactionBuilder.triggerSmartContract(
    token,
    "transfer(address,uint256)",
    { feeLimit, callValue: 0, txLocal: true, blockHeader },
    [{ type: "address", value: to }, { type: "uint256", value: tip.units }],
    owner,
  );
  const data = memo(tip.infoHash, tip.note).slice(2);
  const noted = await tron.transactionBuilder.addUpdateData(built.transaction, data, "hex", { txLocal: true });
  transfers.push({
    token, owner, to, feeLimit, data, ...blockHeader,
    units: tip.units,
    rawDataHex: noted.raw_data_hex,
    txID: noted.txID,
  });
}
write("tronweb.json", { transfers });

function write(name, vectors) {
  writeFileSync(join(import.meta.dirname, name), JSON.stringify(vectors, null, 1) + "\n");
}
