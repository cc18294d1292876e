// Measures what payments cost, in WebAssembly: `node measure.mjs PROGRAM [--json]`.
import { createRequire } from 'node:module'
import { resolve } from 'node:path'

const SECONDS = 60
const BYTES_PER_SECOND = 12_000_000
const ROUNDS = 5

const { transfer, sign, verify } = createRequire(import.meta.url)(resolve(process.argv[2]))

const median = numbers => numbers.sort((one, other) => one - other)[numbers.length >> 1]
const time = act => {
  // Of the processor, not of the clock: other programs may be in the way.
  const began = process.cpuUsage()
  act()
  const { user, system } = process.cpuUsage(began)
  return (user + system) / 1000
}
const each = (act, times) => median(Array.from({ length: ROUNDS }, () => time(() => act(times)))) / times

// V8 compiles what runs often once more, and better.
sign(200)
verify(200)
const sign_ms = each(sign, 200)
const verify_ms = each(verify, 200)
transfer(SECONDS, BYTES_PER_SECOND, true)
// What both machines do beside signatures, all of it put down to each of the two sides.
const machines_ms = median(Array.from({ length: ROUNDS }, () => time(() => transfer(SECONDS, BYTES_PER_SECOND, false))))
const { blocks, vouchers, wire, signed, verified } = transfer(SECONDS, BYTES_PER_SECOND, true)
const megabytes = (blocks * 16384) / 1e6
const busiest_ms = machines_ms + Math.max(signed * sign_ms, verified * verify_ms)
const result = {
  megabytes,
  vouchers_per_s: vouchers / SECONDS,
  sign_ms,
  verify_ms,
  wire_bytes_per_mb: wire / megabytes,
  core_share: busiest_ms / 1000 / SECONDS,
}
const rounded = Object.fromEntries(Object.entries(result).map(([name, number]) => [name, Number(number.toPrecision(3))]))
console.log(`${rounded.megabytes} MB in ${SECONDS} s from one peer that is paid, at 12 MB/s:`)
console.log(`${rounded.vouchers_per_s} vouchers a second, each signed in ${rounded.sign_ms} ms and checked in ${rounded.verify_ms} ms`)
console.log(`${rounded.wire_bytes_per_mb} bytes of messages for each MB`)
console.log(`${(100 * rounded.core_share).toFixed(2)} % of a core on the side that does more, both machines put down to it`)
if (process.argv.includes('--json')) console.log(JSON.stringify(rounded))
