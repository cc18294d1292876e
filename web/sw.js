// Answers what media elements ask for below stream/, with what the engine worker of whichever tab has one sends.
//
// Browsers stop a service worker when it rests, and start it anew for the next request. So it remembers nothing: the
// tab that owns the engine holds a lock with its client id in the name, for as long as it lives. And nothing is decided
// here: ranges, types and statuses are the engine's (crates/stream). web/protocol/src/stream.rs describes the messages.

const LOCK = 'seedcast-stream:'
const STREAM = new URL('stream/', registration.scope).pathname

// Chunks that wait for the reader, so that it never waits for the way to the engine and back.
const AHEAD = 4

// Milliseconds in which a tab may start its engine, or take it over from one that was closed.
const PATIENCE = 10_000
const PAUSE = 50

if (new URL(location).searchParams.has('installed')) importScripts('installed.js')

addEventListener('install', () => skipWaiting())
addEventListener('activate', event => event.waitUntil(clients.claim()))

// A tab introduces itself. One that was reloaded past all caches asks the network, not us, until it is claimed.
addEventListener('message', event => {
  if (event.data !== null) return
  event.waitUntil(clients.claim().then(() => event.ports[0].postMessage(event.source.id)))
})

// A notification is about what a tab shows.
addEventListener('notificationclick', event => {
  event.notification.close()
  event.waitUntil(clients.matchAll({ type: 'window' }).then(([tab]) => tab?.focus()))
})

addEventListener('fetch', event => {
  const { origin, pathname } = new URL(event.request.url)
  if (origin === location.origin && pathname.startsWith(STREAM)) {
    event.respondWith(answer(event.request, pathname.slice(STREAM.length)))
  }
})

async function answer({ method, headers }, address) {
  const owner = await findOwner()
  if (!owner) return new Response('No tab of Seedcast is open.', { status: 503 })
  const { port1: port, port2: far } = new MessageChannel()
  const stream = { address, method, range: headers.get('range'), ifRange: headers.get('if-range') }
  const head = new Promise((resolve, reject) => {
    port.onmessage = message => resolve(message.data)
    port.addEventListener('close', reject)
  })
  owner.postMessage({ stream }, [far])
  const { status, headers: own } = await head
  return new Response(body(port), { status, headers: own })
}

async function findOwner() {
  for (let waited = 0; waited < PATIENCE; waited += PAUSE) {
    const { held } = await navigator.locks.query()
    const lock = held.find(({ name }) => name.startsWith(LOCK))
    const owner = lock && await clients.get(lock.name.slice(LOCK.length))
    if (owner) return owner
    await new Promise(resolve => setTimeout(resolve, PAUSE))
  }
}

function body(port) {
  let granted = 0
  return new ReadableStream({
    start(controller) {
      const fail = why => {
        controller.error(new Error(why))
        port.close()
      }
      port.onmessage = ({ data }) => {
        if (typeof data === 'string') return fail(data)
        if (data === null) return controller.close(), port.close()
        granted -= 1
        controller.enqueue(new Uint8Array(data))
      }
      // The tab was closed; its media elements ask again, and then the next owner answers.
      port.addEventListener('close', () => fail('The tab that has the engine was closed.'))
    },
    pull(controller) {
      const more = controller.desiredSize - granted
      if (more > 0) port.postMessage(more)
      granted += Math.max(more, 0)
    },
    cancel() {
      port.postMessage(null)
      port.close()
    },
  }, new CountQueuingStrategy({ highWaterMark: AHEAD }))
}
