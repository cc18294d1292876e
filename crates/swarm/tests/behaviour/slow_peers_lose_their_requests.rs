use std::time::Duration;

use metainfo::Block;
use swarm::{Config, PeerKey, Source};
use wire::{Bitfield, Message};

use crate::disk::{Disk, torrent};
use crate::network::Network;
use crate::solo::{PIECE, Said, Solo, config, seconds};

/// An engine that has nothing, and asks each peer for 32 blocks.
pub(crate) fn leech(pieces: u32) -> Solo {
    let (info, content) = torrent(u64::from(pieces) * u64::from(PIECE), PIECE);
    let source = Source::Info(info.clone(), Bitfield::new(pieces));
    Solo::from(source, Disk::default(), info, content, Config { max_requests: 32, ..config() })
}

/// A seed that gave a block in each of the last five seconds, and what it owes.
pub(crate) fn slow_seed(solo: &mut Solo) -> (PeerKey, Vec<Block>) {
    let slow = solo.join_seed();
    let mut owed = solo.requests(slow);
    for _ in 0..5 {
        solo.pass(seconds(1));
        let block = owed.remove(0);
        solo.give(slow, block);
        owed.extend(solo.requests(slow));
    }
    (slow, owed)
}

fn cancelled(heard: &[Said]) -> Vec<Block> {
    heard.iter().filter_map(|said| if let Said::Cancel(block) = said { Some(*block) } else { None }).collect()
}

/// webtorrent#2954
#[test]
fn to_one_that_has_nothing_else_to_do_and_is_far_faster() {
    let mut solo = leech(100);
    let (slow, owed) = slow_seed(&mut solo);
    let fast = solo.join_seed();
    let mut requests = Vec::new();
    while solo.snapshot().left > 0 {
        let more = solo.requests(fast);
        assert!(!more.is_empty(), "the fast one is never without work");
        for block in &more {
            solo.give(fast, *block);
        }
        requests.extend(more);
    }
    let heard = solo.heard(slow);
    let taken = cancelled(&heard);
    assert!(owed[1..].iter().all(|block| taken.contains(block)), "all that it owed but the oldest");
    assert!(owed.iter().all(|block| requests.contains(block)));
    assert_eq!(solo.snapshot().wasted, 0);
}

#[test]
fn but_keep_them_beside_one_that_is_hardly_faster() {
    let mut solo = leech(100);
    let (slow, _) = slow_seed(&mut solo);
    let other = solo.join_seed();
    let mut owed = solo.requests(other);
    for _ in 0..40 {
        solo.pass(Duration::from_millis(200));
        let block = owed.remove(0);
        solo.give(other, block);
        owed.extend(solo.requests(other));
        solo.say(slow, Message::KeepAlive);
    }
    assert_eq!(cancelled(&solo.heard(slow)), []);
}

#[test]
fn what_they_have_begun_to_send_is_asked_of_the_other_as_well() {
    let mut solo = leech(40);
    let (slow, owed) = slow_seed(&mut solo);
    solo.give_start(slow, owed[0], 5_000);
    let fast = solo.join_seed();
    while solo.snapshot().left > 0 && solo.answer(fast) > 0 {}
    assert_eq!((solo.completed, solo.snapshot().wasted), (1, 5_000));
}

/// webtorrent#2954, webtorrent-desktop#1403
#[test]
fn so_many_slow_peers_do_not_slow_a_download() {
    let (info, content) = torrent(20_000_000, 256 * 1024);
    let mut network = Network::new();
    let leech = network.leech(&info);
    for _ in 0..10 {
        let slow = network.seed(&info, &content);
        network.connect_at(leech, slow, 4_000);
    }
    network.run(seconds(4));
    let fast = network.seed(&info, &content);
    network.connect_at(leech, fast, 2_000_000);
    // Ten seconds for the content at the fast one's rate, and one to end.
    network.run(seconds(11));
    assert!(network.nodes[leech].is_complete(), "{:?}", network.snapshot(leech).left);
}

/// webtorrent#1142
#[test]
fn and_a_fast_download_stays_fast_to_its_end() {
    let (info, content) = torrent(60_000_000, 512 * 1024);
    let mut network = Network::new();
    let leech = network.leech(&info);
    let seed = network.seed(&info, &content);
    network.connect_at(leech, seed, 15_000_000);
    let mut marks = Vec::new();
    while !network.nodes[leech].is_complete() {
        network.run(Duration::from_millis(100));
        marks.push(network.snapshot(leech).downloaded);
        assert!(marks.len() < 100, "ten seconds are more than twice what the link needs");
    }
    let fastest = marks.windows(2).map(|two| two[1] - two[0]).max().unwrap_or(0);
    let late = &marks[marks.len() * 2 / 3..marks.len() - 1];
    let average = (late[late.len() - 1] - late[0]) / (late.len() as u64 - 1);
    assert!(average * 10 > fastest * 9, "{average} of {fastest} bytes in each tenth of a second");
}
