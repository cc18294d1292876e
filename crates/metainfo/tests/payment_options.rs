//! Whom a torrent says to pay.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use metainfo::{Info, InfoBuilder, MAX_PAYMENT_OPTIONS, Version};

fn options(entries: &[(&str, &str)]) -> Vec<(String, String)> {
    entries.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn torrent(entries: &[(&str, &str)]) -> Info {
    let builder = InfoBuilder::single("a.mp4", 5).version(Version::One).payment_options(options(entries));
    builder.finish(&[[7; 20]], &[]).unwrap().0
}

/// An `info` dictionary with these bytes as its `paymentOptions`.
fn with(value: &str) -> Info {
    let info = format!(
        "d6:lengthi5e4:name1:a14:paymentOptions{value}12:piece lengthi16384e6:pieces20:xxxxxxxxxxxxxxxxxxxxe"
    );
    Info::parse(info.as_bytes()).unwrap()
}

#[test]
fn what_a_maker_says_is_what_a_reader_finds() {
    let entries = [("btt", "eip155:199:0x00"), ("btt-domain", "example.org")];
    assert_eq!(torrent(&entries).payment_options(), options(&entries));
    assert!(torrent(&[]).payment_options().is_empty());
}

#[test]
fn the_info_hash_binds_whom_to_pay() {
    let hash = |account| torrent(&[("btt", account)]).info_hash();
    assert_ne!(hash("eip155:199:0x00"), hash("eip155:199:0x01"));
    assert_ne!(hash("eip155:199:0x00"), torrent(&[]).info_hash());
}

#[test]
fn nonsense_is_left_out_and_the_torrent_works() {
    for value in ["i5e", "le", "3:abc", "de"] {
        assert!(with(value).payment_options().is_empty(), "{value}");
    }
    let long = format!("d1:a300:{}1:b1:x1:cli1ee2:\u{e9}1:ye", "v".repeat(300));
    assert_eq!(with(&long).payment_options(), options(&[("b", "x"), ("\u{e9}", "y")]));
    assert!(with("d1:a2:\u{e9}e").payment_options().len() == 1);
    let many: String = (10..99).map(|n| format!("2:{n}1:x")).collect();
    assert_eq!(with(&format!("d{many}e")).payment_options().len(), MAX_PAYMENT_OPTIONS);
}

#[test]
fn options_of_other_programs_do_no_harm() {
    let frostwire =
        "d7:bitcoin42:bitcoin:1BoatSLRHtKNngkdXEeobR76b53LETtpyT9:paypalUrl19:https://example.orge";
    assert_eq!(with(frostwire).payment_options().len(), 2);
}
