//! What a served page may do: the headers that a browser enforces.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest as _, Sha256};

/// Puts the headers on a response that every response carries. One that already has a content policy keeps
/// it.
pub(crate) fn apply(headers: &mut HeaderMap) {
    const FIXED: [(HeaderName, &str); 3] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("permissions-policy"),
            "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), \
             magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()",
        ),
    ];
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert_with(|| HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
}

/// The content policy of a file of the page. Scripts get it too, since a worker obeys that of its own file.
///
/// Scripts are not free: beside the page's own files only the inline ones that stand in `html` run, each known by
/// its hash. Only the player may be framed, and the page frames nothing else. The player shows the picture that whoever
/// embeds it wants to see first, from wherever that is.
///
/// Connections are free, because a torrent names its trackers and web seeds (BEP 19), and these may be anywhere.
/// Nothing that comes from there is run or shown before it has the hash that the torrent gives. `http:` and `ws:`
/// stand beside `https:` and `wss:` for web seeds and trackers on the same machine, and for pages that are
/// themselves served by `http:`; from a page with `https:`, browsers refuse the others whatever stands here.
pub(crate) fn content_policy(path: &str, html: Option<&str>) -> HeaderValue {
    let mut scripts = String::new();
    for script in html.map(inline_scripts).into_iter().flatten() {
        scripts.push_str(&format!(" 'sha256-{}'", BASE64.encode(Sha256::digest(script))));
    }
    let (ancestors, pictures) = if path == "/embed.html" { ("*", " https: http:") } else { ("'none'", "") };
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{scripts}; style-src 'self'; \
         img-src 'self' blob: data:{pictures}; media-src 'self' blob:; font-src 'self'; \
         connect-src 'self' ws: wss: https: http:; worker-src 'self'; frame-src 'self'; manifest-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
    );
    HeaderValue::try_from(policy).expect("base64 and the text above are ASCII")
}

/// The contents of the `<script>` elements that have no `src`.
fn inline_scripts(html: &str) -> Vec<&str> {
    let lower = html.to_ascii_lowercase();
    let mut scripts = Vec::new();
    let mut position = 0;
    while let Some(tag) = lower[position..].find("<script").map(|at| position + at) {
        let Some(start) = lower[tag..].find('>').map(|at| tag + at + 1) else { break };
        let Some(end) = lower[start..].find("</script").map(|at| start + at) else { break };
        if !lower[tag..start].contains(" src=") {
            scripts.push(&html[start..end]);
        }
        position = end;
    }
    scripts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_scripts_are_found_and_others_passed_over() {
        let html = r#"<!doctype html><SCRIPT type="module">
import init from '/a.js';</SCRIPT><script src="/b.js"></script><script>1 > 0</script><script>unclosed"#;
        assert_eq!(inline_scripts(html), ["\nimport init from '/a.js';", "1 > 0"]);
    }

    #[test]
    fn an_inline_script_is_allowed_by_its_hash() {
        // From the Content Security Policy specification's example of a hash source.
        let policy = content_policy("/index.html", Some("<script>alert('Hello, world.');</script>"));
        assert!(
            policy.to_str().unwrap().contains(" 'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=';"),
            "{policy:?}"
        );
    }

    #[test]
    fn web_seeds_and_trackers_may_be_anywhere() {
        let policy = content_policy("/engine.js", None);
        let policy = policy.to_str().unwrap();
        assert!(policy.contains("; connect-src 'self' ws: wss: https: http:;"), "{policy}");
    }

    #[test]
    fn only_the_player_shows_pictures_from_anywhere() {
        let free = |path| {
            content_policy(path, None).to_str().unwrap().contains("img-src 'self' blob: data: https: http:;")
        };
        assert!(free("/embed.html"));
        assert!(!free("/index.html"));
    }

    #[test]
    fn only_the_player_may_be_framed() {
        let framed = |path| content_policy(path, None).to_str().unwrap().ends_with("frame-ancestors *");
        assert!(framed("/embed.html"));
        assert!(!framed("/index.html"));
    }

    #[test]
    fn a_response_without_a_policy_allows_nothing() {
        let mut headers = HeaderMap::new();
        apply(&mut headers);
        assert_eq!(headers[header::CONTENT_SECURITY_POLICY], "default-src 'none'; frame-ancestors 'none'");
    }
}
