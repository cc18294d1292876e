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

// Issue 11, B: one client's pings took two thirds of a core, its pongs and empty fragments a whole one.
#[test]
fn pings_count_as_messages() {
    let server = Server::with(&json!({ "limits": { "messages_per_second": 0.1, "message_burst": 3 } }), &[]);
    let mut client = server.client();
    for _ in 0..10 {
        client.ping();
    }
    for _ in 0..3 {
        client.receive_pong();
    }
    assert!(client.hears_nothing_for(Duration::from_millis(500)));
    assert_eq!(server.metric("seedcast_throttled_total"), 1);
}

// Issue 11, B.
#[test]
fn what_is_never_a_whole_message_is_read_no_faster_than_messages() {
    let server = Server::with(&json!({ "limits": { "messages_per_second": 0.1, "message_burst": 1 } }), &[]);
    let mut client = server.client();
    // A text of no letters to be continued, and that by nothing, again and again; all masked with zeros.
    let begin = [0x01, 0x80, 0, 0, 0, 0];
    let nothing = [0x00, 0x80, 0, 0, 0, 0].repeat(10_000);
    client.stream().write_all(&begin).unwrap();
    client.stream().write_all(&nothing).unwrap();
    // 60 kB take a minute and more: the server read what a message may be, and is waiting for the time of the next.
    server.await_metric("seedcast_throttled_total", 1);
    assert_eq!(server.client().ask(&announce('1'))["incomplete"], 1, "others are served");
}

// Issue 11, A3: only WebSockets were counted.
#[test]
fn an_address_has_only_so_many_connections_of_any_kind() {
    let server = Server::with(&json!({ "limits": { "max_connections_per_address": 2 } }), &[]);
    let [mut first, second, mut third] = [(); 3].map(|()| server.stream_from("127.0.0.2"));
    third.set_read_timeout(Some(PATIENCE)).unwrap();
    assert!(matches!(third.read(&mut [0]), Ok(0) | Err(_)), "not turned away");
    assert_eq!(server.metric("seedcast_connections_refused_total"), 1);
    first.write_all(b"GET /health HTTP/1.1\r\nhost: test\r\n\r\n").unwrap();
    assert!(first.read(&mut [0]).unwrap() > 0, "who was there is served");

    drop((first, second));
    server.await_metric("seedcast_sockets", 1);
    let reply = server.http_over(server.stream_from("127.0.0.2"), "GET", "/health", &[]);
    assert_eq!(reply.status(), 200);
}

#[test]
fn the_whole_server_has_only_so_many_connections() {
    let server = Server::with(&json!({ "limits": { "max_connections": 1 } }), &[]);
    let first = server.client();
    let mut second = TcpStream::connect(server.address).unwrap();
    second.set_read_timeout(Some(PATIENCE)).unwrap();
    assert!(matches!(second.read(&mut [0]), Ok(0) | Err(_)), "not turned away");
    drop(first);
    // It has left once somebody is let in again.
    let refused = || server.client_or_refusal().is_err();
    assert!((0..200).any(|_| !refused()));
}

// Issue 11, A11: an address with a port was taken for none, and all clients for the proxy.
#[test]
fn behind_a_proxy_clients_are_told_apart_by_address_and_not_by_port() {
    let limits = json!({ "max_connections_per_address": 1 });
    let server = Server::with(&json!({ "limits": limits, "behind_proxy": true }), &[]);
    let connect = |from| server.connect_with("/announce", &[("x-forwarded-for", from)]);
    let _first = connect("192.0.2.1:4711").ok().unwrap();
    let _other = connect("[2001:db8::1]:4711").ok().unwrap();
    for from in ["192.0.2.1:4712", "192.0.2.1", "[2001:db8::2]:80"] {
        match connect(from) {
            Err(tungstenite::Error::Http(response)) => {
                assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS, "{from}")
            }
            _ => panic!("{from} is not turned away"),
        }
    }
}

// Issue 11, A3: it held a descriptor and 4 MiB of the kernel's memory for ever.
#[test]
fn a_download_that_is_not_read_ends() {
    let film = vec![7; 16 << 20];
    let server = Server::with(&json!({ "limits": { "send_timeout": 1 } }), &[("film.mp4", &film)]);
    let mut stalled = TcpStream::connect(server.address).unwrap();
    stalled.write_all(&b"GET /film.mp4 HTTP/1.1\r\nhost: test\r\n\r\n".repeat(30)).unwrap();
    server.await_metric("seedcast_slow_clients_total", 1);
    server.await_metric("seedcast_sockets", 1);
    assert_eq!(server.get("/film.mp4").body.len(), film.len(), "who reads gets all of it");
}

// Issue 11, A3: the limit of open files is 1,024 on most systems.
#[test]
fn the_soft_limit_of_open_files_is_raised_and_one_that_is_too_low_is_warned_of() {
    let mut server = Server::under("ulimit -Sn 300 && ulimit -Hn 600");
    assert_eq!(server.open_files, "up to 600 open files\n");
    assert!(server.log_line().contains("600 open files are too few for limits.max_connections, 50000"));
    let held: Vec<_> = (0..300).map(|_| server.client()).collect();
    assert_eq!(held.len(), 300);
}

// Issue 11, A3 and B: out of descriptors was silent.
#[test]
fn want_of_descriptors_is_said_and_those_who_wait_are_served_later() {
    let mut server = Server::under("ulimit -n 300");
    server.log_line();
    let waiting: Vec<_> = (0..400).map(|_| TcpStream::connect(server.address).unwrap()).collect();
    let line = server.log_line();
    assert!(line.contains("new clients have to wait: Too many open files"), "{line}");
    drop(waiting);
    assert!(server.metric("seedcast_out_of_descriptors_total") > 0);
}

// Issue 11, B: 298 were, and then it was cut off for not reading.
#[test]
fn a_burst_whose_answers_are_read_is_answered_whole() {
    let server = Server::start();
    let mut client = server.client();
    client.send_at_once((0..300).map(|_| announce('1').to_string()));
    for _ in 0..300 {
        assert_eq!(client.receive()["incomplete"], 1);
    }
}

// Issue 11, A5: it was cut off, and so out of its swarms.
#[test]
fn offers_that_a_client_has_not_read_yet_cost_it_further_offers_and_nothing_else() {
    let server = Server::start();
    let mut victim = server.client();
    victim.ask(&announce('v'));
    for stranger in ['1', '2', '3'] {
        // Seeds, so that all offers are for the one leecher.
        let mut offering = announce_with_offers(stranger, "o", &"s".repeat(4000));
        offering["left"] = json!(0);
        let mut client = server.client();
        client.send_at_once((0..300).map(|_| offering.to_string()));
        for _ in 0..300 {
            assert_eq!(client.receive()["incomplete"], 1, "the victim is in its swarm");
        }
    }
    let relayed = server.metric(r#"seedcast_relayed_total{kind="offer"}"#);
    assert_eq!(relayed + server.metric(r#"seedcast_dropped_total{kind="offer"}"#), 900);
    assert!(relayed < 900);
    for _ in 0..relayed {
        assert_eq!(victim.receive()["offer"]["type"], "offer");
    }
    assert_eq!(victim.ask(&announce('v'))["incomplete"], 1);
}

#[test]
fn a_client_that_takes_nothing_for_too_long_is_cut_off_and_counted() {
    let limits = json!({ "messages_per_second": 100_000, "send_timeout": 1 });
    let server = Server::with(&json!({ "limits": limits }), &[]);
    let (mut stalled, mut busy) = (server.client(), server.client());
    stalled.ask(&announce('1'));
    // Whatever the transport buffers, it is less than 2,000 offers of 16 KiB.
    let large = announce_with_offers('2', "o", &"s".repeat(tracker::MAX_SDP));
    for _ in 0..2000 {
        busy.ask(&large);
    }
    // Issue 11, B: who was cut off for this was not counted.
    server.await_metric("seedcast_slow_clients_total", 1);
    server.await_metric("seedcast_connections", 1);
    assert_eq!(busy.ask(&announce('2'))["incomplete"], 1);
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
