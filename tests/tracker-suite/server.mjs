// What clients see of each other and of a server's configuration: bittorrent-tracker's test/server.js,
// evict.js and filter.js, and a meeting of two clients by real WebRTC.

import { test } from 'node:test'

import { counting, expect } from './expect.mjs'
import { Peer, startServer, torrents, wrtc } from './process.mjs'

const offer = index => ({ fake_offer: `fake_offer_${index}` })

export function serverTests () {
  const scenario = (name, body) => test(name, { timeout: 60_000 }, counting(body))

  scenario('ws server', async () => {
    const server = await startServer()
    const [one, two, three] = [1, 2, 3].map(number => new Peer(server, number, { offer }))
    expect.counts(await one.ask('start'), 0, 1)
    expect.counts(await one.ask('complete'), 1, 0)
    const scraped = await one.ask('scrape', undefined, 'scrape')
    expect.counts(scraped, 1, 0)
    expect.equal(scraped.downloaded, 1)
    expect.counts(await two.ask('start'), 1, 1)
    expect.counts(await three.ask('start'), 1, 2)
    expect.counts(await two.ask('stop'), 1, 1)
    await two.destroy()
    expect.counts(await three.ask('stop'), 1, 0)
    await one.destroy()
    await three.destroy()
  })

  scenario('evict: ws server', async () => {
    const server = await startServer({ tracker: { max_peers_per_torrent: 2 } })
    const peers = [1, 2, 3].map(number => new Peer(server, number, { offer }))
    expect.counts(await peers[0].ask('start'), 0, 1)
    expect.counts(await peers[1].ask('start'), 0, 2)
    expect.counts(await peers[2].ask('start'), 0, 2)
    expect.equal((await server.stats()).peersAll, 2)
    for (const peer of peers) await peer.destroy()
  })

  scenario('ws: filter option blocks tracker from tracking torrent', async () => {
    const server = await startServer({ tracker: { denied: [torrents.alice] } })
    const denied = new Peer(server, 1, { offer, infoHash: torrents.alice })
    denied.client.start()
    const warning = await denied.next('warning')
    expect.ok(warning.message.includes('denied: unspecified'), warning.message)
    await denied.destroy()
    const allowed = new Peer(server, 1, { offer })
    expect.ok(await allowed.ask('start'), 'got announce')
    expect.equal((await server.stats()).torrents, 1)
    await allowed.destroy()
  })

  scenario('server: get leecher stats.json', async () => {
    const server = await startServer()
    const leecher = new Peer(server, 1, { offer, peerId: Buffer.from('-WW0091-4ea5886ce160') })
    await leecher.ask('start')
    const stats = await server.stats()
    for (const [name, value] of Object.entries({
      torrents: 1, activeTorrents: 1, peersAll: 1, peersSeederOnly: 0, peersLeecherOnly: 1, peersSeederAndLeecher: 0
    })) expect.equal(stats[name], value, name)
    expect.equal(stats.clients.WebTorrent['0.91'], 1)
    await leecher.destroy()
  })

  scenario('two clients connect', async () => {
    const server = await startServer()
    const rtcConfig = { iceServers: [] }
    const seed = new Peer(server, 1, { wrtc, rtcConfig })
    await seed.ask('start', { left: 0, numwant: 0 })
    // Of its own, since clients of one process share a connection to one URL.
    const elsewhere = { announce: `${server.announce}/announce` }
    const leecher = new Peer(elsewhere, 2, { wrtc, rtcConfig })
    await leecher.ask('start', { left: 1, numwant: 1 })
    const ends = await Promise.all([seed.next('peer'), leecher.next('peer')])
    await Promise.all(ends.map(connected))
    expect.equal(ends.map(end => end.id), [leecher.client.peerId, seed.client.peerId])
    for (const end of ends) end.destroy()
    await seed.destroy()
    await leecher.destroy()
  })
}

const connected = peer => new Promise((resolve, reject) => {
  if (peer.connected) return resolve()
  peer.once('connect', resolve)
  peer.once('error', reject)
})
