//! What clients may not do, and that others do not feel it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;
use tungstenite::http::StatusCode;
use tungstenite::protocol::frame::coding::CloseCode;

use crate::process::{PATIENCE, Server, announce, announce_with_offers};

#[test]
fn a_message_that_is_too_long_ends_the_connection() {
    let server = Server::start();
    let (mut client, mut other) = (server.client(), server.client());
    client.send(" ".repeat(tracker::MAX_MESSAGE + 1));
    assert_eq!(client.closed().unwrap().code, CloseCode::Protocol);
    assert_eq!(other.ask(&announce('1'))["incomplete"], 1);
}

#[test]
fn who_sends_too_much_is_read_later() {
    let server = Server::with(&json!({ "limits": { "messages_per_second": 0.1, "message_burst": 3 } }), &[]);
    let mut client = server.client();
    for _ in 0..5 {
        client.send(announce('1'));
    }
    for _ in 0..3 {
        client.receive();
    }
    assert!(client.hears_nothing_for(Duration::from_millis(500)));
    assert_eq!(server.metric("seedcast_throttled_total"), 1);
    assert_eq!(server.client().ask(&announce('2'))["incomplete"], 2, "others are served");
}

#[test]
fn an_address_has_only_so_many_connections() {
    let server = Server::with(&json!({ "limits": { "max_connections_per_address": 1 } }), &[]);
    let first = server.client();
    match server.connect("/announce") {
        Err(tungstenite::Error::Http(response)) => {
            assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS)
        }
        _ => panic!("not turned away"),
    }
    drop(first);
    server.await_metric("seedcast_connections", 0);
    assert_eq!(server.client().ask(&announce('1'))["incomplete"], 1);
}

#[test]
fn a_client_that_does_not_read_is_cut_off() {
    let limits = json!({ "messages_per_second": 100_000, "max_waiting_responses": 4 });
    let server = Server::with(&json!({ "limits": limits }), &[]);
    let (mut stalled, mut busy) = (server.client(), server.client());
    stalled.ask(&announce('1'));
    // Whatever the transport buffers, it is less than 2,000 offers of 16 KiB.
    let large = announce_with_offers('2', "o", &"s".repeat(tracker::MAX_SDP));
    let cut_off = (0..2000).any(|_| busy.ask(&large)["incomplete"] == 1);
    assert!(cut_off);
    assert_eq!(server.metric("seedcast_slow_clients_total"), 1);
}

#[test]
fn a_client_that_answers_no_ping_is_gone() {
    let server = Server::with(&json!({ "limits": { "ping_interval": 1 } }), &[]);
    let mut silent = server.client();
    silent.ask(&announce('1'));
    // It is not reading, and so its end of the protocol does not see the pings.
    server.await_metric("seedcast_connections", 0);
    server.await_metric(r#"seedcast_peers{role="leecher"}"#, 0);
}

#[test]
fn who_does_not_finish_its_headers_is_cut_off() {
    let server = Server::with(&json!({ "limits": { "header_timeout": 1 } }), &[]);
    for begun in ["", "GET / HTTP/1.1\r\nhost: te"] {
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(begun.as_bytes()).unwrap();
        let mut reply = String::new();
        assert!(stream.read_to_string(&mut reply).is_ok(), "{begun:?} keeps the connection");
    }
}

#[test]
fn a_websocket_outlives_the_time_for_headers() {
    let server = Server::with(&json!({ "limits": { "header_timeout": 1 } }), &[]);
    let mut client = server.client();
    assert!(client.hears_nothing_for(Duration::from_millis(1500)));
    assert_eq!(client.ask(&announce('1'))["incomplete"], 1);
}
