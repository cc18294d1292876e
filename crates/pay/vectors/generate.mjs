// Writes ethers.json beside this file, which crates/pay/tests read: what ethers, made by others, makes of the interface of
// the contract BttPay and of vouchers. Nothing is sent anywhere. To run it again, in an empty folder:
//
//   npm install --ignore-scripts ethers@6.17.0
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

const contract = new ethers.Interface([
  "function open(address key, uint32 slots, uint96 slotCap, uint64 expiry, uint128 bond) payable returns (bytes32)",
  "function extend(bytes32 session, uint64 expiry, uint32 addSlots) payable",
  "function redeem(address payee, tuple(bytes32 session, uint32 slot, uint96 cumulative, bytes32 r, bytes32 vs)[] items) returns (uint256)",
  "function slash(bytes32 session, uint32 slot, address pa, uint96 ca, bytes32 ra, bytes32 va, address pb, uint96 cb, bytes32 rb, bytes32 vb)",
  "function withdraw(bytes32 session)",
  "function status(bytes32 session, uint32 slot) view returns (tuple(address owner, uint64 expiry, uint32 slots, address key, uint96 slotCap, uint128 balance, uint128 bond), tuple(address payee, uint96 paid))",
]);

// Keys that everybody knows, addresses, and numbers from the smallest to the largest of their types.
const wallets = [1, 2, 3, 4, 5].map((digit) => new ethers.Wallet("0x" + String(digit).repeat(64)));
const address = (i) => ethers.getAddress(ethers.dataSlice(ethers.id(`address ${i}`), 12));
const word = (name) => ethers.id(name);
const largest = (bits) => (1n << BigInt(bits)) - 1n;
const pick = (i, ...values) => values[i % values.length];
const cases = Array.from({ length: 5 }, (_, i) => i);

const calls = cases.map((i) => {
  const session = word(`session ${i}`);
  const [slots, slot] = [pick(i, 1, 8, 4096, largest(32)), pick(i, 0, 7, 4095, largest(32))];
  const slotCap = pick(i, 1n, 20_000n * 10n ** 18n, largest(96));
  const [expiry, bond] = [pick(i, 0n, 1_795_000_000n, largest(64)), pick(i, 0n, 10_000n * 10n ** 18n, largest(128))];
  const payments = Array.from({ length: [1, 0, 3, 2, 50][i] }, (_, n) => ({
    session: word(`session ${i}, ${n}`),
    slot: pick(n, slot, 1),
    cumulative: pick(n, slotCap, 1n),
    r: word(`r ${i}, ${n}`),
    vs: word(`vs ${i}, ${n}`),
  }));
  const claim = (n) => [address(n), pick(n, slotCap, 2n), word(`r ${n}`), word(`vs ${n}`)];
  const [owner, key, payee, claims] = [address(i), address(i + 50), address(i + 100), [claim(i), claim(i + 1)]];
  const id = ethers.keccak256(ethers.AbiCoder.defaultAbiCoder().encode(["address", "address"], [owner, key]));
  const free = i === 1;
  const paid = free ? 0n : pick(i, 1n, 2n, slotCap);
  const answer = [
    [owner, expiry, slots, key, slotCap, slotCap, bond],
    [free ? ethers.ZeroAddress : payee, paid],
  ];
  return {
    owner, key, payee, session, id, slots, slot, slotCap, expiry, bond, payments, paid, free,
    claims: claims.map(([payee, cumulative, r, vs]) => ({ payee, cumulative, r, vs })),
    open: contract.encodeFunctionData("open", [key, slots, slotCap, expiry, bond]),
    extend: contract.encodeFunctionData("extend", [session, expiry, slots]),
    redeem: contract.encodeFunctionData("redeem", [payee, payments]),
    slash: contract.encodeFunctionData("slash", [id, slot, ...claims[0], ...claims[1]]),
    withdraw: contract.encodeFunctionData("withdraw", [session]),
    status: contract.encodeFunctionData("status", [session, slot]),
    answer: contract.encodeFunctionResult("status", answer),
  };
});

const types = {
  Voucher: [
    { name: "session", type: "bytes32" },
    { name: "slot", type: "uint32" },
    { name: "payee", type: "address" },
    { name: "cumulative", type: "uint96" },
  ],
};
const vouchers = [];
for (const [i, wallet] of wallets.entries()) {
  const chainId = [1029, 31337, 199, 1, Number.MAX_SAFE_INTEGER][i];
  const verifyingContract = pick(i, "0x5FbDB2315678afecb367f032d93F642f64180aa3", address(7));
  const voucher = {
    session: i === 0 ? "0x" + "ab".repeat(32) : word(`session ${i}`),
    slot: pick(i, 7, 0, largest(32)),
    payee: i === 0 ? "0x70997970C51812dc3A010C7d01b50e0d17dc79C8" : address(i),
    cumulative: pick(i, 123456789012345678901234n, 0n, largest(96)),
  };
  const domain = { name: "BttPay", version: "1", chainId, verifyingContract };
  const signature = ethers.Signature.from(await wallet.signTypedData(domain, types, voucher));
  vouchers.push({
    chainId, contract: verifyingContract, ...voucher,
    secret: wallet.privateKey,
    signer: wallet.address,
    digest: ethers.TypedDataEncoder.hash(domain, types, voucher),
    signature: signature.compactSerialized,
  });
}

// Numbers of any size are text.
const json = JSON.stringify({ calls, vouchers }, (_, value) => typeof value === "bigint" ? value.toString() : value, 1);
writeFileSync(join(import.meta.dirname, "ethers.json"), json + "\n");
