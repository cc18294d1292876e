// bittorrent-tracker's client against our server.
//
// The scenarios are those of bittorrent-tracker's own tests for WebSocket trackers, named as there, with
// the client that browsers run. Its package brings no tests, and the originals look into the reference
// server, so they are written anew: what can be seen from outside is checked there, at /stats.json.
//
//   node run.mjs
//
// SEEDCAST_SIGNALING  the server's binary (otherwise the release build)
// SEEDCAST_NPM        the folder whose node_modules has bittorrent-tracker (otherwise ../npm)

import { after } from 'node:test'

import { clientTests } from './client.mjs'
import { counted } from './expect.mjs'
import { serverTests } from './server.mjs'
import { startServer, stopServers } from './process.mjs'

const server = await startServer()

// The original tests send offers that are none, and expect all the same to be counted.
clientTests(server, 'placeholder offers', index => ({ fake_offer: `fake_offer_${index}` }))
clientTests(server, 'well-formed offers', index => ({
  offer: { type: 'offer', sdp: `v=0\r\no=- ${index} 0 IN IP4 127.0.0.1\r\n` },
  offer_id: String.fromCharCode(...Array(20).fill(0xec + index))
}))
serverTests()

after(stopServers)
process.on('exit', () => console.log(counted()))
