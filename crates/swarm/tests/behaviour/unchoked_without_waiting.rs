use wire::Message;

use crate::solo::{Said, Solo, seconds};

#[test]
fn the_first_interested_peers_are_unchoked_at_once() {
    let mut solo = Solo::seed(4);
    let peer = solo.join();
    solo.heard(peer);
    solo.say(peer, Message::Interested);
    assert_eq!(solo.heard(peer), [Said::Unchoke]);
}

#[test]
fn no_more_than_the_slots_are_given() {
    let mut solo = Solo::seed(4);
    let peers: Vec<_> = (0..12).map(|_| solo.join()).collect();
    for peer in &peers {
        solo.say(*peer, Message::Interested);
    }
    let unchoked = peers.iter().filter(|peer| solo.heard(**peer).contains(&Said::Unchoke)).count();
    assert_eq!(unchoked, 8);
}

#[test]
fn a_slot_that_becomes_free_goes_to_the_next_at_once() {
    let mut solo = Solo::seed(4);
    let peers: Vec<_> = (0..9).map(|_| solo.join()).collect();
    for peer in &peers {
        solo.say(*peer, Message::Interested);
    }
    solo.heard(peers[8]);
    solo.say(peers[0], Message::NotInterested);
    assert_eq!(solo.heard(peers[8]), [Said::Unchoke]);
}

#[test]
fn everybody_is_served_by_a_seed_in_time() {
    let mut solo = Solo::seed(4);
    let peers: Vec<_> = (0..20).map(|_| solo.join()).collect();
    for peer in &peers {
        solo.say(*peer, Message::Interested);
    }
    for _ in 0..30 {
        solo.pass(seconds(10));
        for peer in &peers {
            solo.say(*peer, Message::KeepAlive);
        }
    }
    assert!(peers.iter().all(|peer| solo.heard(*peer).contains(&Said::Unchoke)));
}
