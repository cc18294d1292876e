// What the service worker does for those who installed the page: sw.js loads this when it is registered as
// `sw.js?installed` (web/host/src/stream.rs), so nobody else downloads it or keeps anything for it.
//
// 1. The page starts without a network, from a copy of the newest build. The network is asked first and each time, and the
//    copy of the document is shown only where the server does not answer, or fails. So it never stands in for a newer build.
// 2. What other programs share with the page (Web Share Target) is given to the tab that opens for it.

// Each copy is a cache of its own. One that has its document has everything that this starts.
const BUILD = 'build:'
const HOME = new URL('./', registration.scope)
const SHARE = new URL('share', registration.scope)
// What no document names, because a program or the browser asks for it.
const UNNAMED = ['seedcast-engine_loader.js', 'seedcast-engine.js', 'seedcast-engine_bg.wasm', 'manifest.webmanifest', 'icon.svg']

// Of what is kept as it is used: more than the page and its programs are, in every language.
const MOST_FILES = 200

// What was shared, by a name that is in the address of the tab that opens for it, and what to call when its user has decided.
const shared = new Map()

// All requests wait for the end of this event, so the copy is made in one of its own.
addEventListener('activate', () => registration.active.postMessage('keep'))

addEventListener('fetch', event => {
  const { method, url } = event.request
  const { origin, pathname } = new URL(url)
  if (origin !== location.origin || pathname.startsWith(STREAM)) return
  if (method === 'POST' && pathname === SHARE.pathname) event.respondWith(takeShared(event))
  if (method === 'GET') event.respondWith(newest(event))
})

addEventListener('message', event => {
  const { data, ports: [port] } = event
  // A tab that introduces itself has a copy made if ours of `activate` came to nothing.
  if (data === 'keep' || data === null) event.waitUntil(keepFirst().catch(() => {}))
  // A tab that is reloaded before its user has decided asks again.
  if (data?.shared !== undefined) port.postMessage(shared.get(data.shared)?.files ?? [])
  if (data?.taken !== undefined) {
    shared.get(data.taken)?.taken()
    shared.delete(data.taken)
  }
})

async function newest(event) {
  const { request } = event
  const isHome = request.mode === 'navigate' && new URL(request.url).pathname === HOME.pathname
  const kept = async () => (await copy())?.match(isHome ? HOME : request)
  try {
    const response = await fetch(request)
    if (response.status === 200 && (isHome || isOfBuild(request)) && mayKeep(response)) {
      event.waitUntil((isHome ? keepBuild : keepFile)(response.clone(), request).catch(() => {}))
    }
    // A proxy whose server is away, or what a tab of the build before asks for.
    const fails = response.status >= (isHome ? 500 : 400)
    return fails && await kept() || response
  } catch (unreachable) {
    const response = await kept()
    if (response) return response
    throw unreachable
  }
}

// Whether this may be a file of the build: neither a document beside it, nor one of many answers, nor a part of something.
function isOfBuild({ url, mode, headers, cache }) {
  return mode !== 'navigate' && !new URL(url).search && !headers.has('range') && cache !== 'no-store'
}

// Settings with passwords are not to be. The page starts without settings.
function mayKeep({ headers }) {
  return !/no-store/i.test(headers.get('cache-control'))
}

// One after the other, since each copy that is whole replaces all others.
function alone(keep) {
  return navigator.locks.request(BUILD, keep)
}

function keepFirst() {
  return alone(async () => await copy() || replace(await fetch(HOME)))
}

function keepBuild(document) {
  return alone(async () => {
    const kept = await (await copy())?.match(HOME)
    if (await kept?.text() !== await document.clone().text()) await replace(document)
  })
}

// What was asked for when it was needed, such as words and the program of tips. Most of it has the same name in every build,
// so one file that is new under an old name makes all of the copy old.
function keepFile(response, request) {
  return alone(async () => {
    let cache = await copy()
    const kept = await cache?.match(request)
    if (kept && version(kept)) {
      if (version(kept) === version(response)) return
      cache = await replace(await fetch(HOME))
    }
    if (kept || (await cache?.keys())?.length < MOST_FILES) await cache.put(request, response)
  })
}

// As the server calls it, if it does.
function version({ headers }) {
  return headers.get('etag') ?? headers.get('last-modified')
}

// Makes a copy of the build that has this document.
async function replace(document) {
  if (document.status !== 200 || !mayKeep(document)) throw new Error('The document is not to be kept.')
  const html = await document.clone().text()
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
  return cache
}

// The copy that is whole. A worker that was stopped may have left a part of another.
async function copy() {
  for (const name of await builds()) {
    const cache = await caches.open(name)
    if (await cache.match(HOME)) return cache
  }
}

async function builds() {
  return (await caches.keys()).filter(name => name.startsWith(BUILD))
}

// Files wait here until the user of the tab that asks for them takes or refuses them. Browsers end an event that takes too
// long, Chromium after about five minutes, and then stop the worker: a tab that asks later finds nothing. Of text, links are
// opened.
async function takeShared(event) {
  const form = await event.request.formData()
  const files = form.getAll('files').filter(file => file instanceof File)
  if (files.length === 0) {
    const text = ['url', 'text', 'title'].map(name => form.get(name) ?? '').join(' ').trim()
    const link = text.match(/\S*magnet:\S+/i)?.[0] ?? text
    return Response.redirect(new URL(`#${encodeURIComponent(link)}`, HOME), 303)
  }
  const name = crypto.randomUUID()
  event.waitUntil(new Promise(taken => shared.set(name, { files, taken })))
  return Response.redirect(new URL(`?shared=${name}`, HOME), 303)
}
