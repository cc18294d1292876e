// The script of the purse. It fetches the program and what starts it at once, and keeps what is said meanwhile.

const early = []
onmessage = message => early.push(message)

const program = fetch(new URL('seedcast-purse_bg.wasm', import.meta.url))
const { default: start } = await import('./seedcast-purse.js')
await start({ module_or_path: program })
// The program listens from now on.
for (const message of early) onmessage(message)
