//! Row 48: which tickets are good.

use std::process::Command;

use pay::Time;
use proptest::prelude::*;
use sponsor::{MAX_TICKET, Refusal, Secret, Ticket, Viewer};

const SECRET: &[u8] = b"thirty-two bytes that two know..";
const HASH: &str = "d2474e86c95b19b8bcfdb92bc12c9d44667cfa36";

/// As node's crypto signs it, and `docs/pay.md` has it.
const EXAMPLE: &str = "1.viewer-7.d2474e86c95b19b8bcfdb92bc12c9d44667cfa36.1800000000.\
                       G7aE7-hl1dMaPerIKRrd3sPesJPyKSfBDpnja4wp8ik";

fn secret() -> Secret {
    Secret::new(SECRET).unwrap()
}

fn ticket(viewer: &str, until: u64) -> Ticket {
    let viewer = Viewer::new(viewer).unwrap();
    Ticket { viewer, torrent: HASH.parse().unwrap(), until: Time::from_secs(until) }
}

#[test]
fn row_48_the_documented_ticket_is_good() {
    let example = ticket("viewer-7", 1_800_000_000);
    assert_eq!(secret().sign(&example), EXAMPLE);
    assert_eq!(secret().check(EXAMPLE), Ok(example));
    assert!(include_str!("../../../../docs/pay.md").contains(EXAMPLE));
}

/// What `docs/pay.md` has a web server of JavaScript do.
#[test]
fn row_48_node_signs_the_same() {
    let documented = include_str!("../../../../docs/pay.md");
    let (_, script) = documented.split_once("```js\n").unwrap();
    let (script, _) = script.split_once("```").unwrap();
    assert!(script.contains("createHmac"));
    let tell = "console.log(ticketFor('viewer-7', infoHash, 1800000000))";
    let script = format!("const secret = process.env.SECRET\nconst infoHash = '{HASH}'\n{script}\n{tell}");
    let told =
        Command::new("node").args(["-e", &script]).env("SECRET", str::from_utf8(SECRET).unwrap()).output();
    let told = told.expect("Node.js is there");
    assert_eq!(str::from_utf8(&told.stdout).unwrap().trim(), EXAMPLE, "{told:?}");
}

#[test]
fn row_48_what_is_no_ticket_is_none() {
    let wrong = Err(Refusal::Ticket);
    for text in ["", ".", "1....", "1.a.b.c.d", &EXAMPLE.replacen('1', "2", 1), &"1".repeat(10_000)] {
        assert_eq!(secret().check(text), wrong, "{text}");
    }
    let other = Secret::new(b"another thirty-two bytes of them").unwrap();
    assert_eq!(other.check(EXAMPLE), wrong);
    assert!(Secret::new(&SECRET[1..]).is_none(), "too short");
    // Well signed, and yet not as a ticket is written.
    for text in [
        format!("1.{}.{HASH}.1800000000", "a".repeat(65)),
        format!("1..{HASH}.1800000000"),
        format!("1.a b.{HASH}.1800000000"),
        format!("1.é.{HASH}.1800000000"),
        format!("1.a.{}.1800000000", HASH.to_uppercase()),
        format!("1.a.{HASH}.01800000000"),
        format!("1.a.{HASH}.+1800000000"),
        format!("1.a.{HASH}.1800000000.1"),
        format!("1.a.{HASH}.9999999999999"),
        format!("0.a.{HASH}.1800000000"),
    ] {
        assert_eq!(secret().check(&signed(&text)), wrong, "{text}");
    }
    assert!(secret().check(&signed(&format!("1.a.{HASH}.1800000000"))).is_ok());
    let longest = ticket(&"a".repeat(Viewer::MAX), 999_999_999_999);
    assert!(secret().sign(&longest).len() <= MAX_TICKET);
}

/// A text with its signature, as [`Secret::sign`] makes it of a ticket.
fn signed(text: &str) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let hash = Hmac::<sha2::Sha256>::new_from_slice(SECRET).unwrap().chain_update(text);
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(hash.finalize().into_bytes()))
}

/// How a ticket is changed.
#[derive(Clone, Debug)]
enum Change {
    Replace(usize, u8),
    Insert(usize, u8),
    Remove(usize),
    Swap(usize, usize),
    Cut(usize),
}

fn change() -> impl Strategy<Value = Change> {
    let (place, byte) = (0..EXAMPLE.len(), 0..128_u8);
    prop_oneof![
        (place.clone(), byte.clone()).prop_map(|(at, byte)| Change::Replace(at, byte)),
        (place.clone(), byte).prop_map(|(at, byte)| Change::Insert(at, byte)),
        place.clone().prop_map(Change::Remove),
        (place.clone(), place.clone()).prop_map(|(a, b)| Change::Swap(a, b)),
        place.prop_map(Change::Cut),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn row_48_no_ticket_that_was_changed_is_taken(changes in prop::collection::vec(change(), 1..4)) {
        let mut bytes = EXAMPLE.as_bytes().to_vec();
        for change in changes {
            let length = bytes.len();
            match change {
                Change::Replace(at, byte) if at < length => bytes[at] = byte,
                Change::Insert(at, byte) if at <= length => bytes.insert(at, byte),
                Change::Remove(at) if at < length => _ = bytes.remove(at),
                Change::Swap(a, b) if a < length && b < length => bytes.swap(a, b),
                Change::Cut(at) => bytes.truncate(at),
                _ => {}
            }
        }
        let text = String::from_utf8(bytes).unwrap();
        prop_assume!(text != EXAMPLE);
        prop_assert_eq!(secret().check(&text), Err(Refusal::Ticket));
    }

    #[test]
    fn row_48_every_viewer_torrent_and_time_is_signed_and_read_back(
        viewer in "[A-Za-z0-9_-]{1,64}",
        torrent: [u8; 20],
        until in 1..1_000_000_000_000_u64,
    ) {
        let torrent = btt::hex::encode(&torrent).parse().unwrap();
        let ticket = Ticket { viewer: Viewer::new(&viewer).unwrap(), torrent, until: Time::from_secs(until) };
        prop_assert_eq!(secret().check(&secret().sign(&ticket)), Ok(ticket));
    }
}
