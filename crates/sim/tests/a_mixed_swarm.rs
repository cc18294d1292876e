//! Fifty peers, some of them bad, around one seed.

use std::time::Duration;

use sim::{Conduct, Line, Participant, Report, Scenario, simulate};
use swarm::{Snapshot, Time};

const PIECES: u32 = 60;
const PIECE_LENGTH: u32 = 64 * 1024;

fn scenario(seed: u64) -> Scenario {
    let at = |seconds: u64| Time::from_millis(seconds * 1_000 + seed);
    let mut peers = vec![Participant { conduct: Conduct::Seed, joins: Time::ZERO, away: None }];
    for n in 0..50 {
        let conduct = match n % 10 {
            3 => Conduct::Liar,
            6 | 9 => Conduct::FreeRider,
            _ => Conduct::Honest,
        };
        // Liars come early, while everybody is in need.
        let joins = at(if conduct == Conduct::Liar { 1 } else { n / 2 });
        let away = (n % 4 == 0).then(|| (joins + Duration::from_secs(8), joins + Duration::from_secs(20)));
        peers.push(Participant { conduct, joins, away });
    }
    Scenario {
        seed,
        pieces: PIECES,
        piece_length: PIECE_LENGTH,
        peers,
        line: Line { rate: 400_000, delay: Duration::from_millis(40), jitter: Duration::from_millis(30) },
        limit: Duration::from_secs(600),
    }
}

#[track_caller]
fn check(report: &Report) {
    let content = u64::from(PIECES) * u64::from(PIECE_LENGTH);
    let is_liar = |peer: usize| report.peers[peer].conduct == Conduct::Liar;
    for (number, peer) in report.peers.iter().enumerate() {
        let Snapshot { downloaded, wasted, left, .. } = &peer.snapshot;
        assert_eq!(peer.received, downloaded + wasted, "peer {number} counts every byte once");
        if matches!(peer.conduct, Conduct::Honest | Conduct::FreeRider) {
            assert!(peer.completed.is_some(), "peer {number} has {left} bytes left at {:?}", report.ended);
            assert_eq!(*downloaded, content, "peer {number} needs every byte once");
        }
        assert!(peer.banned.iter().all(|banned| is_liar(*banned)), "peer {number} banned {:?}", peer.banned);
        let is_banned = report.peers.iter().any(|other| other.banned.contains(&number));
        assert_eq!(is_banned, is_liar(number), "peer {number}");
    }
}

#[test]
fn all_who_download_complete_and_liars_are_banned() {
    for seed in 0..4 {
        check(&simulate(&scenario(seed)));
    }
}

#[test]
fn the_same_seed_takes_the_same_course() {
    let [first, second, other] = [7, 7, 8].map(|seed| simulate(&scenario(seed)));
    assert_eq!(first.trace, second.trace);
    assert_ne!(first.trace, other.trace);
}
