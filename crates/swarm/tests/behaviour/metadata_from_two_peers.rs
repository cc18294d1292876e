use metainfo::{Info, PieceIndex};
use swarm::{Input, PeerKey, Phase, Selection};
use wire::{ExtendedHandshake, Message, MetadataMessage, UT_METADATA};

use crate::disk::metadata;
use crate::solo::{Said, Solo, seconds};

/// A torrent whose metadata has more than 8 parts, and an engine that looks for it.
fn magnet() -> (Solo, Info) {
    let info = metadata(7_500);
    assert_eq!(info.raw().len().div_ceil(16_384), 10);
    (Solo::magnet(info.clone(), Vec::new()), info)
}

/// A peer that has everything and says its metadata is of this size.
fn join(solo: &mut Solo, size: usize) -> PeerKey {
    let peer = join_new(solo, Some(size as u32));
    solo.say(peer, Message::HaveAll);
    peer
}

/// A peer that joins and gives the metadata, which has one part.
pub(crate) fn give_metadata(solo: &mut Solo, info: &Info) {
    let peer = join(solo, info.raw().len());
    give(solo, peer, info.raw(), &[0]);
}

/// A peer that gets messages about metadata under id 3.
fn join_new(solo: &mut Solo, metadata_size: Option<u32>) -> PeerKey {
    let peer = solo.join();
    let handshake = ExtendedHandshake {
        extensions: FromIterator::from_iter([(UT_METADATA.to_owned(), 3)]),
        metadata_size,
        ..ExtendedHandshake::default()
    };
    solo.say_extended(peer, &handshake);
    peer
}

/// The parts that the peer was asked for since it last listened.
fn asked(solo: &mut Solo, peer: PeerKey) -> Vec<u32> {
    let heard = solo.heard(peer).into_iter();
    let parts = heard.filter_map(|said| match said {
        Said::Extended(3, payload) => match MetadataMessage::parse(&payload) {
            Ok(Some(MetadataMessage::Request { piece })) => Some(piece),
            _ => None,
        },
        _ => None,
    });
    parts.collect()
}

fn give(solo: &mut Solo, peer: PeerKey, raw: &[u8], parts: &[u32]) {
    for part in parts {
        let rest = &raw[*part as usize * 16_384..];
        let data = &rest[..rest.len().min(16_384)];
        let message = MetadataMessage::Data { piece: *part, total_size: raw.len() as u32, data };
        solo.say(peer, Message::Extended { id: 1, payload: &message.encode() });
    }
}

fn corrupt(info: &Info) -> Vec<u8> {
    let mut raw = info.raw().to_vec();
    let end = raw.len() - 10;
    raw[end] ^= 1;
    raw[100] ^= 1;
    raw
}

#[test]
fn each_gives_a_share() {
    let (mut solo, info) = magnet();
    let (a, b) = (join(&mut solo, info.raw().len()), join(&mut solo, info.raw().len()));
    let (parts_a, parts_b) = (asked(&mut solo, a), asked(&mut solo, b));
    assert_eq!((parts_a.len(), parts_b.len()), (8, 2));
    give(&mut solo, a, info.raw(), &parts_a);
    assert_eq!(solo.snapshot().phase, Phase::Metadata);
    assert!((solo.snapshot().metadata_progress - 0.8).abs() < 0.01);
    give(&mut solo, b, info.raw(), &parts_b);
    assert_eq!(solo.torrent.info(), Some(&info));
    assert_eq!(solo.snapshot().phase, Phase::Downloading);
}

#[test]
fn nothing_is_requested_before_the_driver_could_select() {
    let (mut solo, info) = magnet();
    let peer = join(&mut solo, info.raw().len());
    solo.say(peer, Message::Unchoke);
    let parts = asked(&mut solo, peer);
    give(&mut solo, peer, info.raw(), &parts);
    let parts = asked(&mut solo, peer);
    give(&mut solo, peer, info.raw(), &parts);
    assert_eq!(solo.torrent.deadline(), Some(solo.now));
    assert!(solo.requests(peer).is_empty());

    let mut only = wire::Bitfield::new(7_500);
    only.set(PieceIndex::new(77));
    solo.input(Input::Select(Selection::only(&only)));
    let pieces: Vec<u32> = solo.requests(peer).iter().map(|block| block.piece.get()).collect();
    assert_eq!(pieces, [77]);
}

#[test]
fn the_only_author_of_bad_metadata_is_banned() {
    let (mut solo, info) = magnet();
    let bad = corrupt(&info);
    let liar = join(&mut solo, bad.len());
    for _ in 0..2 {
        let parts = asked(&mut solo, liar);
        give(&mut solo, liar, &bad, &parts);
    }
    assert_eq!(solo.parting(liar), Some("sent corrupt data"));
}

#[test]
fn of_two_authors_of_bad_metadata_each_is_then_asked_for_all_of_it() {
    let (mut solo, info) = magnet();
    let bad = corrupt(&info);
    let (honest, liar) = (join(&mut solo, bad.len()), join(&mut solo, bad.len()));
    for (peer, raw) in [(honest, info.raw()), (liar, &bad[..])] {
        let parts = asked(&mut solo, peer);
        give(&mut solo, peer, raw, &parts);
    }
    assert_eq!((solo.parting(honest), solo.parting(liar)), (None, None));

    let alone = asked(&mut solo, honest);
    assert_eq!((alone.len(), asked(&mut solo, liar).len()), (8, 8));
    give(&mut solo, honest, info.raw(), &alone);
    let rest = asked(&mut solo, honest);
    give(&mut solo, honest, info.raw(), &rest);
    assert_eq!(solo.torrent.info(), Some(&info));
}

#[test]
fn a_peer_that_does_not_answer_is_not_waited_for() {
    let (mut solo, info) = magnet();
    let (silent, other) = (join(&mut solo, info.raw().len()), join(&mut solo, info.raw().len()));
    let parts = asked(&mut solo, other);
    give(&mut solo, other, info.raw(), &parts);
    assert_eq!(asked(&mut solo, silent).len(), 8);
    solo.pass(seconds(10));
    for _ in 0..2 {
        let parts = asked(&mut solo, other);
        give(&mut solo, other, info.raw(), &parts);
    }
    assert_eq!(solo.torrent.info(), Some(&info));
}

/// What a liar does when it is asked for a part.
#[derive(Clone, Copy, Debug)]
enum Lie {
    /// Nothing.
    Silence,
    /// It sends other bytes, at once.
    Bytes,
    /// It sends other bytes, one part in nine seconds.
    SlowBytes,
    /// It says nine seconds later that it will not.
    SlowRefusal,
}

/// Issue 11, A9: how many seconds pass until one honest peer, which came last, has given the metadata.
fn seconds_among(liars: u32, lie: Lie, size: impl Fn(u32, usize) -> usize) -> u64 {
    let (mut solo, info) = magnet();
    let bad = vec![b'x'; 700 * 16_384];
    let liars: Vec<_> = (0..liars)
        .map(|n| {
            let size = size(n, info.raw().len());
            (join(&mut solo, size), size)
        })
        .collect();
    let honest = join(&mut solo, info.raw().len());
    let mut queues = vec![Vec::new(); liars.len()];
    for second in 0..100_000 {
        for ((liar, size), queue) in liars.iter().zip(&mut queues) {
            if solo.parting(*liar).is_some() {
                continue;
            }
            queue.extend(asked(&mut solo, *liar));
            let is_slow = matches!(lie, Lie::SlowBytes | Lie::SlowRefusal);
            if queue.is_empty() || is_slow && second % 9 != 8 {
                continue;
            }
            match lie {
                Lie::Silence => {}
                Lie::Bytes => give(&mut solo, *liar, &bad[..*size], &std::mem::take(queue)),
                Lie::SlowBytes => give(&mut solo, *liar, &bad[..*size], &[queue.remove(0)]),
                Lie::SlowRefusal => {
                    let message = MetadataMessage::Reject { piece: queue.remove(0) };
                    solo.say(*liar, Message::Extended { id: 1, payload: &message.encode() });
                    queue.clear();
                }
            }
        }
        while solo.torrent.info().is_none() {
            let parts = asked(&mut solo, honest);
            if parts.is_empty() {
                break;
            }
            give(&mut solo, honest, info.raw(), &parts);
        }
        assert_eq!(solo.parting(honest), None);
        if solo.torrent.info().is_some() {
            return second;
        }
        solo.pass(seconds(1));
    }
    panic!("the honest peer was never asked");
}

/// Issue 11, A9.
#[test]
fn lies_about_the_size_cost_no_time_however_many_there_are() {
    for lie in [Lie::Silence, Lie::Bytes, Lie::SlowBytes, Lie::SlowRefusal] {
        let each_another = seconds_among(50, lie, |n, size| size + 16_384 * (n as usize + 1));
        let all_the_same = seconds_among(50, lie, |_, size| size * 3);
        let largest = seconds_among(50, lie, |n, _| 640 * 16_384 - n as usize);
        assert_eq!((each_another, all_the_same, largest), (0, 0, 0), "{lie:?}");
    }
}

/// Issue 11, A9.
#[test]
fn lies_about_the_content_cost_a_minute_however_many_there_are() {
    let costs = [Lie::Silence, Lie::Bytes, Lie::SlowBytes, Lie::SlowRefusal]
        .map(|lie| [1, 20, 50].map(|liars| seconds_among(liars, lie, |_, size| size)));
    assert!(costs.iter().flatten().all(|cost| *cost <= 60), "{costs:?}");
}

#[test]
fn we_pass_it_on() {
    let mut solo = Solo::seed(3);
    let peer = join_new(&mut solo, None);
    solo.heard(peer);
    for piece in [0, 1] {
        let request = MetadataMessage::Request { piece };
        solo.say(peer, Message::Extended { id: 1, payload: &request.encode() });
    }
    let heard = solo.heard(peer);
    let info = solo.torrent.info().unwrap().raw();
    let data = MetadataMessage::Data { piece: 0, total_size: info.len() as u32, data: info };
    let reject = MetadataMessage::Reject { piece: 1 };
    let expected = [data, reject].map(|message| Said::Extended(3, message.encode()));
    assert!(expected.iter().all(|said| heard.contains(said)), "{heard:?}");
}

#[test]
fn nobody_gets_it_without_end() {
    let mut solo = Solo::seed(3);
    let peer = join_new(&mut solo, None);
    solo.heard(peer);
    for n in 0..100 {
        // Issue 11, A8: that it says again what it can do changes nothing.
        for id in [0, 3].into_iter().filter(|_| n >= 50) {
            let extensions = FromIterator::from_iter([(UT_METADATA.to_owned(), id)]);
            solo.say_extended(peer, &ExtendedHandshake { extensions, ..ExtendedHandshake::default() });
        }
        let request = MetadataMessage::Request { piece: 0 };
        solo.say(peer, Message::Extended { id: 1, payload: &request.encode() });
    }
    let reject = Said::Extended(3, MetadataMessage::Reject { piece: 0 }.encode());
    let given = solo.heard(peer).iter().filter(|said| **said != reject).count();
    assert_eq!(given, 2);
}
