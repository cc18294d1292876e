//! Issue 12, 6: what an engine noted is written as a report, read again, and played.

use journal::{Entry, Event, Report};
use sim::{Conduct, Error, Scenario, record, simulate};

const SWARM: &str = r#"{
    "seed": 5, "pieces": 60, "piece_length": 131072, "hybrid": true, "limit_s": 900,
    "groups": [
        { "conduct": "seed", "count": 1, "line": { "up": 500000, "down": 4000000, "delay_ms": 20 } },
        { "conduct": "leech", "count": 3, "line": { "up": 200000, "down": 2000000, "delay_ms": 40 } },
        { "conduct": "corrupter", "count": 1, "line": { "up": 300000, "down": 2000000, "delay_ms": 40 } }
    ]
}"#;

fn scenario() -> Scenario {
    Scenario::parse(SWARM).expect("a scenario")
}

/// What the first peer that downloads noted, and how long it took, in seconds.
fn recorded() -> (Report, u64) {
    let (report, _) = record(&scenario(), 0).expect("a torrent");
    let leech = report.peers.iter().position(|peer| peer.conduct == Conduct::Leech).expect("there are three");
    let (report, noted) = record(&scenario(), leech).expect("a torrent");
    (noted, report.peers[leech].completed.expect("it completes").as_secs())
}

fn count(scenario: &Scenario, conduct: Conduct) -> u32 {
    scenario.groups.iter().filter(|group| group.conduct == conduct).map(|group| group.count).sum()
}

#[test]
fn noting_what_happens_changes_nothing() {
    let trace = simulate(&scenario()).expect("a torrent").trace;
    for peer in 0..5 {
        let (report, noted) = record(&scenario(), peer).expect("a torrent");
        assert_eq!(report.trace, trace);
        assert!(!noted.entries.is_empty());
    }
    assert!(matches!(record(&scenario(), 5), Err(Error::Peer(5))));
}

#[test]
fn as_a_swarm_of_the_same_peers_that_takes_about_as_long() {
    let (noted, took) = recorded();
    let read = Report::parse(&noted.to_string()).expect("a report");
    assert_eq!(read, noted);

    let again = Scenario::recorded(&read).expect("it says enough");
    assert_eq!((again.pieces.get(), again.piece_length), (60, 131_072));
    assert_eq!([Conduct::Seed, Conduct::Corrupter].map(|conduct| count(&again, conduct)), [1, 1]);
    assert_eq!(count(&again, Conduct::Leech) + count(&again, Conduct::FreeRider), 3);

    let report = simulate(&again).expect("a torrent");
    assert_eq!(report.broken_rules(&again), [""; 0]);
    let replayed = report.completion(100).expect("all complete").as_secs();
    assert!((took / 3..took * 3).contains(&replayed), "{took} s, and then {replayed} s");
}

#[test]
fn of_one_who_had_everything_too() {
    let (report, _) = record(&scenario(), 0).expect("a torrent");
    let seed = report.peers.iter().position(|peer| peer.conduct == Conduct::Seed).expect("there is one");
    let (_, noted) = record(&scenario(), seed).expect("a torrent");
    let again = Scenario::recorded(&noted).expect("it says enough");
    assert_eq!(again.groups[0].conduct, Conduct::Seed);
    assert!(simulate(&again).expect("a torrent").completion(100).is_some());
}

/// Whether reports of the first version tell of this.
fn is_of_the_first(event: Event) -> bool {
    !matches!(
        event,
        Event::TrackerOpened { .. }
            | Event::Announced { .. }
            | Event::TrackerAnswered { .. }
            | Event::TrackerRefused { .. }
            | Event::TrackerFailed { .. }
            | Event::TrackerLeft { .. }
            | Event::Offered { .. }
            | Event::Returned
            | Event::Answered
            | Event::Accepting { .. }
            | Event::Declined(_)
            | Event::GaveUp(_)
            | Event::Fetching { .. }
            | Event::Fetched { .. }
            | Event::WebSeedFailed { .. }
    )
}

#[test]
fn with_how_its_peers_were_met_or_without() {
    let (noted, _) = recorded();
    let told = |is: fn(&Event) -> bool| noted.entries.iter().filter(|entry| is(&entry.event)).count();
    assert!(told(|event| matches!(event, Event::TrackerAnswered { .. })) > 0);
    assert!(told(|event| matches!(event, Event::Offered { .. })) > 0);
    assert!(told(|event| matches!(event, Event::Answered | Event::Accepting { .. })) >= 4);
    // A report of the first release, which knew nothing of that.
    let mut first = noted.clone();
    first.entries.retain(|entry| is_of_the_first(entry.event));
    let first = first.to_string().replacen("seedcast-journal 2", "seedcast-journal 1", 1);
    let first = Report::parse(&first).expect("a report");
    // They come later there by as much as it took to meet them, and are the same peers.
    let played = |report| {
        let groups = Scenario::recorded(report).expect("it says enough").groups;
        format!("{:?}", groups.iter().map(|group| (group.conduct, &group.line)).collect::<Vec<_>>())
    };
    assert_eq!(played(&noted), played(&first));
}

fn told(events: impl IntoIterator<Item = (Option<u32>, Event)>) -> Result<Scenario, Error> {
    let entries = events.into_iter().map(|(peer, event)| Entry { at: u64::MAX, peer, event });
    Scenario::recorded(&Report { dropped: 0, entries: entries.collect() })
}

fn torrent(pieces: u32, piece_length: u32, have: u32) -> (Option<u32>, Event) {
    (None, Event::Torrent { pieces, piece_length, have })
}

#[track_caller]
fn refused(events: impl IntoIterator<Item = (Option<u32>, Event)>, why: &str) {
    match told(events) {
        Err(Error::Report(words)) => assert!(words.contains(why), "{words}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn unless_it_says_too_little_or_too_much() {
    refused([], "what the torrent is");
    refused([(Some(1), Event::Connected)], "what the torrent is");
    refused([torrent(0, 16_384, 0)], "too many pieces, or of none");
    refused([torrent(200_001, 16_384, 0)], "too many pieces");
    refused([torrent(10, 16_384, 0)], "nobody who had everything");
    let crowd = (0..501).map(|peer| (Some(peer), Event::Connected));
    refused(crowd.chain([torrent(10, 16_384, 10)]), "too many peers");
    assert!(matches!(told([torrent(10, 0, 10)]), Err(Error::Torrent(_))));
    assert!(told([torrent(10, 16_384, 10)]).is_ok());
}
