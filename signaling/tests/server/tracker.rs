//! The tracker over WebSockets.

use serde_json::json;
use tungstenite::protocol::frame::coding::CloseCode;

use crate::process::{Server, announce, announce_with_offers};

#[test]
fn an_offer_and_its_answer_find_their_way() {
    let server = Server::start();
    let (mut first, mut second) = (server.client(), server.client());
    let reply = first.ask(&announce('1'));
    assert_eq!((&reply["complete"], &reply["incomplete"]), (&json!(0), &json!(1)));
    assert_eq!(reply["info_hash"], announce('1')["info_hash"]);

    second.ask(&announce_with_offers('2', "o", "the offer"));
    let offer = first.receive();
    assert_eq!(offer["offer"], json!({ "type": "offer", "sdp": "the offer" }));
    assert_eq!((&offer["peer_id"], &offer["offer_id"]), (&json!("2".repeat(20)), &json!("o".repeat(20))));

    let mut answer = announce('1');
    answer["to_peer_id"] = offer["peer_id"].clone();
    answer["offer_id"] = offer["offer_id"].clone();
    answer["answer"] = json!({ "type": "answer", "sdp": "the answer" });
    first.send(answer);
    let answer = second.receive();
    assert_eq!(answer["answer"], json!({ "type": "answer", "sdp": "the answer" }));
    assert_eq!((&answer["peer_id"], &answer["offer_id"]), (&json!("1".repeat(20)), &json!("o".repeat(20))));
}

#[test]
fn any_path_leads_to_the_tracker() {
    let server = Server::start();
    for path in ["/announce", "/", "/some/other?key=1"] {
        let mut client = server.connect(path).unwrap();
        assert_eq!(client.ask(&announce('1'))["action"], "announce", "{path}");
    }
}

#[test]
fn announce_without_an_upgrade_asks_for_one() {
    let reply = Server::start().get("/announce");
    assert_eq!((reply.status(), reply.header("upgrade")), (426, Some("websocket")));
}

#[test]
fn a_peer_whose_connection_ends_leaves_the_swarm() {
    let server = Server::start();
    let (mut first, mut second) = (server.client(), server.client());
    first.ask(&announce('1'));
    assert_eq!(second.ask(&announce('2'))["incomplete"], 2);
    drop(first);
    server.await_metric("seedcast_connections", 1);
    assert_eq!(second.ask(&announce('2'))["incomplete"], 1);
}

#[test]
fn a_request_that_cannot_be_read_is_refused_and_the_connection_kept() {
    let server = Server::start();
    let mut client = server.client();
    let mut request = announce('1');
    request["peer_id"] = json!("short");
    let refusal = client.ask(&request);
    assert_eq!((&refusal["action"], &refusal["info_hash"]), (&json!("announce"), &request["info_hash"]));
    assert!(refusal["failure reason"].as_str().unwrap().contains("peer_id"), "{refusal}");

    client.send("{");
    assert_eq!(client.receive()["action"], "announce");
    assert_eq!(client.ask(&announce('1'))["incomplete"], 1);
}

#[test]
fn a_denied_torrent_is_refused() {
    let denied = format!("ff{}", "61".repeat(19));
    let server = Server::with(&json!({ "tracker": { "denied": [denied] } }), &[]);
    let refusal = server.client().ask(&announce('1'));
    assert_eq!(refusal["failure reason"], "denied: unspecified");
    assert_eq!(refusal["info_hash"], announce('1')["info_hash"]);
}

// bittorrent-tracker's test/stats.js.
#[test]
fn statistics_are_empty_at_first() {
    let stats = Server::start().json("/stats.json");
    for name in [
        "torrents",
        "activeTorrents",
        "peersAll",
        "peersSeederOnly",
        "peersLeecherOnly",
        "peersSeederAndLeecher",
        "peersIPv4",
        "peersIPv6",
    ] {
        assert_eq!(stats[name], 0, "{name}");
    }
    assert!(stats["uptime"].is_u64());
}

#[test]
fn statistics_tell_who_is_there() {
    let server = Server::start();
    let (mut known, mut unknown) = (server.client(), server.client());
    let mut leecher = announce('1');
    leecher["peer_id"] = json!("-WW0091-4ea5886ce160");
    known.ask(&leecher);
    leecher["info_hash"] = json!("b".repeat(20));
    leecher["left"] = json!(0);
    known.ask(&leecher);
    let mut seed = announce('0');
    seed["peer_id"] = json!("01234567890123456789");
    seed["left"] = json!(0);
    unknown.ask(&seed);

    let stats = server.json("/stats.json");
    assert_eq!((&stats["torrents"], &stats["peersAll"]), (&json!(2), &json!(2)));
    assert_eq!((&stats["peersSeederOnly"], &stats["peersSeederAndLeecher"]), (&json!(1), &json!(1)));
    assert_eq!((&stats["peersIPv4"], &stats["peersIPv6"]), (&json!(2), &json!(0)));
    assert_eq!(stats["clients"], json!({ "WebTorrent": { "0.91": 1 }, "unknown": { "01234567": 1 } }));
}

#[test]
fn metrics_count_what_happens() {
    let server = Server::start();
    let (mut first, mut second) = (server.client(), server.client());
    first.ask(&announce('1'));
    second.ask(&announce_with_offers('2', "ab", "s"));
    first.receive();
    second.send("{}");
    second.receive();
    assert_eq!(server.metric("seedcast_connections"), 2);
    assert_eq!(server.metric(r#"seedcast_requests_total{kind="announce"}"#), 2);
    assert_eq!(server.metric(r#"seedcast_requests_total{kind="invalid"}"#), 1);
    assert_eq!(server.metric(r#"seedcast_relayed_total{kind="offer"}"#), 1);
    assert_eq!(server.metric("seedcast_awaited_answers"), 1);
}

#[test]
fn a_shutdown_says_goodbye() {
    let mut server = Server::start();
    let mut client = server.client();
    client.ask(&announce('1'));
    server.signal("TERM");
    assert_eq!(client.closed().unwrap().code, CloseCode::Away);
    assert!(server.wait().success());
}

// Issue 11, B.
#[test]
fn a_hangup_ends_nothing() {
    let mut server = Server::start();
    let mut client = server.client();
    client.ask(&announce('1'));
    server.signal("HUP");
    for _ in 0..50 {
        assert_eq!(server.client().ask(&announce('2'))["incomplete"], 2);
        server.await_metric("seedcast_connections", 1);
    }
    server.signal("TERM");
    assert_eq!(client.closed().unwrap().code, CloseCode::Away);
    assert!(server.wait().success());
}

// Issue 11, B: browsers reported 1006, a connection that broke.
#[test]
fn a_client_that_closes_gets_a_close_frame_back() {
    let server = Server::start();
    let mut client = server.client();
    client.ask(&announce('1'));
    client.close();
    // What the protocol has for a close frame that gives no reason.
    assert!(client.closed().is_none_or(|frame| frame.code == CloseCode::Status));
}

#[test]
fn a_shutdown_does_not_wait_for_who_stalls() {
    let mut server = Server::start();
    let _stalled = std::net::TcpStream::connect(server.address).unwrap();
    let _silent = server.client();
    server.signal("TERM");
    assert!(server.wait().success());
}
