//! What a site says of itself.

use serde_json::json;
use tempfile::tempdir;

use crate::process::Server;

fn about(config: &serde_json::Value, language: &str) -> String {
    let reply = Server::with(config, &[]).http("GET", "/about", &[("accept-language", language)]);
    assert_eq!(reply.status(), 200);
    assert!(
        reply
            .header("content-security-policy")
            .unwrap()
            .starts_with("default-src 'none'; style-src 'sha256-")
    );
    String::from_utf8(reply.body).unwrap()
}

#[test]
fn a_site_says_what_is_true_of_it_and_no_more() {
    let plain = about(&json!({}), "en");
    assert!(plain.contains("writes nothing about your visit to a disk"), "{plain}");
    for absent in [
        "Who runs it",
        "In front of this server",
        "goes through",
        "BTT",
        "Report something",
        "announced at these",
    ] {
        assert!(!plain.contains(absent), "{absent}: {plain}");
    }

    let folder = tempdir().unwrap();
    let all = json!({
        "about": { "operator": "Ada & <b>Co</b>\nExample Street 1", "contact": "ada@example.org", "terms": "https://example.org/terms?a=\"" },
        "behind_proxy": true,
        "trackers": ["wss://tracker.example.net"],
        "ice_servers": [{ "urls": ["stun:stun.example.org"] }],
        "turn": { "urls": ["turn:turn.example.org"], "secret": "keep this" },
        "tips": { "networks": [{ "chain": "eip155:1029", "name": "Donau", "rpc": "https://node.example.org" }] },
        "notices": { "folder": folder.path() },
    });
    let whole = about(&all, "en");
    for present in [
        "<p>Ada &amp; &lt;b&gt;Co&lt;/b&gt;<br>Example Street 1",
        "ada@example.org",
        "href=\"https://example.org/terms?a=&quot;\"",
        "In front of this server",
        "wss://tracker.example.net",
        "what your address is: stun:stun.example.org\n",
        "through these servers: turn:turn.example.org\n",
        "https://node.example.org",
        "href=\"/notice\"",
        "href=\"/transparency.json\"",
    ] {
        assert!(whole.contains(present), "{present}: {whole}");
    }
    assert!(!whole.contains("keep this"), "{whole}");
    assert!(about(&all, "zh-CN").contains("<html lang=\"zh\">"));
}
