//! Issue 12, 6.

use std::time::Duration;

use journal::{Entry, Event, Reason};
use swarm::{Input, PeerKey};
use wire::Message;

use crate::solo::{Solo, block};

const ENTRIES: usize = 100;

/// What was noted, without the time, which stands still here.
fn noted(solo: &mut Solo) -> Vec<(Option<u32>, Event)> {
    let report = solo.torrent.take_journal().expect("it is noted");
    assert_eq!(report.dropped, 0);
    report.entries.into_iter().map(|Entry { peer, event, .. }| (peer, event)).collect()
}

/// A peer that serves us one piece, in which something is corrupt.
fn meet_liar(solo: &mut Solo) -> PeerKey {
    let liar = solo.join_seed();
    solo.give(liar, block(0, 0));
    solo.give_corrupt(liar, block(0, 1));
    liar
}

#[test]
fn from_a_peers_coming_to_why_it_was_closed() {
    let mut solo = Solo::leech(1);
    solo.torrent.record(ENTRIES);
    let liar = Some(meet_liar(&mut solo).get());
    let expected = [
        (None, Event::Torrent { pieces: 1, piece_length: 32_768, have: 0 }),
        (liar, Event::Connected),
        (liar, Event::Greeted),
        (liar, Event::Has { pieces: 1 }),
        (liar, Event::Unchoked),
        (None, Event::Failed { piece: 0 }),
        (liar, Event::Banned),
        (liar, Event::Traded { down: 32_768, up: 0 }),
        (liar, Event::Closed(Reason::CorruptData)),
    ];
    assert_eq!(noted(&mut solo), expected);
    assert_eq!(noted(&mut solo), []);
}

#[test]
fn pieces_on_their_way_to_storage_and_what_is_complete() {
    let mut solo = Solo::leech(1);
    let seed = solo.join_seed();
    solo.torrent.record(ENTRIES);
    solo.give(seed, block(0, 0));
    solo.give(seed, block(0, 1));
    solo.input(Input::Closed { peer: seed });
    solo.input(Input::Pause);
    let events = noted(&mut solo);
    // What was so before comes first.
    let key = Some(seed.get());
    assert_eq!(events[0], (key, Event::Connected));
    assert_eq!(events[1], (key, Event::Greeted));
    assert_eq!(events[2], (None, Event::Torrent { pieces: 1, piece_length: 32_768, have: 0 }));
    assert_eq!(events[3], (key, Event::Has { pieces: 1 }));
    let stored = [
        (None, Event::Verified { piece: 0 }),
        (None, Event::Stored { piece: 0 }),
        (key, Event::Traded { down: 32_768, up: 0 }),
        (None, Event::Completed),
    ];
    assert_eq!(events[4..8], stored);
    assert_eq!(events.last(), Some(&(None, Event::Paused)));
}

#[test]
fn of_a_link_once_its_metadata_is_known() {
    let known = Solo::seed(2);
    let info = known.torrent.info().expect("it is a seed").clone();
    let mut solo = Solo::magnet(info.clone(), Vec::new());
    solo.torrent.record(ENTRIES);
    assert_eq!(noted(&mut solo), []);
    let peer = solo.join();
    solo.say(peer, Message::HaveAll);
    solo.say_extended(
        peer,
        &wire::ExtendedHandshake {
            extensions: [("ut_metadata".to_owned(), 1)].into_iter().collect(),
            metadata_size: Some(info.raw().len() as u32),
            ..Default::default()
        },
    );
    let data =
        wire::MetadataMessage::Data { piece: 0, total_size: info.raw().len() as u32, data: info.raw() };
    solo.say(peer, Message::Extended { id: 1, payload: &data.encode() });
    let events = noted(&mut solo);
    assert!(
        events.contains(&(None, Event::Torrent { pieces: 2, piece_length: 32_768, have: 0 })),
        "{events:?}"
    );
    assert!(events.contains(&(Some(peer.get()), Event::Has { pieces: 2 })), "{events:?}");
}

#[test]
fn what_web_seeds_are_asked_for_and_how_they_fail() {
    let mut solo = Solo::leech(8);
    solo.torrent.record(ENTRIES);
    noted(&mut solo);
    let web_seed = solo.add_web_seed(3);
    let asked = solo.fetches[&web_seed].length;
    solo.fail(web_seed, Some(Duration::from_secs(3_000)));
    solo.pass(Duration::from_secs(3_000));
    solo.serve_all(web_seed, 100_000);
    let events = noted(&mut solo).into_iter().map(|(_, event)| event);
    let of_web_seed = |event: &Event| {
        matches!(event, Event::Fetching { .. } | Event::Fetched { .. } | Event::WebSeedFailed { .. })
    };
    let (web_seed, whole) = (3, 8 * 32_768);
    let events: Vec<Event> = events.filter(of_web_seed).collect();
    let failed = [
        Event::Fetching { web_seed, bytes: asked },
        Event::Fetched { web_seed, bytes: 0 },
        Event::WebSeedFailed { web_seed, rest: Some(3_000) },
    ];
    assert_eq!(events[..3], failed);
    assert!(matches!(events[3], Event::Fetching { .. }), "{events:?}");
    assert_eq!(events.last(), Some(&Event::Fetched { web_seed, bytes: whole }));
}

#[test]
fn nothing_before_somebody_asks_nor_after() {
    let mut solo = Solo::leech(1);
    meet_liar(&mut solo);
    assert_eq!(solo.torrent.take_journal(), None);
    solo.torrent.record(ENTRIES);
    solo.torrent.record(0);
    meet_liar(&mut solo);
    assert_eq!(solo.torrent.take_journal(), None);
}

/// Allocations of a peer's visit: how many, and of how many bytes.
fn spent_on_visit(entries: usize) -> (u64, u64) {
    let mut solo = Solo::leech(1);
    let spent = allocation_counter::measure(|| {
        solo.torrent.record(entries);
        meet_liar(&mut solo);
    });
    (spent.count_total, spent.bytes_total)
}

#[test]
fn takes_no_memory_but_what_it_begins_with() {
    let (off, on) = (spent_on_visit(0), spent_on_visit(ENTRIES));
    let ring = (ENTRIES * size_of::<Entry>() + size_of::<journal::Journal>()) as u64;
    assert_eq!((on.0 - off.0, on.1 - off.1), (2, ring));
}

#[test]
fn a_stranger_who_causes_many_entries_costs_no_memory_for_them() {
    let mut flood = Vec::new();
    for _ in 0..10_000 {
        Message::Choke.encode(&mut flood);
    }
    let spent = |entries| {
        let mut solo = Solo::leech(1);
        let peer = solo.join_seed();
        solo.torrent.record(entries);
        let spent = allocation_counter::measure(|| solo.send(peer, &flood)).bytes_total;
        (spent, solo.torrent.take_journal())
    };
    let (off, _) = spent(0);
    let (on, report) = spent(ENTRIES);
    let report = report.expect("it is noted");
    assert_eq!((on, report.entries.len()), (off, ENTRIES));
    assert!(report.dropped >= 10_000 - ENTRIES as u64, "{}", report.dropped);
}
