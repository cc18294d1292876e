// Starts the server, and opens clients to it.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const modules = join(resolve(process.env.SEEDCAST_NPM ?? join(here, '../npm')), 'node_modules')
const binary = resolve(
  process.env.SEEDCAST_SIGNALING ?? join(here, '../../target/release/seedcast-signaling')
)

const importDefault = async path => (await import(pathToFileURL(join(modules, path)))).default
export const Client = await importDefault('bittorrent-tracker/client.js')
const fixtures = await importDefault('webtorrent-fixtures/index.js')
export const wrtc = await importDefault('webrtc-polyfill/index.js')

export const torrents = Object.fromEntries(
  ['leaves', 'alice', 'sintel'].map(name => [name, fixtures[name].parsedTorrent.infoHash])
)

const running = []

export async function startServer (config = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'tracker-suite-'))
  const configFile = join(folder, 'config.json')
  writeFileSync(configFile, JSON.stringify(config))
  const child = spawn(binary, ['--listen', '127.0.0.1:0', '--static', folder, '--config', configFile], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  running.push({ child, folder })
  child.on('error', error => { throw error })
  for await (const line of createInterface({ input: child.stdout })) {
    const address = line.match(/^listening on http:\/\/(.+)$/)?.[1]
    if (address) return new Server(address)
  }
  throw new Error('the server ended before it listened')
}

export function stopServers () {
  for (const { child, folder } of running) {
    child.kill()
    rmSync(folder, { recursive: true })
  }
  // A connection of WebRTC that a failed test left open would keep the process for ever.
  setTimeout(() => process.exit(), 1_000).unref()
}

class Server {
  constructor (address) {
    this.http = `http://${address}`
    // As the original tests have it, without a path.
    this.announce = `ws://${address}`
  }

  async stats () {
    return (await fetch(`${this.http}/stats.json`)).json()
  }
}

/// A client whose next event can be awaited; a warning is a failure.
export class Peer {
  #events = []
  #waiting = []

  constructor (server, number, { offer, infoHash = torrents.leaves, ...options } = {}) {
    const peerId = Buffer.from(Array.from({ length: 20 }, (_, index) => 48 + (number + index - 1) % 10))
    this.client = new Client({
      infoHash, peerId, announce: server.announce, port: 6881, wrtc: {}, ...options
    })
    if (offer) mockOffers(this.client, offer)
    else mendOffers(this.client)
    for (const name of ['update', 'scrape', 'peer']) {
      this.client.on(name, value => this.#settle({ name, value }))
    }
    for (const name of ['warning', 'error']) {
      this.client.on(name, error => this.#settle({ name, error }))
    }
  }

  /// The next event of this name.
  async next (wanted) {
    const event = await (this.#events.shift() ?? new Promise(resolve => this.#waiting.push(resolve)))
    if (event.name === wanted) return event.value ?? event.error
    throw event.error ?? new Error(`${event.name} instead of ${wanted}`)
  }

  /// Calls a method of the client, and awaits the reply. Clients of one process share a connection to one
  /// URL, and so heard the replies to each other before.
  ask (method, options, reply = 'update') {
    this.#events = this.#events.filter(event => event.error)
    this.client[method](options)
    return this.next(reply)
  }

  /// Whether there was no event so far.
  get silent () {
    return this.#events.length === 0
  }

  destroy () {
    return new Promise((resolve, reject) => {
      this.client.destroy(error => error ? reject(error) : resolve())
    })
  }

  #settle (event) {
    const waiting = this.#waiting.shift()
    if (waiting) waiting(event)
    else this.#events.push(event)
  }
}

/// Offers that need no WebRTC.
export function mockOffers (client, offer) {
  for (const tracker of client._trackers) {
    tracker._generateOffers = (numwant, callback) => {
      process.nextTick(() => callback(Array.from({ length: numwant }, (_, index) => offer(index))))
    }
  }
}

/// Keeps what clients do with libdatachannel, which is theirs in place of a browser, from failing by chance.
function mendOffers (client) {
  for (const tracker of client._trackers) {
    // An answerer that knows the offerer's addresses connects to it at once; if it is there before its answer, the
    // offerer closes, for it has no fingerprint to expect. The other way round, the offerer has all it needs.
    const generate = tracker._generateOffers.bind(tracker)
    tracker._generateOffers = (numwant, callback) => generate(numwant, offers => {
      for (const { offer } of offers) offer.sdp = offer.sdp.replace(/a=(candidate:.*|end-of-candidates)\r\n/g, '')
      callback(offers)
    })
    // webrtc-polyfill does not say when the last candidate is there, as browsers do; simple-peer waits for it.
    const create = tracker._createPeer.bind(tracker)
    tracker._createPeer = options => {
      const peer = create(options)
      const connection = peer._pc
      connection.addEventListener('icegatheringstatechange', () => {
        if (connection.iceGatheringState === 'complete') connection.onicecandidate?.({ candidate: null })
      })
      return peer
    }
  }
}
