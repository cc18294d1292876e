//! The page's files, and the headers that guard it.

use std::time::SystemTime;

use serde_json::json;

use crate::process::{Reply, Server, command};

const HTML: &[u8] = b"<!doctype html><script type=\"module\">alert('Hello, world.');</script>";

fn page() -> Server {
    let wasm = vec![0; 10_000];
    Server::with(
        &json!({}),
        &[
            ("index.html", HTML),
            ("embed.html", HTML),
            ("seedcast.webmanifest", b"{}"),
            ("page-0123456789abcdef.js", b"let page;"),
            ("page-0123456789abcdef_bg.wasm", &wasm),
            ("sw.js", b"let worker;"),
            ("icons/a b.svg", b"<svg/>"),
            (".secret", b"secret"),
            (".git/config", b"secret"),
        ],
    )
}

#[test]
fn the_page_may_run_its_own_scripts_and_no_others() {
    let reply = page().get("/");
    assert_eq!((reply.status(), reply.body.as_slice()), (200, HTML));
    let policy = reply.header("content-security-policy").unwrap();
    let scripts =
        "script-src 'self' 'wasm-unsafe-eval' 'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=';";
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    assert!(policy.contains(scripts), "{policy}");
    assert!(policy.ends_with("frame-ancestors 'none'"), "{policy}");
}

#[test]
fn the_player_may_stand_in_any_frame() {
    let reply = page().get("/embed.html");
    assert!(reply.header("content-security-policy").unwrap().ends_with("frame-ancestors *"));
}

#[test]
fn every_response_is_guarded() {
    let server = page();
    for path in ["/", "/missing", "/health", "/config.json", "/stats.json", "/metrics", "/announce"] {
        let reply = server.get(path);
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert!(reply.header("permissions-policy").is_some(), "{path}");
        assert!(reply.header("content-security-policy").unwrap().starts_with("default-src 'none'"), "{path}");
    }
}

#[test]
fn files_have_their_types() {
    let server = page();
    for (path, media_type) in [
        ("/", "text/html; charset=utf-8"),
        ("/page-0123456789abcdef.js", "text/javascript; charset=utf-8"),
        ("/page-0123456789abcdef_bg.wasm", "application/wasm"),
        ("/sw.js", "text/javascript; charset=utf-8"),
        ("/seedcast.webmanifest", "application/manifest+json"),
        ("/icons/a%20b.svg", "image/svg+xml"),
    ] {
        assert_eq!(server.get(path).header("content-type"), Some(media_type), "{path}");
    }
}

#[test]
fn only_names_with_a_hash_are_cached_for_good() {
    let server = page();
    assert_eq!(
        server.get("/page-0123456789abcdef_bg.wasm").header("cache-control"),
        Some("public, max-age=31536000, immutable")
    );
    for path in ["/index.html", "/sw.js"] {
        assert_eq!(server.get(path).header("cache-control"), Some("no-cache"), "{path}");
    }
}

#[test]
fn wasm_is_compressed_for_who_accepts_it() {
    let server = page();
    let path = "/page-0123456789abcdef_bg.wasm";
    let plain = server.get(path);
    assert_eq!((plain.body.len(), plain.header("content-encoding")), (10_000, None));

    let packed = server.http("GET", path, &[("accept-encoding", "gzip, br")]);
    assert_eq!(packed.header("content-encoding"), Some("br"));
    assert_eq!(packed.header("vary"), Some("accept-encoding"));
    assert_eq!(packed.header("content-length"), Some(packed.body.len().to_string().as_str()));
    let mut unpacked = Vec::new();
    brotli::BrotliDecompress(&mut packed.body.as_slice(), &mut unpacked).unwrap();
    assert_eq!(unpacked, plain.body);
}

#[test]
fn what_is_too_small_to_compress_is_sent_as_it_is() {
    let reply = page().http("GET", "/seedcast.webmanifest", &[("accept-encoding", "br")]);
    assert_eq!((reply.header("content-encoding"), reply.body.as_slice()), (None, b"{}".as_slice()));
}

#[test]
fn a_known_version_is_not_sent_again() {
    let server = page();
    for encoding in ["identity", "br"] {
        let path = "/page-0123456789abcdef_bg.wasm";
        let first = server.http("GET", path, &[("accept-encoding", encoding)]);
        let tag = first.header("etag").unwrap();
        let again = server.http("GET", path, &[("accept-encoding", encoding), ("if-none-match", tag)]);
        assert_eq!((again.status(), again.body.len(), again.header("etag")), (304, 0, Some(tag)));
        let other =
            server.http("GET", path, &[("accept-encoding", encoding), ("if-none-match", "\"other\"")]);
        assert_eq!(other.status(), 200);
    }
}

#[test]
fn nothing_outside_the_page_is_served() {
    let server = page();
    for path in [
        "/missing",
        "/.secret",
        "/.git/config",
        "/%2esecret",
        "/../config.json",
        "/%2e%2e/config.json",
        "/icons/../../config.json",
        "/icons",
        "//index.html",
        "/%ff",
        "/index.html%00",
    ] {
        assert_eq!(server.get(path).status(), 404, "{path}");
    }
}

// Issue 13, A8.
#[test]
fn people_get_a_page_with_a_way_on_where_there_is_no_file() {
    let server = page();
    let reply = server.http("GET", "/video/1", &[("accept", "text/html,application/xhtml+xml;q=0.9")]);
    assert_eq!((reply.status(), reply.header("content-type")), (404, Some("text/html; charset=utf-8")));
    let html = String::from_utf8(reply.body.clone()).unwrap();
    assert!(html.contains("<a href=\"/\">") && !html.contains("<script"), "{html}");
    assert!(reply.header("content-security-policy").unwrap().starts_with("default-src 'none'; "));
    let plain = server.http("GET", "/video/1", &[("accept", "application/json")]);
    assert_eq!((plain.status(), &plain.body[..]), (404, &b"There is no such file.\n"[..]));
}

// Issue 13, C: chats show a picture only if its address is a whole one.
#[test]
fn chats_are_told_the_whole_address_of_the_picture_and_never_one_of_whoever_asks() {
    let html = b"<meta property=\"og:image\" content=\"./preview.png\"><link href=\"./a.css\">";
    let files: [(&str, &[u8]); 2] = [("index.html", html), ("embed.html", html)];
    let server = Server::with(&json!({ "public_url": "https://seedcast.example.org" }), &files);
    let hostile = [("x-forwarded-host", "evil.example"), ("x-forwarded-proto", "gopher")];
    for path in ["/", "/embed.html"] {
        let reply = server.http("GET", path, &hostile);
        let told = "<meta property=\"og:image\" content=\"https://seedcast.example.org/preview.png\"><link href=\"./a.css\">";
        assert_eq!(String::from_utf8_lossy(&reply.body), told);
        assert!(reply.header("etag").is_some_and(|tag| server.get(path).header("etag") == Some(tag)));
    }
    // A server that knows no address of its own leaves it to whoever reads it.
    assert_eq!(Server::with(&json!({}), &files).get("/").body, html);
}

// Issue 13, C.
#[test]
fn documents_say_how_large_their_picture_for_chats_is() {
    let png = include_bytes!("../../../web/static/preview.png");
    let [width, height] = [16, 20].map(|at| u32::from_be_bytes(png[at..at + 4].try_into().unwrap()));
    for html in [include_str!("../../../index.html"), include_str!("../../../web/embed/embed.html")] {
        for (property, content) in [
            ("image", "./preview.png".to_owned()),
            ("image:width", width.to_string()),
            ("image:height", height.to_string()),
        ] {
            assert!(
                html.contains(&format!("<meta property=\"og:{property}\" content=\"{content}\" />")),
                "{property}"
            );
        }
        assert!(!html.contains("property=\"og:url\""), "links would lose what is behind their #");
    }
}

#[test]
fn a_file_can_be_read_and_nothing_else() {
    let server = page();
    let head = server.http("HEAD", "/", &[]);
    assert_eq!((head.status(), head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), Some(HTML.len().to_string().as_str()));
    assert_eq!(server.http("POST", "/", &[]).status(), 405);
}

#[test]
fn what_is_shared_with_a_page_whose_service_worker_is_gone_leads_to_the_page_unread() {
    let server = page();
    // The content does not come, and is not waited for.
    let answer = server.http("POST", "/share", &[("content-length", "1000000")]);
    assert_eq!((answer.status(), answer.header("location")), (303, Some("./")));
    assert_eq!(server.http("GET", "/share", &[]).status(), 404);
}

#[test]
fn the_page_learns_its_trackers_and_ice_servers() {
    let config = json!({
        "trackers": ["wss://tracker.example.org"],
        "ice_servers": [{ "urls": ["turn:turn.example.org"], "username": "u", "credential": "c" }],
    });
    assert_eq!(Server::with(&config, &[]).json("/config.json"), config);
    assert_eq!(Server::start().json("/config.json"), json!({ "trackers": [], "ice_servers": [] }));
}

#[test]
fn passwords_for_turn_servers_are_fresh_and_the_secret_stays_here() {
    let turn = json!({ "urls": ["turn:turn.example.org"], "secret": "north", "ttl": 3600 });
    let server = Server::with(&json!({ "turn": turn }), &[]);
    let reply = server.get("/config.json");
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert!(!String::from_utf8_lossy(&reply.body).contains("north"));
    let page = server.json("/config.json");
    assert_eq!(page["ice_ttl"], 3600);
    let username = page["ice_servers"][0]["username"].as_str().unwrap();
    let expiry: u64 = username.split_once(':').unwrap().0.parse().unwrap();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    assert!((now + 3500..=now + 3600).contains(&expiry), "{expiry} is not an hour after {now}");
    assert_eq!(Server::start().get("/config.json").header("cache-control"), Some("no-cache"));
}

// Issue 11, A11.
#[test]
fn an_address_gets_only_so_many_passwords_for_turn_servers() {
    let turn = json!({ "urls": ["turn:turn.example.org"], "secret": "north" });
    let server = Server::with(&json!({ "turn": turn }), &[]);
    let has_password = |reply: &Reply| String::from_utf8_lossy(&reply.body).contains("credential");
    let given = (0..300).take_while(|_| has_password(&server.get("/config.json"))).count();
    assert!((100..300).contains(&given), "{given} passwords in a moment");
    let elsewhere = server.http_over(server.stream_from("127.0.0.2"), "GET", "/config.json", &[]);
    assert!(has_password(&elsewhere));
}

#[test]
fn health_is_told() {
    let reply = Server::start().get("/health");
    assert_eq!((reply.status(), reply.body.as_slice()), (200, b"ok\n".as_slice()));
}

#[test]
fn a_page_that_is_not_there_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.json");
    std::fs::write(&config, "{}").unwrap();
    let output = command(&folder.path().join("missing"), &config).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot read"), "{output:?}");
}

// Issue 11, A11.
#[test]
fn peers_that_would_be_gone_before_they_announce_again_stop_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.json");
    std::fs::write(&config, r#"{"tracker":{"interval":180}}"#).unwrap();
    let output = command(folder.path(), &config).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("tracker.peer_ttl must be"), "{output:?}");
}

// Issue 13, A5.
#[test]
fn a_configuration_can_be_checked_before_it_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.json");
    let check = |text: &str| {
        std::fs::write(&config, text).unwrap();
        // Nothing is served: there is no page.
        command(&folder.path().join("none"), &config).arg("--check").output().unwrap()
    };
    assert_eq!(check(r#"{"limits":{"max_connections":5}}"#).status.code(), Some(0));
    let refused = check(r#"{"ice_servers":[{"urls":["stun.example.org"]}]}"#);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("ice_servers.urls must"), "{refused:?}");
}

#[test]
fn a_mistake_in_the_configuration_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.json");
    std::fs::write(&config, r#"{"limits":{"message_brust":1}}"#).unwrap();
    let output = command(folder.path(), &config).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("message_brust"), "{output:?}");
}
