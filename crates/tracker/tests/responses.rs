//! What trackers in the wild reply, and what hostile ones might.

use metainfo::InfoHash;
use proptest::prelude::*;
use tracker::{Action, Error, INTERVALS, MAX_REASON, MAX_SCRAPE, MAX_SDP, OfferId, Response, ScrapeStats};
use wire::PeerId;

const HASH: &str = r#""info_hash":"aaaaaaaaaaaaaaaaaaaa""#;

fn parse(keys: &str) -> Result<Response, Error> {
    Response::parse(&format!(r#"{{"action":"announce",{HASH}{keys}}}"#))
}

fn interval(keys: &str) -> u32 {
    match parse(keys) {
        Ok(Response::Announce { interval, .. }) => interval,
        other => panic!("not an announce: {other:?}"),
    }
}

#[test]
fn the_reference_servers_replies_are_read() {
    assert_eq!(
        parse(r#","complete":1,"incomplete":2,"interval":120"#).unwrap(),
        Response::Announce {
            info_hash: InfoHash::from_bytes([b'a'; 20]),
            complete: 1,
            incomplete: 2,
            interval: 120,
            warning: None
        }
    );
    let ids = r#","peer_id":"bbbbbbbbbbbbbbbbbbbb","offer_id":"cccccccccccccccccccc""#;
    assert!(matches!(
        parse(&format!(r#"{ids},"offer":{{"type":"offer","sdp":"s"}}"#)).unwrap(),
        Response::Offer { peer_id, .. } if peer_id == PeerId::from_bytes([b'b'; 20])
    ));
    assert!(matches!(
        parse(&format!(r#"{ids},"answer":{{"type":"answer","sdp":"s"}}"#)).unwrap(),
        Response::Answer { offer_id, .. } if offer_id == OfferId::from_bytes([b'c'; 20])
    ));
}

#[test]
fn a_missing_interval_falls_back() {
    assert_eq!(interval(r#","complete":0,"min interval":45"#), 45);
    assert_eq!(interval(r#","complete":0,"interval":0,"min interval":45"#), 45);
    assert_eq!(interval(r#","complete":0"#), 120);
}

#[test]
fn an_extreme_interval_is_moved_into_range() {
    assert_eq!(interval(r#","interval":1"#), *INTERVALS.start());
    assert_eq!(interval(r#","interval":1e18"#), *INTERVALS.end());
}

#[test]
fn a_failure_needs_neither_action_nor_torrent() {
    assert_eq!(
        Response::parse(r#"{"failure reason":"invalid info_hash"}"#).unwrap(),
        Response::Failure {
            reason: "invalid info_hash".to_owned(),
            info_hash: None,
            action: Action::Announce
        }
    );
}

#[test]
fn texts_for_people_are_cut_short() {
    let long = "é".repeat(MAX_REASON + 1);
    let kept = Some("é".repeat(MAX_REASON));
    let Response::Failure { reason, .. } = parse(&format!(r#","failure reason":"{long}""#)).unwrap() else {
        panic!("not a failure")
    };
    assert_eq!(Some(reason), kept);
    let Response::Announce { warning, .. } = parse(&format!(r#","warning message":"{long}""#)).unwrap()
    else {
        panic!("not an announce")
    };
    assert_eq!(warning, kept);
}

#[test]
fn an_offer_with_an_endless_description_is_refused() {
    let ids = r#","peer_id":"bbbbbbbbbbbbbbbbbbbb","offer_id":"cccccccccccccccccccc""#;
    let sdp = "s".repeat(MAX_SDP + 1);
    assert!(matches!(parse(&format!(r#"{ids},"offer":{{"sdp":"{sdp}"}}"#)), Err(Error::Sdp)));
}

#[test]
fn empty_replies_are_refused() {
    assert!(matches!(parse(""), Err(Error::Empty)));
    assert!(matches!(Response::parse(r#"{"action":"scrape"}"#), Err(Error::Empty)));
    assert!(matches!(Response::parse(r#"{"action":"dance"}"#), Err(Error::Action)));
    assert!(matches!(Response::parse(r#"{"action":"announce","complete":1}"#), Err(Error::Id("info_hash"))));
}

#[test]
fn a_scrape_tolerates_odd_statistics() {
    let text = r#"{"action":"scrape","files":{"aaaaaaaaaaaaaaaaaaaa":{"complete":1},"bbbbbbbbbbbbbbbbbbbb":7},
                   "flags":{"min_request_interval":600}}"#;
    let stats = ScrapeStats { complete: 1, incomplete: 0, downloaded: 0 };
    assert_eq!(
        Response::parse(text).unwrap(),
        Response::Scrape {
            files: FromIterator::from_iter([(InfoHash::from_bytes([b'a'; 20]), stats)]),
            min_request_interval: Some(600)
        }
    );
    assert!(matches!(Response::parse_unless_scrape(text), Err(Error::Action)));
}

fn responses() -> impl Strategy<Value = Response> {
    let ids = any::<([u8; 20], [u8; 20], [u8; 20])>()
        .prop_map(|(a, b, c)| (InfoHash::from_bytes(a), PeerId::from_bytes(b), OfferId::from_bytes(c)));
    let hash = any::<[u8; 20]>().prop_map(InfoHash::from_bytes);
    let stats = any::<(u32, u32, u32)>().prop_map(|(complete, incomplete, downloaded)| ScrapeStats {
        complete,
        incomplete,
        downloaded,
    });
    prop_oneof![
        (hash.clone(), any::<(u32, u32)>(), INTERVALS, proptest::option::of(".{0,40}")).prop_map(
            |(info_hash, (complete, incomplete), interval, warning)| Response::Announce {
                info_hash,
                complete,
                incomplete,
                interval,
                warning
            }
        ),
        (ids.clone(), ".{0,100}").prop_map(|((info_hash, peer_id, offer_id), sdp)| Response::Offer {
            info_hash,
            peer_id,
            offer_id,
            sdp
        }),
        (ids, ".{0,100}").prop_map(|((info_hash, peer_id, offer_id), sdp)| Response::Answer {
            info_hash,
            peer_id,
            offer_id,
            sdp
        }),
        (
            proptest::collection::btree_map(hash.clone(), stats, 0..MAX_SCRAPE),
            proptest::option::of(any::<u32>())
        )
            .prop_map(|(files, min_request_interval)| Response::Scrape {
                files: files.into_iter().collect(),
                min_request_interval
            }),
        (".{0,40}", proptest::option::of(hash), prop_oneof![Just(Action::Announce), Just(Action::Scrape)])
            .prop_map(|(reason, info_hash, action)| Response::Failure { reason, info_hash, action }),
    ]
}

proptest! {
    #[test]
    fn a_response_survives_the_wire(response in responses()) {
        let text = response.to_json();
        let is_scrape = matches!(response, Response::Scrape { .. });
        prop_assert_eq!(Response::parse_unless_scrape(&text).ok(), (!is_scrape).then(|| response.clone()));
        prop_assert_eq!(Response::parse(&text).unwrap(), response);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,300}") {
        let _ = Response::parse(&text);
    }
}
