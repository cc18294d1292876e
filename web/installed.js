// What the service worker does for those who installed the page: sw.js loads this when it is registered as
// `sw.js?installed` (web/host/src/stream.rs), so nobody else downloads it or keeps anything for it.
//
// 1. The page starts without a network, from a copy of the newest build. The network is asked first and each time, and the
//    copy is shown only where the server does not answer. So it never stands in for a newer build.
// 2. What other programs share with the page (Web Share Target) is given to the tab that opens for it.

// Each copy is a cache of its own. One that has its document has everything that this starts.
const BUILD = 'build:'
const HOME = new URL('./', registration.scope)
const SHARE = new URL('share', registration.scope)
// What no document names, because a program or the browser asks for it.
const UNNAMED = ['seedcast-engine_loader.js', 'seedcast-engine.js', 'seedcast-engine_bg.wasm', 'manifest.webmanifest', 'icon.svg']

// What was shared and not yet taken, and what to call when it is.
let shared

addEventListener('activate', event => event.waitUntil(fetch(HOME).then(keepBuild).catch(() => {})))

addEventListener('fetch', event => {
  const { method, url } = event.request
  const { origin, pathname } = new URL(url)
  if (origin !== location.origin || pathname.startsWith(STREAM)) return
  if (method === 'POST' && pathname === SHARE.pathname) event.respondWith(takeShared(event))
  if (method === 'GET') event.respondWith(newest(event))
})

addEventListener('message', ({ data, ports: [port] }) => {
  if (data !== 'shared') return
  port.postMessage(shared?.files ?? [])
  shared?.taken()
  shared = undefined
})

async function newest(event) {
  const { request } = event
  const isHome = request.mode === 'navigate' && new URL(request.url).pathname === HOME.pathname
  const kept = () => isHome ? caches.match(HOME) : caches.match(request)
  try {
    const response = await fetch(request)
    if (response.status === 200) {
      event.waitUntil((isHome ? keepBuild : keepFile)(response.clone(), request).catch(() => {}))
      return response
    }
    // A proxy whose server is away, or what a tab of the build before asks for.
    return await kept() ?? response
  } catch (unreachable) {
    const response = await kept()
    if (response) return response
    throw unreachable
  }
}

// One after the other, since each copy that is whole replaces all others.
function keepBuild(document) {
  return navigator.locks.request(BUILD, async () => {
    const [html, kept] = await Promise.all([document.clone().text(), caches.match(HOME).then(kept => kept?.text())])
    if (html === kept) return
    const named = Array.from(html.matchAll(/["'](\/[^"'\s]+\.\w+)["']/g), ([, path]) => path)
    const name = BUILD + Date.now()
    const cache = await caches.open(name)
    try {
      await cache.addAll(new Set([...named, ...UNNAMED]))
      await cache.put(HOME, document)
    } catch (incomplete) {
      await caches.delete(name)
      throw incomplete
    }
    const others = (await builds()).filter(other => other !== name)
    await Promise.all(others.map(other => caches.delete(other)))
  })
}

// What was asked for when it was needed, such as words and the program of tips; and what is new under an old name.
async function keepFile(response, request) {
  const newest = (await builds()).at(-1)
  if (newest) await (await caches.open(newest)).put(request, response)
}

async function builds() {
  return (await caches.keys()).filter(name => name.startsWith(BUILD))
}

// Files wait here until the tab asks for them: a browser stops no service worker that is busy. Of text, links are opened.
async function takeShared(event) {
  const form = await event.request.formData()
  const files = form.getAll('files').filter(file => file instanceof File)
  if (files.length === 0) {
    const text = ['url', 'text', 'title'].map(name => form.get(name) ?? '').join(' ').trim()
    const link = text.match(/\S*magnet:\S+/i)?.[0] ?? text
    return Response.redirect(new URL(`#${encodeURIComponent(link)}`, HOME), 303)
  }
  event.waitUntil(new Promise(taken => shared = { files, taken }))
  return Response.redirect(new URL('?shared', HOME), 303)
}
