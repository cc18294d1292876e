//! What strangers leave behind in the memory of those who stay.

use allocation_counter::measure;
use metainfo::{Info, InfoBuilder, PieceLayers, Version};
use swarm::Input;
use wire::{
    ExchangeMessage, ExtendedHandshake, Handshake, HashRange, Message, Neighbour, Party, PeerId, Reserved,
    Signal, TipClaim,
};

use crate::disk::of_version;
use crate::network::Network;
use crate::solo::seconds;

/// Issue 11, A: a thousand peers come and go in a day, some of them honest.
#[test]
fn a_thousand_peers_in_a_day_leave_nothing_behind() {
    let mut place = Place::new();
    let hours: Vec<i64> = (0..24).map(|_| measure(|| place.hour()).bytes_current).collect();
    assert!(place.visitors >= 1000);
    // What is remembered of others, whom to shun say, fills up to its limits in the first hours.
    let (start, rest) = hours.split_at(12);
    assert!(start.iter().sum::<i64>() <= FIRST_HALF, "bytes that each hour left behind: {hours:?}");
    assert!(rest.iter().sum::<i64>() <= SECOND_HALF, "bytes that each hour left behind: {hours:?}");
}

/// Three who stay: a seed; a friend who got everything from it; and one who meets nobody but liars.
struct Place {
    network: Network,
    info: Info,
    content: Vec<u8>,
    layers: PieceLayers,
    visitors: u32,
}

const SEED: usize = 0;
const FRIEND: usize = 1;
const VICTIM: usize = 2;

impl Place {
    fn new() -> Self {
        let options = vec![("btt".to_owned(), "eip155:1029:0x0".to_owned())];
        let builder =
            InfoBuilder::single("content", 8 * 32_768).piece_length(32_768).payment_options(options);
        let (info, layers, content) = of_version(Version::Hybrid, builder);
        let mut network = Network::new();
        network.seed_v2(&info, &content, &layers);
        network.leech(&info);
        network.leech(&info);
        network.connect(SEED, FRIEND);
        network.run(seconds(600));
        Self { network, info, content, layers, visitors: 0 }
    }

    /// Forty-two come in an hour, one after the other.
    fn hour(&mut self) {
        let end = self.network.now + seconds(3600);
        for n in 0..42 {
            match n % 6 {
                0 => self.guest(60),
                1 => self.guest(1),
                2 => self.liar(),
                3 => self.talker(FRIEND),
                4 => self.talker(VICTIM),
                _ => self.silent(),
            }
            self.visitors += 1;
        }
        self.network.run(end.since(self.network.now));
        for node in &mut self.network.nodes {
            (node.closed, node.asked_for) = (Vec::new(), Vec::new());
        }
    }

    /// One who downloads from a link, and is gone after so many seconds.
    fn guest(&mut self, stays: u64) {
        let guest = self.network.magnet(&self.info);
        self.network.connect(guest, SEED);
        self.network.connect(guest, FRIEND);
        self.network.run(seconds(stays));
        assert!(stays < 60 || self.network.nodes[guest].is_complete(), "a guest did not get the torrent");
        self.goes(guest);
    }

    /// One whose every block is wrong.
    fn liar(&mut self) {
        let lie: Vec<u8> = self.content.iter().map(|byte| byte ^ 1).collect();
        let liar = self.network.seed_v2(&self.info, &lie, &self.layers);
        self.network.connect(liar, VICTIM);
        self.network.run(seconds(20));
        self.goes(liar);
    }

    fn goes(&mut self, node: usize) {
        // Introductions that were on their way may still lead to it.
        for _ in 0..2 {
            self.network.leave(node);
            self.network.run(seconds(2));
        }
        self.network.forget_last();
    }

    /// One who says a bit of everything that can be said, as somebody new each time.
    fn talker(&mut self, to: usize) {
        let Some(peer) = self.comes(to) else { return };
        let number = self.visitors;
        let name = |n: u32| {
            let mut id = [0xee; 20];
            id[..8].copy_from_slice(&(u64::from(number) << 32 | u64::from(n)).to_be_bytes());
            PeerId::from_bytes(id)
        };
        let mut say = |message: Message<'_>| {
            let mut bytes = Vec::new();
            message.encode(&mut bytes);
            self.network.input(to, Input::Received { peer, bytes: &bytes });
        };
        for n in 0..20 {
            let mut hello = ExtendedHandshake::default();
            let names = ["ut_metadata", "sc_pex", "btt_tip", "lt_donthave"];
            hello
                .extensions
                .extend(names.iter().zip(1..).map(|(name, id)| ((*name).to_owned(), id + n as u8)));
            hello.client = Some(format!("client {number} {n}"));
            hello.metadata_size = Some(number * 20 + n + 1);
            say(Message::Extended { id: 0, payload: &hello.encode() });
            let neighbours = ExchangeMessage::Neighbours {
                added: (0..50).map(|m| Neighbour { peer_id: name(n * 50 + m), seed: false }).collect(),
                dropped: Vec::new(),
            };
            let sdp = "v=0".repeat(500);
            let offer =
                ExchangeMessage::Signal { party: Party::From(name(n)), id: n, signal: Signal::Offer(&sdp) };
            let claims: Vec<_> = (0..8_u32)
                .map(|m| {
                    let mut transaction = [0; 32];
                    transaction[..12].copy_from_slice(&[number, n, m].map(u32::to_be_bytes).concat());
                    TipClaim { chain: 1029, transaction }
                })
                .collect();
            let root = *self.info.files()[0].tree.as_ref().expect("it is a hybrid").root();
            for (id, payload) in
                [(3, neighbours.encode()), (3, offer.encode()), (4, TipClaim::encode_all(&claims))]
            {
                say(Message::Extended { id, payload: &payload });
            }
            say(Message::HashRequest(HashRange { root, level: 1, index: 0, length: 2, proof_layers: 0 }));
            say(Message::Interested);
        }
        self.network.run(seconds(10));
        self.network.input(to, Input::Closed { peer });
    }

    /// One who says hello and nothing more, until it is let go.
    fn silent(&mut self) {
        if let Some(peer) = self.comes(SEED) {
            self.network.run(seconds(5));
            self.network.input(SEED, Input::Closed { peer });
        }
    }

    fn comes(&mut self, to: usize) -> Option<swarm::PeerKey> {
        let peer = self.network.stranger(to);
        self.network.input(to, Input::Connected { peer });
        self.network.input(to, Input::Writable { peer, room: 256 * 1024 });
        let mut id = [0xdd; 20];
        id[..4].copy_from_slice(&self.visitors.to_be_bytes());
        let handshake = Handshake {
            reserved: Reserved::ours(),
            info_hash: self.info.info_hash(),
            peer_id: PeerId::from_bytes(id),
        };
        self.network.input(to, Input::Received { peer, bytes: &handshake.encode() });
        Some(peer)
    }
}

/// Bytes that the first twelve hours may leave behind, and the others.
const FIRST_HALF: i64 = 128 * 1024;
const SECOND_HALF: i64 = 8 * 1024;
