//! Who comes back on a new connection gets its peer id back, and nobody else's.

use serde_json::{Value, json};

use crate::process::{Server, announce, announce_with_offers};

const IN_USE: &str = "this peer id is in use on another connection";

/// A server that gives clients a second to show that they are there.
fn server() -> Server {
    Server::with(&json!({ "limits": { "probe_timeout": 1 } }), &[])
}

fn scrape() -> Value {
    json!({ "action": "scrape", "info_hash": announce('1')["info_hash"] })
}

#[test]
fn a_client_whose_old_connection_is_dead_has_its_peer_id_back_in_moments() {
    let server = server();
    let (mut before, mut after) = (server.client(), server.client());
    before.ask(&announce('1'));
    // It is not reading: its end of the protocol does not see the probe.
    assert_eq!(after.ask(&announce('1'))["incomplete"], 1);
    assert_eq!(server.metric("seedcast_connections"), 1);
}

#[test]
fn offers_of_a_returning_client_are_relayed_when_its_claim_is_decided() {
    let server = server();
    let (mut before, mut after, mut other) = (server.client(), server.client(), server.client());
    before.ask(&announce('1'));
    other.ask(&announce('2'));
    after.send(announce_with_offers('1', "o", "the offer"));
    assert_eq!(other.receive()["offer"]["sdp"], "the offer");
    assert_eq!(after.receive()["incomplete"], 2);
}

#[test]
fn nobody_takes_the_peer_id_of_a_client_that_is_alive() {
    let server = Server::start();
    let (mut owner, mut squatter) = (server.client(), server.client());
    owner.ask(&announce('1'));
    let _owner = owner.attend();
    for _ in 0..3 {
        assert_eq!(squatter.ask(&announce('1'))["failure reason"], IN_USE);
    }
    assert_eq!(server.metric("seedcast_connections"), 2);
    assert_eq!(
        squatter.ask(&scrape())["files"][announce('1')["info_hash"].as_str().unwrap()]["incomplete"],
        1
    );
}

#[test]
fn a_client_that_is_not_being_read_is_not_thought_dead() {
    let limits = json!({ "messages_per_second": 0.25, "message_burst": 1, "probe_timeout": 2 });
    let server = Server::with(&json!({ "limits": limits }), &[]);
    let (mut owner, mut squatter) = (server.client(), server.client());
    owner.ask(&announce('1'));
    let _owner = owner.attend();
    // Its pong is read only after four seconds.
    assert_eq!(squatter.ask(&announce('1'))["failure reason"], IN_USE);
}

#[test]
fn claims_are_decided_in_the_order_in_which_they_came() {
    let server = server();
    let (mut before, mut after) = (server.client(), server.client());
    before.ask(&announce('1'));
    after.send(announce('1'));
    let mut stop = announce('1');
    stop["event"] = json!("stopped");
    after.send(stop);
    assert_eq!(after.receive()["incomplete"], 1);
    assert_eq!(after.receive()["incomplete"], 0);
}

#[test]
fn a_claim_ends_with_its_connection() {
    let server = server();
    let (mut before, mut after, mut other) = (server.client(), server.client(), server.client());
    before.ask(&announce('1'));
    other.ask(&announce('2'));
    after.send(announce('1'));
    after.ask(&scrape());
    drop(after);
    server.await_metric("seedcast_connections", 1);
    assert_eq!(other.ask(&announce('2'))["incomplete"], 1);
}

#[test]
fn only_as_many_claims_wait_as_a_connection_may_hold() {
    let config = json!({ "tracker": { "max_torrents_per_connection": 2 }, "limits": { "probe_timeout": 2 } });
    let server = Server::with(&config, &[]);
    let (mut before, mut after) = (server.client(), server.client());
    before.ask(&announce('1'));
    for _ in 0..3 {
        after.send(announce('1'));
    }
    assert_eq!(after.receive()["failure reason"], IN_USE);
    assert_eq!(after.receive()["incomplete"], 1);
    assert_eq!(after.receive()["incomplete"], 1);
}
