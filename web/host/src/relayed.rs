//! What a session description says once it is to name no address but those of relays.
//!
//! A browser whose `iceTransportPolicy` is `relay` gathers no others, and asks no STUN server. That a description leaves this
//! page without them does not depend on it: of its lines only those stay that are known to hold no address, and what is known
//! to hold one is written anew (RFC 8866, RFC 8839, RFC 8841).

/// Attributes of data channels' descriptions whose values name nobody.
const HARMLESS: [&str; 14] = [
    "group",
    "extmap-allow-mixed",
    "msid-semantic",
    "ice-ufrag",
    "ice-pwd",
    "ice-options",
    "ice-lite",
    "fingerprint",
    "setup",
    "mid",
    "sctp-port",
    "max-message-size",
    "sendrecv",
    "end-of-candidates",
];

/// By what data channels go.
const PROTOS: [&str; 2] = ["UDP/DTLS/SCTP", "TCP/DTLS/SCTP"];

/// The description with relays alone; `None` if it names none, so that it would lead nobody here.
#[must_use]
pub fn relayed_only(sdp: &str) -> Option<String> {
    let mut relays = 0;
    let mut kept = String::with_capacity(sdp.len());
    for line in sdp.lines() {
        let candidate = line.strip_prefix("a=candidate:").and_then(candidate);
        relays += usize::from(candidate.is_some());
        if let Some(line) = candidate.or_else(|| other(line)) {
            kept.push_str(&line);
            kept.push_str("\r\n");
        }
    }
    (relays > 0).then_some(kept)
}

/// A line with a relay's address, and that of the user blotted out behind it: it is 0.0.0.0, port 9, in every browser that
/// hides it.
fn candidate(value: &str) -> Option<String> {
    let words: Vec<&str> = value.split_ascii_whitespace().collect();
    let [foundation, component, transport, priority, address, port, "typ", "relay", ..] = *words else {
        return None;
    };
    Some(format!(
        "a=candidate:{foundation} {component} {transport} {priority} {address} {port} typ relay raddr 0.0.0.0 rport 9"
    ))
}

fn other(line: &str) -> Option<String> {
    let (kind, value) = line.split_once('=')?;
    match kind {
        "v" => Some("v=0".to_owned()),
        "s" => Some("s=-".to_owned()),
        "t" => Some("t=0 0".to_owned()),
        // Who made it: a name, two numbers, and an address.
        "o" => {
            let mut words = value.split_ascii_whitespace();
            let (_name, session, version) = (words.next()?, words.next()?, words.next()?);
            Some(format!("o=- {} {} IN IP4 0.0.0.0", number(session)?, number(version)?))
        }
        "c" => Some("c=IN IP4 0.0.0.0".to_owned()),
        "m" => match *value.split_ascii_whitespace().collect::<Vec<_>>() {
            ["application", _port, proto, "webrtc-datachannel"] if PROTOS.contains(&proto) => {
                Some(format!("m=application 9 {proto} webrtc-datachannel"))
            }
            _ => None,
        },
        "a" => {
            let name = value.split(':').next().unwrap_or(value);
            HARMLESS.contains(&name).then(|| line.to_owned())
        }
        _ => None,
    }
}

fn number(text: &str) -> Option<&str> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then_some(text)
}

// What makes lines up is not for browsers.
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use std::net::IpAddr;

    use proptest::prelude::*;

    use super::*;

    // Issue 16, 3.

    /// As Chromium 156 has it with every kind of candidate, which it would not with the policy.
    const CHROMIUM: &str = "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
        a=extmap-allow-mixed\r\na=msid-semantic: WMS\r\nm=application 54321 UDP/DTLS/SCTP webrtc-datachannel\r\n\
        c=IN IP4 203.0.113.7\r\n\
        a=candidate:1 1 udp 2122260223 192.168.1.5 54321 typ host generation 0 network-id 1 network-cost 10\r\n\
        a=candidate:2 1 udp 2122194687 7b1d6a0e-1c1e-4d7b-9a1d-0f0e0d0c0b0a.local 54322 typ host generation 0\r\n\
        a=candidate:3 1 tcp 1518280447 192.168.1.5 9 typ host tcptype active\r\n\
        a=candidate:4 1 udp 1686052607 203.0.113.7 54321 typ srflx raddr 192.168.1.5 rport 54321 generation 0\r\n\
        a=candidate:5 1 udp 41885439 198.51.100.2 50000 typ relay raddr 203.0.113.7 rport 54321 generation 0 network-id 1\r\n\
        a=candidate:6 1 udp 41885438 2001:db8::2 50001 typ relay raddr :: rport 0 generation 0\r\n\
        a=end-of-candidates\r\n\
        a=ice-ufrag:PKzV\r\na=ice-pwd:zYfx5+0QzW5JdoTxaLqVK2sV\r\na=fingerprint:sha-256 AB:CD:EF:01:02:03\r\n\
        a=setup:actpass\r\na=mid:0\r\na=sctp-port:5000\r\na=max-message-size:262144\r\n";

    #[test]
    fn relays_stay_and_every_other_address_goes() {
        let expected = "v=0\r\no=- 4611731400430051336 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
            a=extmap-allow-mixed\r\na=msid-semantic: WMS\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n\
            c=IN IP4 0.0.0.0\r\n\
            a=candidate:5 1 udp 41885439 198.51.100.2 50000 typ relay raddr 0.0.0.0 rport 9\r\n\
            a=candidate:6 1 udp 41885438 2001:db8::2 50001 typ relay raddr 0.0.0.0 rport 9\r\n\
            a=end-of-candidates\r\n\
            a=ice-ufrag:PKzV\r\na=ice-pwd:zYfx5+0QzW5JdoTxaLqVK2sV\r\na=fingerprint:sha-256 AB:CD:EF:01:02:03\r\n\
            a=setup:actpass\r\na=mid:0\r\na=sctp-port:5000\r\na=max-message-size:262144\r\n";
        assert_eq!(relayed_only(CHROMIUM).as_deref(), Some(expected));
        assert_eq!(relayed_only(expected).as_deref(), Some(expected));
    }

    #[test]
    fn a_description_without_a_relay_leads_nowhere() {
        let without: String = CHROMIUM.split_inclusive('\n').filter(|line| !line.contains("relay")).collect();
        assert_eq!(relayed_only(&without), None);
        assert_eq!(relayed_only(""), None);
    }

    #[test]
    fn lines_that_nobody_foresaw_go() {
        for line in [
            "a=rtcp:9 IN IP4 203.0.113.7",
            "a=remote-candidates:1 203.0.113.7 54321",
            "a=x-address:203.0.113.7",
            "A=candidate:1 1 udp 1 203.0.113.7 1 typ host",
            "a=Candidate:1 1 udp 1 203.0.113.7 1 typ host",
            " a=candidate:1 1 udp 1 203.0.113.7 1 typ host",
            "a=candidate:1 1 udp 1 203.0.113.7 1 typ host typ relay",
            "a=candidate:1 1 udp 1 203.0.113.7 1 typ RELAY",
            "a=candidate:relay",
            "i=203.0.113.7",
            "203.0.113.7",
            "o=- 1 203.0.113.7 IN IP4 203.0.113.7",
        ] {
            let kept = relayed_only(&format!("{CHROMIUM}{line}\r\n")).unwrap();
            assert_eq!(kept, relayed_only(CHROMIUM).unwrap(), "{line}");
        }
    }

    fn address() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<[u8; 4]>().prop_map(|bytes| IpAddr::from(bytes).to_string()),
            any::<[u8; 16]>().prop_map(|bytes| IpAddr::from(bytes).to_string()),
            "[0-9a-f]{8}\\.local",
        ]
    }

    /// A line as descriptions have them, or nearly, with an address; whether that is a relay's.
    fn line() -> impl Strategy<Value = (String, Option<String>)> {
        let kind = prop_oneof![Just("host"), Just("srflx"), Just("prflx"), Just("relay")];
        let candidate = (address(), address(), kind, any::<u16>()).prop_map(|(own, related, kind, port)| {
            let line = format!("a=candidate:1 1 udp 1 {own} {port} typ {kind} raddr {related} rport {port}");
            (line, (kind == "relay").then_some(own))
        });
        let other = ("[a-z]=(x-[a-z]{1,12}[: ])?", address(), "( [a-z0-9]{1,5}){0,5}")
            .prop_map(|(start, address, end)| (format!("{start}{address}{end}"), None));
        let shaped = address().prop_flat_map(|address| {
            let shapes = [
                format!("c=IN IP4 {address}"),
                format!("o=- 1 2 IN IP4 {address}"),
                format!("o={address} {address} 2 IN IP4 {address}"),
                format!("m=application 9 UDP/DTLS/SCTP webrtc-datachannel\na=rtcp:1 IN IP4 {address}"),
                format!("s={address}"),
            ];
            prop::sample::select(shapes.to_vec()).prop_map(|line| (line, None))
        });
        prop_oneof![candidate, other, shaped]
    }

    proptest! {
        #[test]
        fn no_address_but_a_relays_is_left(lines in prop::collection::vec(line(), 0..20)) {
            let relays: Vec<&String> = lines.iter().filter_map(|(_, relay)| relay.as_ref()).collect();
            let sdp: Vec<&str> = lines.iter().map(|(line, _)| &**line).collect();
            let kept = relayed_only(&sdp.join("\r\n"));
            prop_assert_eq!(kept.is_none(), relays.is_empty());
            let kept = kept.unwrap_or_default();
            // Between whatever separates words in any line.
            let words = kept.split(|c: char| !(c.is_ascii_alphanumeric() || ".:-".contains(c)));
            for word in words.flat_map(|word| [word, word.split_once(':').map_or(word, |(_, rest)| rest)]) {
                let is_address = word.parse::<IpAddr>().is_ok() || word.ends_with(".local");
                let is_relay = relays.iter().any(|relay| *relay == word);
                prop_assert!(!is_address || word == "0.0.0.0" || is_relay, "{} in {}", word, kept);
            }
        }
    }
}
