//! What an extension can do that is added by one file and one line (`docs/extensions.md`), and what it cannot.
// Issue 12, 2.

use std::collections::BTreeMap;

use swarm::extension::{Context, Extension};
use swarm::{CloseReason, Config, Input, Output, PeerKey, Source, Time, Torrent};
use wire::{Bitfield, ExtendedHandshake, Message, PeerId};

use crate::disk::{Disk, torrent};
use crate::hello::Hello;
use crate::silent::Silent;
use crate::solo::{BLOCK, Said, Solo, block, seconds};

/// The id by which peers call the first extension that a driver adds, and the one by which we call theirs.
const OURS: u8 = 6;
const THEIRS: u8 = 9;

/// An engine with one more extension.
fn with(mut solo: Solo, extension: impl Extension) -> Solo {
    solo.torrent = solo.torrent.with(extension);
    solo
}

/// A peer that speaks an extension.
fn speaker(solo: &mut Solo, name: &str) -> PeerKey {
    let peer = solo.join();
    let extensions = [(name.to_owned(), THEIRS)].into_iter().collect();
    solo.say_extended(peer, &ExtendedHandshake { extensions, ..ExtendedHandshake::default() });
    peer
}

fn say(solo: &mut Solo, peer: PeerKey, payload: &[u8]) {
    solo.say(peer, Message::Extended { id: OURS, payload });
}

/// What a peer was told by the extension.
fn told(solo: &mut Solo, peer: PeerKey) -> Vec<Vec<u8>> {
    let heard = solo.heard(peer).into_iter();
    heard
        .filter_map(|said| if let Said::Extended(THEIRS, payload) = said { Some(payload) } else { None })
        .collect()
}

fn greetings(solo: &mut Solo) -> Vec<(&'static str, Vec<u8>)> {
    std::mem::take(&mut solo.disclosed)
}

/// Has a peer pay for blocks, one byte each, and hangs up on another when told so.
#[derive(Debug, Default)]
struct Till {
    paid: BTreeMap<PeerKey, u64>,
}

impl Extension for Till {
    fn name(&self) -> &'static str {
        "xx_till"
    }

    fn terms(&self) -> Option<Vec<u8>> {
        Some(b"d5:pricei1ee".to_vec())
    }

    fn met(&mut self, cx: &mut Context<'_>, peer: PeerKey) {
        cx.allow(peer, Some(0));
    }

    fn message(&mut self, cx: &mut Context<'_>, peer: PeerKey, payload: &[u8]) -> Result<(), CloseReason> {
        let paid = self.paid.entry(peer).or_default();
        *paid += payload.len() as u64;
        let Some(facts) = cx.peer(peer) else { return Ok(()) };
        cx.allow(peer, Some((*paid * u64::from(BLOCK)).saturating_sub(facts.uploaded)));
        cx.prefer(peer, *paid);
        Ok(())
    }

    fn input(&mut self, cx: &mut Context<'_>, input: &Input<'_>) {
        if let Input::Extension { .. } = input {
            for peer in self.paid.keys() {
                cx.close(*peer, CloseReason::Misbehaved("did not pay enough"));
            }
        }
    }

    fn closed(&mut self, _: &mut Context<'_>, peer: PeerKey) {
        self.paid.remove(&peer);
    }
}

#[test]
fn the_extensions_of_the_documents_are_those_tested_here() {
    let documents = include_str!("../../../../docs/extensions.md");
    assert!(documents.contains(include_str!("silent.rs")));
    assert!(documents.contains(include_str!("hello.rs")));
}

/// Whoever has met us calls our extensions by these ids.
#[test]
fn ids_are_those_of_the_first_release() {
    let handshake = |mut solo: Solo| {
        let peer = solo.join();
        let heard = solo.heard(peer).into_iter();
        let mut payloads =
            heard.filter_map(|said| if let Said::Extended(0, bytes) = said { Some(bytes) } else { None });
        payloads.next().expect("it was said hello")
    };
    let client = concat!("Seedcast ", env!("CARGO_PKG_VERSION"));
    let reqq_and_client = format!("4:reqqi512e1:v{}:{client}e", client.len());
    let (info, content) = torrent(u64::from(BLOCK), BLOCK);
    let unknown = handshake(Solo::magnet(info, content));
    assert_eq!(unknown, format!("d1:md11:lt_donthavei2e11:ut_metadatai1ee{reqq_and_client}").into_bytes());
    let known = handshake(with(Solo::leech(1), Till::default()));
    let size = Solo::leech(1).torrent.info().expect("it is known").raw().len();
    let expected = format!(
        "d1:md11:lt_donthavei2e6:sc_pexi3e11:ut_metadatai1e7:xx_tilli6ee13:metadata_sizei{size}e\
         {}7:xx_tilld5:pricei1eee",
        reqq_and_client.strip_suffix('e').expect("a dictionary ends"),
    );
    assert_eq!(known, expected.into_bytes());
}

#[test]
fn one_that_does_nothing_changes_nothing_but_what_is_offered() {
    let course = |mut solo: Solo| {
        let peer = solo.join_seed();
        while solo.answer(peer) > 0 {}
        solo.pass(seconds(100));
        let heard = solo.heard(peer).into_iter();
        let said: Vec<_> = heard.filter(|said| !matches!(said, Said::Extended(0, _))).collect();
        (solo.completed, said)
    };
    let plain = course(Solo::leech(8));
    assert_eq!(plain.0, 1);
    assert_eq!(course(with(Solo::leech(8), Silent)), plain);
}

/// Hands what each of two engines sends to the other, until neither has more to say. What extensions told each driver.
fn talk(torrents: &mut [Torrent; 2], disks: &mut [Disk; 2], peer: PeerKey) -> [Vec<Vec<u8>>; 2] {
    let mut disclosed = [Vec::new(), Vec::new()];
    let mut is_quiet = false;
    while !std::mem::replace(&mut is_quiet, true) {
        for me in [0, 1] {
            while let Some(output) = torrents[me].poll() {
                is_quiet = false;
                match output {
                    Output::Send { bytes, .. } => {
                        let input = Input::Received { peer, bytes: &bytes };
                        torrents[1 - me].handle(Time::ZERO, input, &mut disks[1 - me]);
                    }
                    Output::Extension { name: "xx_hello", bytes } => disclosed[me].push(bytes),
                    _ => {}
                }
            }
        }
    }
    disclosed
}

#[test]
fn two_torrents_speak_by_it() {
    let (info, _) = torrent(u64::from(BLOCK), BLOCK);
    let engine = |name: u8, words| {
        let source = Source::Info(info.clone(), Bitfield::new(1));
        Torrent::new(Time::ZERO, source, Config::new(PeerId::new([name; 12])), 1).with(Hello::new(words))
    };
    let (mut torrents, mut disks) =
        ([engine(1, "good day"), engine(2, "hi")], [Disk::default(), Disk::default()]);
    let peer = PeerKey::new(0);
    for (torrent, disk) in torrents.iter_mut().zip(&mut disks) {
        torrent.handle(Time::ZERO, Input::Connected { peer }, disk);
    }
    assert_eq!(talk(&mut torrents, &mut disks, peer), [vec![b"hi".to_vec()], vec![b"good day".to_vec()]]);
    let others = Input::Extension { name: "xx_silent", bytes: b"not yours" };
    torrents[0].handle(Time::ZERO, others, &mut disks[0]);
    let bye = Input::Extension { name: "xx_hello", bytes: b"bye" };
    torrents[0].handle(Time::ZERO, bye, &mut disks[0]);
    assert_eq!(talk(&mut torrents, &mut disks, peer), [vec![], vec![b"bye".to_vec()]]);
}

#[test]
fn what_it_knows_of_a_peer_lasts_as_long_as_the_connection() {
    let mut solo = with(Solo::leech(1), Hello::new("hello"));
    let known = |solo: &Solo| solo.torrent.extension::<Hello>().map(Hello::known);
    for _ in 0..10 {
        let peer = speaker(&mut solo, "xx_hello");
        assert_eq!((told(&mut solo, peer), known(&solo)), (vec![b"hello".to_vec()], Some(1)));
        solo.input(Input::Closed { peer });
        assert_eq!(known(&solo), Some(0));
    }
    assert!(solo.torrent.extension::<Silent>().is_none());
}

#[test]
fn its_limits_hold() {
    let mut solo = with(Solo::leech(1), Hello::new("hello"));
    let peer = speaker(&mut solo, "xx_hello");
    let other = speaker(&mut solo, "xx_hello");
    for _ in 0..1_000 {
        say(&mut solo, peer, b"me");
    }
    say(&mut solo, other, b"and me");
    assert_eq!(greetings(&mut solo).len(), 4 + 1);
    solo.pass(seconds(10));
    say(&mut solo, peer, b"me");
    say(&mut solo, peer, b"me");
    assert_eq!(greetings(&mut solo), [("xx_hello", b"me".to_vec())]);
    say(&mut solo, peer, &[b'.'; 101]);
    assert_eq!(solo.parting(peer), Some("says too much"));
}

#[test]
fn nothing_is_sent_to_those_who_do_not_speak_it_or_no_longer_do() {
    let mut solo = with(Solo::leech(1), Hello::new("hello"));
    let silent = speaker(&mut solo, "xx_silent");
    let fickle = speaker(&mut solo, "xx_hello");
    solo.say_extended(fickle, &ExtendedHandshake::default());
    solo.heard(fickle);
    solo.input(Input::Extension { name: "xx_hello", bytes: b"bye" });
    assert_eq!(told(&mut solo, fickle), [] as [Vec<u8>; 0]);
    assert_eq!(told(&mut solo, silent), [] as [Vec<u8>; 0]);
    // It may speak all the same.
    say(&mut solo, silent, b"me");
    assert_eq!(greetings(&mut solo), []);
}

#[test]
fn messages_under_ids_that_we_gave_nobody_are_dropped() {
    let mut solo = with(Solo::leech(1), Hello::new("hello"));
    let peer = speaker(&mut solo, "xx_hello");
    for id in OURS + 1..=u8::MAX {
        solo.say(peer, Message::Extended { id, payload: &[b'.'; 101] });
    }
    assert_eq!(greetings(&mut solo), []);
    assert_eq!(solo.parting(peer), None);
}

#[test]
fn it_may_allow_a_peer_so_many_bytes_and_no_more() {
    let mut solo = with(Solo::seed(4), Till::default());
    solo.input(Input::SuperSeed(false));
    let peer = speaker(&mut solo, "xx_till");
    solo.say(peer, Message::Interested);
    let served = |solo: &mut Solo, paid: &[u8]| {
        if !paid.is_empty() {
            say(solo, peer, paid);
        }
        for n in 0..8 {
            solo.say(peer, Message::Request(block(n / 2, n % 2)));
        }
        solo.heard(peer).into_iter().filter(|said| matches!(said, Said::Block(_))).count()
    };
    assert_eq!([&b""[..], b".", b"...", b""].map(|paid| served(&mut solo, paid)), [0, 1, 3, 0]);
}

#[test]
fn it_may_close_connections() {
    let mut solo = with(Solo::seed(4), Till::default());
    let peers = [speaker(&mut solo, "xx_till"), speaker(&mut solo, "xx_till"), speaker(&mut solo, "xx_till")];
    say(&mut solo, peers[0], b".");
    say(&mut solo, peers[2], b".");
    solo.input(Input::Extension { name: "xx_till", bytes: b"" });
    let why = Some("did not pay enough");
    assert_eq!(
        peers.map(|peer| solo.parting(peer).map(ToOwned::to_owned)),
        [why.map(Into::into), None, why.map(Into::into)]
    );
}
