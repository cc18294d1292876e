// The most that a browser's data channel can do: one ordered, reliable channel, and nothing else to do. In a page, or as a
// worker to which a page hands its channels.

const MESSAGE = 64 * 1024
const HIGH_WATER = 1024 * 1024
const LOW_WATER = 256 * 1024

/** Resolves to the milliseconds from the first message to the last of so many bytes. */
const receive = (channel, total) => new Promise(resolve => {
  let first
  let count = 0
  channel.binaryType = 'arraybuffer'
  channel.addEventListener('message', message => {
    first ??= performance.now()
    count += message.data.byteLength
    if (count === total) resolve(performance.now() - first)
  })
})

const transmit = async (channel, total) => {
  // The event that says so may fire while a channel is on its way to a worker.
  while (channel.readyState !== 'open') await new Promise(resolve => setTimeout(resolve, 5))
  const message = crypto.getRandomValues(new Uint8Array(MESSAGE))
  channel.bufferedAmountLowThreshold = LOW_WATER
  for (let sent = 0; sent < total; sent += MESSAGE) {
    if (channel.bufferedAmount > HIGH_WATER) {
      await new Promise(resolve => channel.addEventListener('bufferedamountlow', resolve, { once: true }))
    }
    channel.send(message)
  }
}

if (globalThis.document === undefined) {
  // A channel comes as soon as there is one, since later it could not be transferred.
  let channel
  onmessage = async ({ data }) => {
    channel = data.channel ?? channel
    if (data.send) await transmit(channel, data.send)
    if (data.receive) postMessage(await receive(channel, data.receive))
  }
}
