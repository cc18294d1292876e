use std::collections::BTreeMap;
use std::time::Duration;

use swarm::extension::{Allowance, Context, Extension};
use swarm::{CloseReason, Input, PeerKey};
use wire::ExtendedHandshake;

/// Says something to each peer that speaks it, and tells the driver what they say.
#[derive(Debug)]
pub(crate) struct Hello {
    words: Vec<u8>,
    /// How often each may still be heard.
    peers: BTreeMap<PeerKey, Allowance>,
}

impl Hello {
    pub(crate) fn new(words: &str) -> Self {
        Self { words: words.into(), peers: BTreeMap::new() }
    }

    /// How many peers speak it.
    pub(crate) fn known(&self) -> usize {
        self.peers.len()
    }
}

impl Extension for Hello {
    fn name(&self) -> &'static str {
        "xx_hello"
    }

    fn handshake(&mut self, cx: &mut Context<'_>, peer: PeerKey, _: &ExtendedHandshake) {
        // Handshakes may come again.
        if cx.speaks(peer) && !self.peers.contains_key(&peer) {
            self.peers.insert(peer, Allowance::new(4, Duration::from_secs(10)));
            cx.send(peer, &self.words);
        }
    }

    fn message(&mut self, cx: &mut Context<'_>, peer: PeerKey, payload: &[u8]) -> Result<(), CloseReason> {
        if payload.len() > 100 {
            return Err(CloseReason::Misbehaved("says too much"));
        }
        if self.peers.get_mut(&peer).is_some_and(|allowance| allowance.take(cx.now())) {
            cx.disclose(payload.to_vec());
        }
        Ok(())
    }

    fn closed(&mut self, _: &mut Context<'_>, peer: PeerKey) {
        self.peers.remove(&peer);
    }

    fn input(&mut self, cx: &mut Context<'_>, input: &Input<'_>) {
        if let Input::Extension { bytes, .. } = input {
            self.words = bytes.to_vec();
            for peer in self.peers.keys() {
                cx.send(*peer, &self.words);
            }
        }
    }
}
