//! What clients in the wild send, and what must come of it.

use metainfo::InfoHash;
use proptest::prelude::*;
use tracker::{
    Action, Announce, Answer, Error, Event, MAX_MESSAGE, MAX_OFFERS, MAX_SCRAPE, MAX_SDP, Offer, OfferId,
    Request, Response, Scrape,
};
use wire::PeerId;

const IDS: &str = r#""info_hash":"aaaaaaaaaaaaaaaaaaaa","peer_id":"bbbbbbbbbbbbbbbbbbbb""#;

fn parse_announce(keys: &str) -> Announce {
    match Request::parse(&format!(r#"{{"action":"announce",{IDS}{keys}}}"#)) {
        Ok(Request::Announce(announce)) => announce,
        other => panic!("not an announce: {other:?}"),
    }
}

#[test]
fn webtorrent_without_metadata_has_an_unknown_amount_left() {
    let text = format!(
        r#"{{"numwant":5,"uploaded":0,"downloaded":0,"left":null,"event":"started","action":"announce",{IDS},
            "offers":[{{"offer":{{"type":"offer","sdp":"v=0\r\n"}},"offer_id":"cccccccccccccccccccc"}}]}}"#
    );
    assert_eq!(
        Request::parse(&text).unwrap(),
        Request::Announce(Announce {
            info_hash: InfoHash::from_bytes([b'a'; 20]),
            peer_id: PeerId::from_bytes([b'b'; 20]),
            event: Some(Event::Started),
            left: None,
            uploaded: 0,
            downloaded: 0,
            numwant: Some(5),
            to_seeds: false,
            offers: vec![Offer { offer_id: OfferId::from_bytes([b'c'; 20]), sdp: "v=0\r\n".to_owned() }],
        })
    );
}

#[test]
fn a_bare_announce_is_enough() {
    let announce = parse_announce("");
    assert_eq!((announce.event, announce.left, announce.numwant), (None, None, None));
    assert!(announce.offers.is_empty());
}

#[test]
fn unknown_keys_and_events_are_passed_over() {
    let announce = parse_announce(r#","corrupt":0,"key":"x","trackerid":7,"event":"paused","left":3"#);
    assert_eq!((announce.event, announce.left), (None, Some(3)));
}

#[test]
fn counts_may_look_like_floats() {
    let announce = parse_announce(r#","left":5.0,"uploaded":1e3,"downloaded":-1,"numwant":1e300"#);
    assert_eq!((announce.left, announce.uploaded, announce.downloaded), (Some(5), 1000, 0));
    assert_eq!(announce.numwant, None);
}

#[test]
fn an_unusable_offer_does_not_cost_the_reply() {
    let good = r#"{"offer":{"type":"offer","sdp":"s"},"offer_id":"cccccccccccccccccccc"}"#;
    let long = format!(
        r#"{{"offer":{{"type":"offer","sdp":"{}"}},"offer_id":"dddddddddddddddddddd"}}"#,
        "s".repeat(MAX_SDP + 1)
    );
    let announce =
        parse_announce(&format!(r#","offers":[{{"fake_offer":"fake_offer_0"}},5,null,{long},{good}]"#));
    assert_eq!(announce.offers, [Offer { offer_id: OfferId::from_bytes([b'c'; 20]), sdp: "s".to_owned() }]);
}

#[test]
fn offers_that_are_no_list_are_no_offers() {
    assert!(parse_announce(r#","offers":{"0":1}"#).offers.is_empty());
}

#[test]
fn surplus_offers_are_dropped() {
    let offer = r#"{"offer":{"type":"offer","sdp":"s"},"offer_id":"cccccccccccccccccccc"}"#;
    let offers = vec![offer; MAX_OFFERS + 1].join(",");
    assert_eq!(parse_announce(&format!(r#","offers":[{offers}]"#)).offers.len(), MAX_OFFERS);
}

#[test]
fn an_answer_needs_its_ids_and_a_description() {
    let answer = |rest: &str| Request::parse(&format!(r#"{{"action":"announce",{IDS},{rest}}}"#));
    let to = r#""to_peer_id":"cccccccccccccccccccc""#;
    let offer = r#""offer_id":"dddddddddddddddddddd""#;
    let sdp = r#""answer":{"type":"answer","sdp":"s"}"#;

    assert!(matches!(answer(&format!("{to},{offer},{sdp}")), Ok(Request::Answer(_))));
    assert!(matches!(answer(&format!("{offer},{sdp}")), Err(Error::Id("to_peer_id"))));
    assert!(matches!(answer(&format!("{to},{sdp}")), Err(Error::Id("offer_id"))));
    assert!(matches!(answer(&format!(r#"{to},{offer},"answer":{{}}"#)), Err(Error::Sdp)));
    assert!(matches!(answer(&format!(r#"{to},{offer},"answer":null"#)), Ok(Request::Announce(_))));
}

#[test]
fn a_scrape_names_one_torrent_or_many_or_none() {
    let scrape = |keys: &str| match Request::parse(&format!(r#"{{"action":"scrape"{keys}}}"#)) {
        Ok(Request::Scrape(scrape)) => Ok(scrape.info_hashes.len()),
        Ok(other) => panic!("not a scrape: {other:?}"),
        Err(error) => Err(error),
    };
    let hash = r#""aaaaaaaaaaaaaaaaaaaa""#;
    assert_eq!(scrape("").unwrap(), 0);
    assert_eq!(scrape(&format!(r#","info_hash":{hash}"#)).unwrap(), 1);
    assert_eq!(scrape(&format!(r#","info_hash":[{hash},{hash}]"#)).unwrap(), 2);
    assert!(matches!(scrape(r#","info_hash":"short""#), Err(Error::Id("info_hash"))));

    let most = vec![hash; MAX_SCRAPE].join(",");
    assert_eq!(scrape(&format!(r#","info_hash":[{most}]"#)).unwrap(), MAX_SCRAPE);
    assert!(matches!(scrape(&format!(r#","info_hash":[{most},{hash}]"#)), Err(Error::TooManyTorrents)));
}

#[test]
fn what_is_no_request_is_refused() {
    assert!(matches!(Request::parse("{"), Err(Error::Json)));
    assert!(matches!(Request::parse("[]"), Err(Error::Json)));
    assert!(matches!(Request::parse("{}"), Err(Error::Action)));
    assert!(matches!(Request::parse(r#"{"action":"connect"}"#), Err(Error::Action)));
    assert!(matches!(Request::parse(r#"{"action":"announce"}"#), Err(Error::Id("info_hash"))));
    assert!(matches!(Request::parse(&" ".repeat(MAX_MESSAGE + 1)), Err(Error::TooLong)));
}

#[test]
fn nesting_cannot_exhaust_the_stack() {
    let deep = format!("{}{}", r#"{"offers":"#, "[".repeat(MAX_MESSAGE - 10));
    assert!(Request::parse(&deep).is_err());
}

#[test]
fn a_refusal_names_the_torrent_and_the_action_where_it_can() {
    let refusal = |text: &str| Response::refusal(text, &Request::parse(text).unwrap_err());
    let Response::Failure { info_hash, action, .. } =
        refusal(r#"{"action":"announce","info_hash":"aaaaaaaaaaaaaaaaaaaa","peer_id":"short"}"#)
    else {
        panic!("not a failure")
    };
    assert_eq!((info_hash, action), (Some(InfoHash::from_bytes([b'a'; 20])), Action::Announce));

    let Response::Failure { info_hash, action, .. } = refusal(r#"{"action":"scrape","info_hash":5}"#) else {
        panic!("not a failure")
    };
    assert_eq!((info_hash, action), (None, Action::Scrape));
}

fn requests() -> impl Strategy<Value = Request> {
    let sdp = ".{0,100}";
    let offer =
        (any::<[u8; 20]>(), sdp).prop_map(|(id, sdp)| Offer { offer_id: OfferId::from_bytes(id), sdp });
    let event = prop_oneof![Just(Event::Started), Just(Event::Stopped), Just(Event::Completed)];
    let announce = (
        any::<([u8; 20], [u8; 20], Option<u64>, u64, u64, Option<u32>, bool)>(),
        proptest::option::of(event),
        proptest::collection::vec(offer, 0..MAX_OFFERS),
    )
        .prop_map(
            |((info_hash, peer_id, left, uploaded, downloaded, numwant, to_seeds), event, offers)| {
                Request::Announce(Announce {
                    info_hash: InfoHash::from_bytes(info_hash),
                    peer_id: PeerId::from_bytes(peer_id),
                    event,
                    left,
                    uploaded,
                    downloaded,
                    numwant,
                    to_seeds,
                    offers,
                })
            },
        );
    let answer = (any::<([u8; 20], [u8; 20], [u8; 20], [u8; 20])>(), sdp).prop_map(
        |((info_hash, peer_id, to_peer_id, offer_id), sdp)| {
            Request::Answer(Answer {
                info_hash: InfoHash::from_bytes(info_hash),
                peer_id: PeerId::from_bytes(peer_id),
                to_peer_id: PeerId::from_bytes(to_peer_id),
                offer_id: OfferId::from_bytes(offer_id),
                sdp,
            })
        },
    );
    let scrape = proptest::collection::vec(any::<[u8; 20]>(), 0..20).prop_map(|hashes| {
        Request::Scrape(Scrape { info_hashes: hashes.into_iter().map(InfoHash::from_bytes).collect() })
    });
    prop_oneof![announce, answer, scrape]
}

proptest! {
    #[test]
    fn a_request_survives_the_wire(request in requests()) {
        prop_assert_eq!(Request::parse(&request.to_json()).unwrap(), request);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,300}") {
        if let Err(error) = Request::parse(&text) {
            let _ = Response::refusal(&text, &error);
        }
    }
}
