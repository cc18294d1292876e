//! Addresses, chains, accounts, and what a torrent says of them.

use btt::{Account, Address, Chain, Error, PaymentOptions, hex};
use proptest::prelude::*;

/// From EIP-55.
const CHECKSUMMED: [&str; 4] = [
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
];

/// BTT's contract on TRON.
const TOKEN: &str = "TAFjULxiVgT4qWk6UZwjqwZXTSaGaqnVp4";

/// Payments, row 15.
#[test]
fn capitals_are_check_digits() {
    for text in CHECKSUMMED {
        let address: Address = text.parse().unwrap();
        assert_eq!(address.to_string(), text);
        assert_eq!(text.to_lowercase().parse(), Ok(address));
        assert_eq!(format!("0x{}", text[2..].to_uppercase()).parse(), Ok(address));
        let capital = text.rfind(|digit: char| digit.is_ascii_uppercase()).unwrap();
        let mut wrong = text.to_owned();
        wrong[capital..=capital].make_ascii_lowercase();
        assert_eq!(wrong.parse::<Address>(), Err(Error::Checksum), "{wrong}");
    }
}

/// Payments, row 15.
#[test]
fn the_token_has_the_bytes_that_are_published_for_it() {
    let token: Address = TOKEN.parse().unwrap();
    assert_eq!(hex::encode(token.as_bytes()), "032017411f4663b317fe77c257d28d5cd1b26e3d");
}

/// Payments, row 15.
#[test]
fn wrong_characters_lengths_and_prefixes_are_refused() {
    // The second is an address of Bitcoin: 34 characters, and another prefix.
    let long = "T".repeat(100_000);
    let no_digits = format!("0x{}", "é".repeat(20));
    for text in [
        "",
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
        "T",
        "0x",
        "TAFjULxiVgT4qWk6UZwjqwZXTSaGaqnVp0",
        "0X5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe",
        " 0x5aae",
        &long,
        &no_digits,
    ] {
        assert_eq!(text.parse::<Address>(), Err(Error::Address), "{text}");
    }
    assert_eq!("TAFjULxiVgT4qWk6UZwjqwZXTSaGaqnVp5".parse::<Address>(), Err(Error::Checksum));
}

#[test]
fn look_alikes_differ_between_equal_ends() {
    let address = |text: &str| text.parse::<Address>().unwrap();
    let ours = address("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed");
    assert!(ours.looks_like(&address("0x5aae00000000000000000000000000000000eaed")));
    assert!(!ours.looks_like(&address("0x5aae00000000000000000000000000000000eaee")));
    assert!(!ours.looks_like(&address("0x5aaf00000000000000000000000000000000eaed")));
    assert!(!ours.looks_like(&ours));
    // Found by trying: other digits at both ends, and yet the same four characters on TRON.
    let (first, second) =
        ("0x5aaeb2c6ad152961ad80e367cdc41c9886772f01", "0x5aaf5f4abef4b8bf4a3a438e9b085c35f8dca3c6");
    assert!(address(first).looks_like(&address(second)));
}

#[test]
fn a_chain_has_one_name() {
    for text in ["eip155:199", "eip155:18446744073709551615", "tron:0x2b6653dc", "tron:0x00000001"] {
        assert_eq!(text.parse::<Chain>().unwrap().to_string(), text);
    }
    for text in [
        "",
        "eip155",
        "eip155:",
        "eip155:0199",
        "eip155:+199",
        "eip155:-1",
        "eip155:1e3",
        "eip155:0xc7",
        "eip155:18446744073709551616",
        "EIP155:199",
        " eip155:199",
        "tron:2b6653dc",
        "tron:0x1",
        "tron:0x2B6653DC",
        "tron:0x+b6653dc",
        "tron:0x12b6653dc",
        "bip122:000000000019d6689c085ae165831e93",
        "199",
    ] {
        assert_eq!(text.parse::<Chain>(), Err(Error::Chain), "{text}");
    }
}

#[test]
fn only_what_is_known_to_be_play_money_is_called_so() {
    for (chain, test) in [
        ("eip155:31337", true),
        ("eip155:1029", true),
        ("tron:0xcd8690dc", true),
        ("tron:0x94a9059e", true),
        ("eip155:199", false),
        ("tron:0x2b6653dc", false),
        ("eip155:1", false),
        ("tron:0x00000001", false),
    ] {
        assert_eq!(chain.parse::<Chain>().unwrap().is_test(), test, "{chain}");
    }
}

#[test]
fn an_address_is_written_as_its_chain_does() {
    let [address, ..] = CHECKSUMMED;
    assert!(format!("eip155:199:{address}").parse::<Account>().is_ok());
    assert!(format!("tron:0x2b6653dc:{TOKEN}").parse::<Account>().is_ok());
    for text in
        [&format!("eip155:199:{TOKEN}"), &format!("tron:0x2b6653dc:{address}"), address, TOKEN, "", "::"]
    {
        assert_eq!(text.parse::<Account>(), Err(Error::Account), "{text}");
    }
}

#[test]
fn what_a_torrent_says_is_read_back_and_nonsense_left_out() {
    let account = format!("eip155:199:{}", CHECKSUMMED[0]);
    let tron = format!("tron:0x2b6653dc:{TOKEN}");
    let entries = |entries: &[(&str, &str)]| -> Vec<_> {
        entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    let all = entries(&[("btt", &account), ("btt-domain", "example.org"), ("btt-tron", &tron)]);
    let options = PaymentOptions::from_entries(&all);
    assert_eq!(options.accounts, [account.parse().unwrap(), tron.parse().unwrap()]);
    assert_eq!(PaymentOptions::from_entries(&options.entries()), options);

    let nonsense = entries(&[
        ("bitcoin", "bitcoin:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
        ("btt", &tron),
        ("btt-tron", &account),
        ("btt-domain", "https://example.org"),
    ]);
    assert_eq!(PaymentOptions::from_entries(&nonsense), PaymentOptions::default());
}

#[test]
fn a_domain_is_a_host_name_that_looks_like_no_other() {
    for name in
        ["example.org", "xn--bcher-kva.example", "localhost", "localhost:8080", "4chan.org", "a.b.c.d"]
    {
        assert_eq!(PaymentOptions::domain(name).as_deref(), Ok(name));
    }
    let (long, long_label) = (format!("{}org", "a.".repeat(126)), format!("{}.org", "a".repeat(64)));
    for text in [
        "",
        ".",
        "org",
        "example.org.",
        ".example.org",
        "a..org",
        "-a.org",
        "a-.org",
        "bücher.example",
        "a b.org",
        "a_b.org",
        "https://example.org",
        "example.org/",
        "example.org:443",
        "user@example.org",
        "127.0.0.1",
        "[::1]",
        "localhost:",
        "localhost:0",
        "localhost:080",
        "localhost:65536",
        "localhost:+80",
        "localhosts",
        "a.org\n",
        "ex\u{430}mple.org",
        "Example.org",
        &long,
        &long_label,
    ] {
        assert_eq!(PaymentOptions::domain(text), Err(Error::Domain), "{text:?}");
    }
}

proptest! {
    #[test]
    fn both_ways_of_writing_an_address_are_read_back(bytes: [u8; 20]) {
        let address = Address::from_bytes(bytes);
        prop_assert_eq!(address.to_string().parse(), Ok(address));
        prop_assert_eq!(address.tron().parse(), Ok(address));
    }

    #[test]
    fn no_single_character_of_a_tron_address_can_be_wrong(bytes: [u8; 20], place in 0..34_usize, other in "[1-9A-HJ-NP-Za-km-z]") {
        let right = Address::from_bytes(bytes).tron();
        let mut wrong = right.clone();
        wrong.replace_range(place..=place, &other);
        prop_assume!(wrong != right);
        prop_assert!(wrong.parse::<Address>().is_err());
    }

    #[test]
    fn accounts_are_read_back(bytes: [u8; 20], evm: u64, tron: u32) {
        for chain in [Chain::Eip155(evm), Chain::Tron(tron)] {
            let account = Account { chain, address: Address::from_bytes(bytes) };
            prop_assert_eq!(account.to_string().parse(), Ok(account));
            prop_assert_eq!(serde_json::to_string(&account).unwrap(), format!("\"{account}\""));
        }
    }
}
