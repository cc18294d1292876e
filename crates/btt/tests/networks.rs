//! Which networks a site may set up.

use btt::{Chain, Error, Networks};

const RPC: &str = r#","rpc":"https://example.org/""#;
const TOKEN: &str = r#","token":"TAFjULxiVgT4qWk6UZwjqwZXTSaGaqnVp4""#;

fn networks(mainnet: bool, networks: &[(&str, &str)]) -> Result<Networks, Error> {
    let network = |(chain, rest): &(&str, &str)| format!(r#"{{"chain":"{chain}","name":"A name"{rest}}}"#);
    let networks: Vec<_> = networks.iter().map(network).collect();
    Networks::of_json(&format!(r#"{{"mainnet":{mainnet},"networks":[{}]}}"#, networks.join(",")))
}

/// Payments, row 42.
#[test]
fn real_money_is_refused_unless_the_deployer_says_otherwise() {
    for (chain, rest) in [("eip155:199", RPC), ("tron:0x2b6653dc", TOKEN), ("tron:0xcd8690dc", TOKEN)] {
        assert_eq!(networks(false, &[(chain, rest)]), Err(Error::ChainNotAllowed(chain.parse().unwrap())));
        assert!(networks(true, &[(chain, rest)]).is_ok(), "{chain}");
    }
    for chain in ["eip155:31337", "eip155:1029"] {
        assert!(networks(false, &[(chain, RPC)]).is_ok(), "{chain}");
    }
    for chain in ["eip155:1", "eip155:1028", "eip155:56"] {
        assert_eq!(networks(true, &[(chain, RPC)]), Err(Error::ChainNotAllowed(chain.parse().unwrap())));
    }
}

#[test]
fn what_a_network_lacks_is_named() {
    let lacks = |chain, rest: &str| match networks(true, &[(chain, rest)]) {
        Err(Error::NetworkIncomplete(_, what)) => what,
        other => panic!("{chain}{rest}: {other:?}"),
    };
    assert!(lacks("eip155:1029", "").contains("rpc"));
    assert!(lacks("tron:0x2b6653dc", "").contains("token"));
    assert!(lacks("eip155:1029", &format!(r#"{RPC},"explorer":"javascript:0""#)).contains("explorer"));
}

#[test]
fn nobody_in_between_can_change_what_a_node_answers() {
    for url in ["http://127.0.0.1:8545", "http://localhost", "http://[::1]:8545/x", "https://example.org/key"]
    {
        assert!(networks(false, &[("eip155:1029", &format!(r#","rpc":"{url}""#))]).is_ok(), "{url}");
    }
    for url in [
        "http://example.org",
        "http://localhost.example.org",
        "http://localhost@example.org",
        "http://localhost:1@example.org",
        "javascript:0",
        "https://",
        "https://a b",
        "ws://127.0.0.1:8545",
        "//example.org",
        "",
    ] {
        let result = networks(false, &[("eip155:1029", &format!(r#","rpc":"{url}""#))]);
        assert!(matches!(result, Err(Error::NetworkIncomplete(..))), "{url}");
    }
}

#[test]
fn a_chain_is_there_once() {
    let twice = [("eip155:1029", RPC); 2];
    assert_eq!(networks(false, &twice), Err(Error::NetworkTwice(Chain::BTTC_DONAU)));
}

#[test]
fn other_json_is_refused() {
    for json in
        ["", "1", r#"{"network":[]}"#, r#"{"mainnet":"no"}"#, r#"{"networks":[{"chain":"199","name":""}]}"#]
    {
        assert!(matches!(Networks::of_json(json), Err(Error::Networks(_))), "{json}");
    }
}

#[test]
fn what_the_server_writes_the_page_reads() {
    let networks = networks(true, &[("tron:0x2b6653dc", TOKEN), ("eip155:1029", RPC)]).unwrap();
    let json = serde_json::to_string(&networks).unwrap();
    assert_eq!(Networks::of_json(&json).as_ref(), Ok(&networks));
    assert_eq!(networks.usual_chain(), Some(Chain::BTTC_DONAU));
    assert_eq!(networks.of(Chain::TRON).map(|network| network.chain), Some(Chain::TRON));
    assert_eq!(Networks::of_json("{}"), Ok(Networks::default()));
}
