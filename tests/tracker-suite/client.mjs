// What one client sees: bittorrent-tracker's test/client.js, client-magnet.js, client-large-torrent.js,
// client-ws-socket-pool.js, destroy.js and scrape.js.

import http from 'node:http'
import net from 'node:net'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'

import { counting, expect } from './expect.mjs'
import { Client, Peer, mockOffers, torrents } from './process.mjs'

export function clientTests (server, kind, offer) {
  const scenario = (name, body) => test(`${name} (${kind})`, { timeout: 20_000 }, counting(body))
  const peer = options => new Peer(server, 1, { offer, ...options })

  const expectUpdate = data => {
    expect.equal(data.announce, server.announce)
    expect.numbers(data, 'complete', 'incomplete')
  }

  scenario('ws: client.start()', async () => {
    const client = peer()
    expectUpdate(await client.ask('start'))
    expect.ok(await client.ask('stop'), 'got response to stop')
    await client.destroy()
  })

  scenario('ws: client.stop()', async () => {
    const client = peer()
    expect.ok(await client.ask('start'), 'got response to start')
    expectUpdate(await client.ask('stop'))
    await client.destroy()
  })

  scenario('ws: client.stop(); client.destroy()', async () => {
    const client = peer()
    expect.ok(await client.ask('start'), 'got response to start')
    client.client.stop()
    await client.destroy()
    expect.ok(client.silent, 'no update after destroy')
    expect.equal((await fresh(server)).torrents, 0)
  })

  scenario('ws: client.update()', async () => {
    const client = peer()
    client.client.setInterval(500)
    client.client.start()
    await client.next('update')
    client.client.setInterval(500)
    expectUpdate(await client.next('update'))
    expect.ok(await client.ask('stop'), 'got response to stop')
    await client.destroy()
  })

  scenario('ws: client.scrape()', async () => {
    const client = peer()
    const data = await client.ask('scrape', undefined, 'scrape')
    expectUpdate(data)
    expect.numbers(data, 'downloaded')
    await client.destroy()
  })

  scenario('ws: client.announce() with params', async () => {
    const client = peer()
    expectUpdate(await client.ask('start', { testParam: 'this is a test' }))
    expect.ok(await client.ask('stop'), 'got response to stop')
    await client.destroy()
  })

  scenario('ws: client `opts.getAnnounceOpts`', async () => {
    const client = peer({ getAnnounceOpts: () => ({ testParam: 'this is a test' }) })
    expectUpdate(await client.ask('start'))
    expect.ok(await client.ask('stop'), 'got response to stop')
    await client.destroy()
  })

  scenario('ws: valid tracker port', async () => {
    const client = peer()
    expect.ok(await client.ask('start'), 'tracker is valid')
    await client.destroy()
  })

  for (const [name, url] of [
    ['unsupported tracker protocol', 'badprotocol://127.0.0.1:8080/announce'],
    ['ws: invalid tracker port', 'ws://127.0.0.1:69691337'],
    ['ws: invalid tracker url', 'ws:'],
    ['ws: invalid tracker url with slash', 'ws://']
  ]) {
    scenario(name, async () => {
      const client = new Peer({ announce: url }, 1)
      const warning = await client.next('warning')
      expect.ok(warning.message.includes('tracker'), 'got warning')
      await client.destroy()
    })
  }

  scenario('ws: client.start(httpAgent)', async () => {
    let agentUsed = false
    const agent = new http.Agent()
    agent.createConnection = (options, callback) => {
      agentUsed = true
      return net.createConnection(options, callback)
    }
    const client = peer({ proxyOpts: { httpAgent: agent } })
    expectUpdate(await client.ask('start'))
    expect.ok(agentUsed)
    expect.ok(await client.ask('stop'), 'got response to stop')
    await client.destroy()
  })

  for (const [name, infoHash] of [['magnet', torrents.leaves], ['large torrent', torrents.sintel]]) {
    scenario(`ws: ${name}: client.start/update/stop()`, async () => {
      const client = peer({ infoHash })
      for (const method of ['start', 'update', 'stop']) expectUpdate(await client.ask(method))
      await client.destroy()
    })
  }

  scenario('ensure client.destroy() callback is called with re-used websockets in socketPool', async () => {
    const first = peer()
    expect.ok(await first.ask('start'), 'got first update')
    const second = peer({ infoHash: torrents.alice })
    expect.ok(await second.ask('start'), 'got second update')
    await first.destroy()
    expect.ok(true, 'got first destroy callback')
    await second.destroy()
    expect.ok(true, 'got second destroy callback')
  })

  scenario('ws: no "update" events after destroy()', async () => {
    const client = peer()
    client.client.update()
    client.client.destroy()
    await pause(1000)
    expect.ok(client.silent)
  })

  scenario('ws: single info_hash scrape', async () => {
    const client = peer()
    const data = await client.ask('scrape', undefined, 'scrape')
    expect.equal(data.infoHash, torrents.leaves)
    expectUpdate(data)
    expect.numbers(data, 'downloaded')
    await client.destroy()
  })

  const scrape = (announce, infoHash) => new Promise(resolve => {
    const client = Client.scrape({ announce, infoHash, wrtc: {} }, (error, data) => resolve({ error, data }))
    mockOffers(client, offer)
  })

  scenario('ws: scrape using Client.scrape static method', async () => {
    const { error, data } = await scrape(server.announce, torrents.leaves)
    expect.equal(error, null)
    expect.equal(data.infoHash, torrents.leaves)
    expectUpdate(data)
    expect.numbers(data, 'downloaded')
  })

  scenario('ws: MULTI scrape using Client.scrape static method', async () => {
    const both = [torrents.leaves, torrents.alice]
    const { error, data } = await scrape(server.announce, both)
    expect.equal(error, null)
    for (const infoHash of both) {
      expect.equal(data[infoHash].infoHash, infoHash)
      expectUpdate(data[infoHash])
      expect.numbers(data[infoHash], 'downloaded')
    }
  })

  scenario('ws: scrape using Client.scrape static method (invalid url)', async () => {
    const { error } = await scrape('ws://127.0.0.1:1', torrents.leaves)
    expect.ok(error instanceof Error)
  })
}

/// Statistics that are not those of a second ago.
async function fresh (server) {
  await pause(1100)
  return server.stats()
}
