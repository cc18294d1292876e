//! Who plays a film while it arrives waits hardly longer for a seed that super-seeds (issue 11, A2.1).
//!
//! Each scenario is played with and without super-seeding, and with several sources of chance. In these swarms a seed
//! has little more to give than films need, and whoever watches needs certain pieces of it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use sim::{Kill, Scenario, simulate};

fn scenario(name: &str) -> Scenario {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name).with_extension("json");
    let json = fs::read_to_string(file).expect("every scenario has a file");
    Scenario::parse(&json).expect("its file is a scenario")
}

/// The longest that anybody waited until the film began, and in all, who was not killed.
fn longest_waits(scenario: &Scenario) -> [Duration; 2] {
    let report = simulate(scenario).expect("the numbers make a torrent");
    assert_eq!(report.broken_rules(scenario), [""; 0]);
    let players = || report.peers.iter().filter(|peer| !peer.killed);
    let began = players().filter_map(|peer| peer.began).max().expect("somebody plays");
    let waited = players().filter_map(|peer| peer.stalled).max().expect("somebody plays");
    [began, waited]
}

/// Nobody waits for more than twice as long as without super-seeding until it begins, and not for more than two pieces
/// longer than that in all.
#[track_caller]
fn check(scenario: &Scenario) {
    for seed in 0..4 {
        let with = |super_seed| longest_waits(&Scenario { seed, super_seed, ..scenario.clone() });
        let (on, off) = (with(true), with(false));
        assert!(
            on[0] <= 2 * off[0] && on[1] <= 2 * off[1] + TWO_PIECES,
            "{on:?} instead of {off:?} with seed {seed}"
        );
    }
}

// Issue 11, A2.1.
#[test]
fn after_a_viewer_whose_browser_was_killed() {
    let mut scenario = scenario("film_after_a_kill");
    for watched in [3, 8] {
        for pause in [1, 4, 15] {
            for group in &mut scenario.groups {
                match &mut group.killed {
                    Some(kill) => *kill = Kill { after_s: watched, ..*kill },
                    None if group.plays.is_some() => group.joins_s = (watched + pause, watched + pause),
                    None => {}
                }
            }
            check(&scenario);
        }
    }
}

// Issue 11, A2.1.
#[test]
fn for_a_lone_viewer_with_two_connections_and_a_film_with_its_index_at_the_end() {
    check(&scenario("film_alone"));
}

// Issue 11, A2.1.
#[test]
fn for_a_viewer_who_was_killed_and_comes_back_as_somebody_else() {
    check(&scenario("film_again"));
}

/// Four people with a seed of whose line each gets little: who waits longest is chance, so that a single swarm proves
/// nothing. Nine of sixty keep somebody waiting for longer with super-seeding, and on average nobody waits longer.
// Issue 11, A2.1.
#[test]
fn for_those_who_watch_different_places_and_seek() {
    let scenario = scenario("film_places");
    let waits = |super_seed| -> [Duration; 2] {
        let of_each =
            (0..SWARMS).map(|seed| longest_waits(&Scenario { seed, super_seed, ..scenario.clone() }));
        of_each.fold([Duration::ZERO; 2], |[began, waited], one| [began + one[0], waited + one[1]])
    };
    let (on, off) = (waits(true), waits(false));
    assert!(
        on[0] * 4 <= off[0] * 5 && on[1] * 4 <= off[1] * 5,
        "{on:?} instead of {off:?} in {SWARMS} swarms"
    );
}

/// Swarms over which chance evens out.
const SWARMS: u64 = 24;
/// How long the seed takes to send two pieces.
const TWO_PIECES: Duration = Duration::from_millis(1_049);
