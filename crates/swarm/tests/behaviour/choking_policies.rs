//! Whom to serve is a policy: another one takes a file and a line (`docs/choking.md`), and what is said of a peer
//! counts under each.
// Issue 12, 2.

use std::sync::Arc;

use swarm::{Config, Input, PeerKey, Standing};
use wire::Message;

use crate::round_robin::RoundRobin;
use crate::solo::{BLOCK, Said, Solo, block, config, seconds};

/// A seed that serves two at once in turns of one round.
fn round_robin() -> Solo {
    let config = Config { choking: Arc::new(RoundRobin::default()), upload_slots: 2, ..config() };
    let mut solo = Solo::configured(4, &[0, 1, 2, 3], config);
    solo.input(Input::SuperSeed(false));
    solo
}

/// Whether each of the peers was choked or unchoked since it last listened, and which.
fn changes<const N: usize>(solo: &mut Solo, peers: [PeerKey; N]) -> [Option<Said>; N] {
    peers.map(|peer| {
        let heard = solo.heard(peer);
        heard.into_iter().rfind(|said| matches!(said, Said::Choke | Said::Unchoke))
    })
}

fn interested(solo: &mut Solo) -> PeerKey {
    let peer = solo.join();
    solo.say(peer, Message::Interested);
    peer
}

fn standing(peer: PeerKey, blocks: u32) -> Input<'static> {
    let standing = Standing { credit: Some(u64::from(blocks * BLOCK)), ..Standing::default() };
    Input::Standing { peer, standing }
}

#[test]
fn the_policy_of_the_documents_is_the_one_tested_here() {
    let documents = include_str!("../../../../docs/choking.md");
    assert!(documents.contains(include_str!("round_robin.rs")));
}

#[test]
fn another_policy_chooses_whom_to_serve() {
    let mut solo = round_robin();
    let peers = [interested(&mut solo), interested(&mut solo), interested(&mut solo)];
    let (choke, unchoke) = (Some(Said::Choke), Some(Said::Unchoke));
    assert_eq!(changes(&mut solo, peers), [unchoke.clone(), unchoke.clone(), None]);
    solo.pass(seconds(10));
    assert_eq!(changes(&mut solo, peers), [None, None, None]);
    solo.pass(seconds(10));
    assert_eq!(changes(&mut solo, peers), [None, choke.clone(), unchoke.clone()]);
    solo.pass(seconds(10));
    assert_eq!(changes(&mut solo, peers), [choke, unchoke, None]);
}

#[test]
fn nobody_gets_more_than_its_credit() {
    for mut solo in [round_robin(), Solo::seed(4)] {
        solo.input(Input::SuperSeed(false));
        let [poor, rich] = [interested(&mut solo), interested(&mut solo)];
        solo.input(standing(poor, 2));
        solo.input(standing(rich, 4));
        for peer in [poor, rich] {
            solo.heard(peer);
            for n in 0..4 {
                solo.say(peer, Message::Request(block(n, 0)));
            }
        }
        let given = [0, 1, 2, 3].map(|n| Said::Block(block(n, 0)));
        assert_eq!(solo.heard(poor), given[..2]);
        assert_eq!(solo.heard(rich), given);
        solo.pass(seconds(10));
        let refused = [Said::Choke, Said::Reject(block(2, 0)), Said::Reject(block(3, 0))];
        assert_eq!(solo.heard(poor), refused);
    }
}

#[test]
fn who_has_used_up_its_credit_waits_for_more() {
    let mut solo = Solo::seed(4);
    let peer = interested(&mut solo);
    solo.input(standing(peer, 1));
    for n in 0..2 {
        solo.say(peer, Message::Request(block(n, 0)));
    }
    assert_eq!(changes(&mut solo, [peer]), [Some(Said::Unchoke)]);
    solo.pass(seconds(10));
    assert_eq!(changes(&mut solo, [peer]), [Some(Said::Choke)]);
    solo.pass(seconds(60));
    solo.say(peer, Message::NotInterested);
    solo.say(peer, Message::Interested);
    assert_eq!(changes(&mut solo, [peer]), [None]);
    solo.input(standing(peer, 1));
    assert_eq!(changes(&mut solo, [peer]), [Some(Said::Unchoke)]);
}

#[test]
fn who_gets_more_credit_in_time_goes_on_where_it_was() {
    let mut solo = Solo::seed(4);
    let peer = interested(&mut solo);
    solo.input(standing(peer, 1));
    for n in 0..3 {
        solo.say(peer, Message::Request(block(n, 0)));
    }
    assert_eq!(solo.heard(peer).last(), Some(&Said::Block(block(0, 0))));
    solo.input(standing(peer, 1));
    assert_eq!(solo.heard(peer), [Said::Block(block(1, 0))]);
    solo.input(standing(peer, 1));
    assert_eq!(solo.heard(peer), [Said::Block(block(2, 0))]);
    solo.input(standing(peer, 4));
    solo.pass(seconds(10));
    assert_eq!(changes(&mut solo, [peer]), [None]);
}

#[test]
fn the_place_of_who_has_used_up_its_credit_is_lent_until_the_next_round() {
    let mut solo = round_robin();
    let peers = [interested(&mut solo), interested(&mut solo), interested(&mut solo), interested(&mut solo)];
    solo.input(standing(peers[0], 0));
    changes(&mut solo, peers);
    solo.say(peers[0], Message::Request(block(0, 0)));
    assert_eq!(changes(&mut solo, peers), [None, None, Some(Said::Unchoke), None]);
    // However often that happens, one place is lent for it.
    for n in 0..3 {
        solo.input(standing(peers[0], 1));
        assert_eq!(solo.heard(peers[0]), [Said::Block(block(n, 0))]);
        solo.say(peers[0], Message::Request(block(n + 1, 0)));
    }
    assert_eq!(changes(&mut solo, peers), [const { None }; 4]);
    solo.pass(seconds(10));
    assert_eq!(changes(&mut solo, peers)[0], Some(Said::Choke));
}
