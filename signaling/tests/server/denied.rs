//! Lists of what is not served, which change while the server runs.

use std::fmt::Write as _;
use std::fs;

use serde_json::json;
use tempfile::tempdir;

use crate::process::{Server, announce, announce_with_offers};

/// The info hash of [`announce`].
fn torrent() -> String {
    format!("ff{}", "61".repeat(19))
}

#[test]
fn what_a_list_denies_stops_at_once_and_those_who_are_in_it_are_told() {
    let folder = tempdir().unwrap();
    let list = folder.path().join("denied.txt");
    fs::write(&list, "").unwrap();
    let mut server = Server::with(&json!({ "denied_files": [list] }), &[]);
    let mut clients = ['1', '2', '3'].map(|_| server.client());
    for (client, peer) in clients.iter_mut().zip(['1', '2', '3']) {
        assert_eq!(client.ask(&announce(peer))["action"], "announce");
    }

    fs::write(&list, format!("{} reason=copyright ref=2026-7\n", torrent())).unwrap();
    for client in &mut clients {
        let told = client.receive();
        assert_eq!(told["failure reason"], "denied: copyright 2026-7");
        assert_eq!(told["info_hash"], announce('1')["info_hash"]);
    }
    server.log_line_with(" 1 torrents are denied");
    let [first, second, _] = &mut clients;
    assert_eq!(first.ask(&announce_with_offers('1', "o", "x"))["failure reason"], "denied: copyright 2026-7");
    assert_eq!(server.json("/stats.json")["torrents"], 0);
    // The others' connections are as they were, and so is whatever else they announce.
    let mut other = announce('2');
    other["info_hash"] = json!("b".repeat(20));
    assert_eq!(second.ask(&other)["incomplete"], 1);

    // A line that cannot be read changes nothing, and is named; SIGHUP has lists read that look the same.
    fs::write(folder.path().join("next"), "nonsense\n").unwrap();
    fs::rename(folder.path().join("next"), &list).unwrap();
    let line = server.log_line_with("stay as they were");
    assert!(line.contains("denied.txt: line 1: "), "{line}");
    assert_eq!(first.ask(&announce('1'))["failure reason"], "denied: copyright 2026-7");
    server.signal("HUP");
    server.log_line_with("line 1: ");
    fs::write(&list, "# nothing\n").unwrap();
    server.log_line_with(" 0 torrents are denied");
    assert_eq!(first.ask(&announce('1'))["incomplete"], 1);
}

#[test]
fn a_hundred_thousand_lines_cost_nobody_the_connection() {
    let folder = tempdir().unwrap();
    let list = folder.path().join("denied.txt");
    fs::write(&list, "").unwrap();
    let mut server = Server::with(&json!({ "denied_files": [list] }), &[]);
    let mut clients: Vec<_> = (0..50).map(|_| server.client()).collect();
    let mut text = String::new();
    for number in 0..100_000 {
        writeln!(text, "{number:040x} reason=copyright ref={number}").unwrap();
    }
    fs::write(&list, text).unwrap();
    server.log_line_with(" 100000 torrents are denied");
    for client in &mut clients {
        assert_eq!(client.ask(&announce('1'))["action"], "announce");
        client.ask(&json!({ "action": "announce", "info_hash": announce('1')["info_hash"], "peer_id": "1".repeat(20), "event": "stopped" }));
    }
    server.await_metric("seedcast_connections", 50);
}

#[test]
fn a_bad_list_is_told_before_the_start() {
    let folder = tempdir().unwrap();
    let (list, config) = (folder.path().join("denied.txt"), folder.path().join("config.json"));
    fs::write(&list, "ff\n").unwrap();
    fs::write(&config, json!({ "denied_files": [list] }).to_string()).unwrap();
    let checked = std::process::Command::new(env!("CARGO_BIN_EXE_seedcast-signaling"))
        .args(["--check", "--config"])
        .arg(&config)
        .output()
        .unwrap();
    assert!(!checked.status.success());
    let said = String::from_utf8(checked.stderr).unwrap();
    assert!(said.contains("denied.txt: line 1: it begins neither with"), "{said}");
}
