// Seals shares as docs/sealed.md says, with what Node brings along and nothing of this repository. Prints the results,
// which are kept in node.json: `node seal.mjs > node.json`. A test compares the two.

import { createCipheriv, createHash, hkdfSync } from "node:crypto";

const BLOCK = 16 << 10;
const LABEL = "seedcast-seal-1";

const sha = (kind, ...parts) => createHash(kind).update(Buffer.concat(parts)).digest();
const uint = (bytes, value) => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(value));
  return buffer.subarray(0, bytes);
};
const up = (value, unit) => Math.ceil(value / unit) * unit;

function bencode(value) {
  if (typeof value === "number") return Buffer.from(`i${value}e`);
  if (typeof value === "string") value = Buffer.from(value);
  if (Buffer.isBuffer(value)) return Buffer.concat([Buffer.from(`${value.length}:`), value]);
  if (Array.isArray(value)) return Buffer.concat([Buffer.from("l"), ...value.map(bencode), Buffer.from("e")]);
  const keys = Object.keys(value).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return Buffer.concat([Buffer.from("d"), ...keys.flatMap((key) => [bencode(key), bencode(value[key])]), Buffer.from("e")]);
}

function derive(key, salt, name) {
  return Buffer.from(hkdfSync("sha256", key, salt, `${LABEL}/${name}`, 32));
}

// Block by block, each with a cipher of its own: slow, and without any assumption on how counters run on.
function encrypt(key, offset, plain) {
  const out = Buffer.alloc(plain.length);
  for (let at = 0; at < plain.length; ) {
    const place = BigInt(offset + at);
    const iv = Buffer.alloc(16);
    iv.writeUInt32LE(Number((place >> 6n) & 0xffffffffn), 0);
    iv.writeBigUInt64LE(place >> 38n, 8);
    const skip = Number(place & 63n);
    const length = Math.min(64 - skip, plain.length - at);
    const block = Buffer.concat([Buffer.alloc(skip), plain.subarray(at, at + length)]);
    createCipheriv("chacha20", key, iv).update(block).copy(out, at, skip);
    at += length;
  }
  return out;
}

function padded(content) {
  const least = Math.max(content, 64 << 10);
  const exponent = Math.floor(Math.log2(least));
  const significant = Math.floor(Math.log2(exponent)) + 1;
  return up(up(least, 2 ** (exponent - significant)), BLOCK);
}

function sealedList({ name, files, note }) {
  const list = (pad) => {
    const entry = ({ path, content, modified }) => [path, content.length, ...(modified === undefined ? [] : [modified])];
    return bencode({ v: 1, name, files: files.map(entry), note, pad: Buffer.alloc(pad) });
  };
  let pad = 0;
  while (list(pad).length % 512 !== 0) pad += 1;
  return list(pad);
}

function merkle(leaves) {
  let row = leaves;
  while (row.length & (row.length - 1)) row.push(Buffer.alloc(32));
  while (row.length > 1) {
    row = row.flatMap((node, place) => (place % 2 ? [] : [sha("sha256", node, row[place + 1])]));
  }
  return row[0];
}

function chunks(bytes, length) {
  return Array.from({ length: Math.ceil(bytes.length / length) }, (_, n) => bytes.subarray(n * length, (n + 1) * length));
}

function seal({ key, salt, share, pieceLength, versions }) {
  let plain = Buffer.alloc(0);
  for (const { content } of share.files) {
    plain = Buffer.concat([plain, Buffer.alloc(up(plain.length, BLOCK) - plain.length), content]);
  }
  plain = Buffer.concat([plain, Buffer.alloc(padded(plain.length) - plain.length)]);
  const cipher = encrypt(derive(key, salt, "data"), 0, plain);

  const name = `${salt.subarray(0, 4).toString("hex")}.sealed`;
  const info = { name, "piece length": pieceLength };
  const associated = [Buffer.from(LABEL), salt, uint(8, plain.length), uint(4, pieceLength)];
  if (versions.includes(1)) {
    info.length = plain.length;
    info.pieces = Buffer.concat(chunks(cipher, pieceLength).map((piece) => sha("sha1", piece)));
    associated.push(sha("sha256", info.pieces));
  }
  if (versions.includes(2)) {
    const root = merkle(chunks(cipher, BLOCK).map((block) => sha("sha256", block)));
    info["file tree"] = { [name]: { "": { length: plain.length, "pieces root": root } } };
    info["meta version"] = 2;
    associated.push(root);
  }
  const aead = createCipheriv("chacha20-poly1305", derive(key, salt, "list"), Buffer.alloc(12), { authTagLength: 16 });
  aead.setAAD(Buffer.concat(associated));
  const list = Buffer.concat([aead.update(sealedList(share)), aead.final()]);
  info["sc-seal"] = { v: 1, s: salt, c: derive(key, salt, "check"), m: Buffer.concat([list, aead.getAuthTag()]) };

  const raw = bencode(info);
  return {
    key: key.toString("base64url"),
    salt: salt.toString("hex"),
    talk: derive(key, salt, "talk").toString("hex"),
    info: raw.toString("hex"),
    cipher: sha("sha256", cipher).toString("hex"),
    v1: versions.includes(1) ? sha("sha1", raw).toString("hex") : null,
    v2: versions.includes(2) ? sha("sha256", raw).toString("hex") : null,
  };
}

// Bytes that a test can make, too.
const bytes = (length, seed) => Buffer.from(Array.from({ length }, (_, n) => (n * 31 + seed * 7 + (n >> 8)) & 255));

const file = (path, length, seed, modified) => ({ path, content: bytes(length, seed), modified });
const film = { name: "film.mp4", files: [file(["film.mp4"], 300_000, 1)], note: "" };
const folder = {
  name: "Für dich",
  files: [
    file(["b", "日本語.txt"], 70_000, 2, 1_700_000_000),
    file(["b", "empty"], 0, 3, -1),
    file(["a"], 16_384, 4),
    file(["z", "y", "x"], 1, 5, 0),
  ],
  note: "Tax return, as promised 🦀",
};
const letter = { name: "l", files: [file(["l"], 5, 6)], note: "n".repeat(4096) };

const cases = {
  hybrid: { key: bytes(16, 10), salt: bytes(16, 11), share: film, pieceLength: 32 << 10, versions: [1, 2] },
  one: { key: bytes(16, 12), salt: bytes(16, 13), share: folder, pieceLength: 16 << 10, versions: [1] },
  two: { key: bytes(16, 14), salt: bytes(16, 15), share: letter, pieceLength: 64 << 10, versions: [2] },
};
// A range across the end of what one nonce encrypts.
const far = { key: bytes(16, 16), salt: bytes(16, 17), offset: 2 ** 38 - 100, length: 300 };
const sealed = Object.fromEntries(Object.entries(cases).map(([name, input]) => [name, seal(input)]));
sealed.far = {
  key: far.key.toString("base64url"),
  salt: far.salt.toString("hex"),
  cipher: encrypt(derive(far.key, far.salt, "data"), far.offset, bytes(far.length, 18)).toString("hex"),
};
console.log(JSON.stringify(sealed, null, 2));
