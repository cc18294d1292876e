//! The configuration file.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use btt::Networks;
use serde::{Deserialize, Serialize};

use crate::about::About;
use crate::notices::Notices;
use crate::seconds::seconds;
use crate::turn::{IceServer, Turn};
use crate::url::{self, PublicUrl};

/// What stands for the life of a password with visitors who get none for now. A page asks anew after half of it.
const RELAY_RETRY: Duration = Duration::from_secs(120);

/// Everything that an operator may set. Whatever the file leaves out keeps its default; a name that is not
/// known here is an error.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// Where visitors find the page: `https://seedcast.example.org`. Chats that show a picture for a link want its whole
    /// address, and a server does not know its own; what requests call it is the word of whoever asks. Default none.
    pub(crate) public_url: Option<PublicUrl>,
    /// Trackers that the page announces to, as `wss://` URLs. Default none: the page uses `/announce` of its
    /// own origin.
    pub(crate) trackers: Vec<String>,
    /// STUN and TURN servers for the page. Default none: enough within one network, not across NATs.
    pub(crate) ice_servers: Vec<IceServer>,
    /// TURN servers for which every visitor gets a password of their own that expires. Default none.
    pub(crate) turn: Option<Turn>,
    /// Where visitors are told what others see of them before anything is connected for the first time. Default nowhere: among
    /// friends the card would be one click more that tells nobody anything.
    pub(crate) first_visit: Option<FirstVisit>,
    /// Networks on which the page takes tips. Default none.
    pub(crate) tips: Networks,
    /// The server's own certificate. Default none: whoever needs `https:` has a proxy in front.
    pub(crate) tls: Option<TlsFiles>,
    /// Files with torrents that are not served, as lines of a [`Denylist`](signaling::Denylist): read at the start, and within
    /// seconds of each change. Default none.
    pub(crate) denied_files: Vec<PathBuf>,
    /// Notices of what should not be served. Default none are taken.
    pub(crate) notices: Option<Notices>,
    /// Who runs the site, for its visitors.
    pub(crate) about: About,
    /// The index of peers.
    pub(crate) tracker: signaling::Config,
    /// What one client, and all of them, may cost.
    pub(crate) limits: Limits,
    /// Whether the server stands behind a proxy: it then takes a client's address from the last entry of
    /// `X-Forwarded-For`. Default false.
    pub(crate) behind_proxy: bool,
}

/// Where the card of first visits is shown, once in each browser.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum FirstVisit {
    /// On the page.
    Page,
    /// In the player of other people's pages, too.
    Everywhere,
}

/// Where the certificate is. Both files are PEM, and are read again when they change.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TlsFiles {
    /// The certificate, and behind it those that lead to a root.
    pub(crate) certificate: PathBuf,
    /// Its private key: PKCS #8, PKCS #1 or SEC1.
    pub(crate) key: PathBuf,
}

/// Limits on connections.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Limits {
    /// Connections at a time. Default 50,000.
    pub(crate) max_connections: usize,
    /// Connections at a time from one IPv4 address or one IPv6 /64 network; behind a proxy, WebSockets. A page takes up
    /// to seven while it loads, and one while it is open. Default no limit, since a university or a mobile network may
    /// hide behind one address.
    pub(crate) max_connections_per_address: Option<usize>,
    /// Messages that a client may send per second, on average, from 0.1, pings among them, and 8 KiB for each; what is
    /// more is read later. Default 20.
    pub(crate) messages_per_second: f64,
    /// Messages that it may send at once after a pause: one for each of many torrents. Default 300.
    pub(crate) message_burst: u32,
    /// Responses that may wait for a client to read them. Beyond half of them it gets no more offers and is not read
    /// from, beyond all of them no more answers either. Default 256.
    pub(crate) max_waiting_responses: usize,
    /// Seconds between pings, which keep proxies from closing the connection. A client that is silent for
    /// three of them is gone. Default 25.
    #[serde(deserialize_with = "seconds")]
    pub(crate) ping_interval: Duration,
    /// Seconds that a client has to show that it is there, when another connection claims its peer id. If
    /// it does not, the other is its successor: most likely the same client after its network changed.
    /// Default 5.
    #[serde(deserialize_with = "seconds")]
    pub(crate) probe_timeout: Duration,
    /// Seconds that a client may take from one HTTP request, or from connecting, to the end of the next
    /// one's headers. Default 20.
    #[serde(deserialize_with = "seconds")]
    pub(crate) header_timeout: Duration,
    /// Seconds that a client may take nothing of what it is sent; then it is disconnected. Default 20.
    #[serde(deserialize_with = "seconds")]
    pub(crate) send_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 50_000,
            max_connections_per_address: None,
            messages_per_second: 20.0,
            message_burst: 300,
            max_waiting_responses: 256,
            ping_interval: Duration::from_secs(25),
            probe_timeout: Duration::from_secs(5),
            header_timeout: Duration::from_secs(20),
            send_timeout: Duration::from_secs(20),
        }
    }
}

impl Config {
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let config: Self = serde_json::from_str(&text)
            .with_context(|| format!("{} is no valid configuration", path.display()))?;
        config.check().with_context(|| format!("{} is no valid configuration", path.display()))?;
        Ok(config)
    }

    fn check(&self) -> anyhow::Result<()> {
        self.trackers.iter().try_for_each(|url| url::check("trackers", url, &["wss://", "ws://"]))?;
        self.ice_servers.iter().try_for_each(IceServer::check)?;
        self.limits.check()?;
        self.turn.iter().try_for_each(Turn::check)?;
        self.tips.check()?;
        self.about.check()?;
        let signaling::Config { interval, newcomer_interval, peer_ttl, .. } = self.tracker;
        anyhow::ensure!(
            peer_ttl > interval.max(newcomer_interval),
            "tracker.peer_ttl must be more than interval and newcomer_interval: peers would be gone before they announce \
             again"
        );
        let signaling::Config { max_torrents_per_connection, max_peers_per_torrent, .. } = self.tracker;
        anyhow::ensure!(
            max_torrents_per_connection > 0,
            "tracker.max_torrents_per_connection must be more than 0"
        );
        anyhow::ensure!(max_peers_per_torrent > 1, "tracker.max_peers_per_torrent must be more than 1");
        anyhow::ensure!(
            self.tracker.max_awaited_answers > 0,
            "tracker.max_awaited_answers must be more than 0"
        );
        Ok(())
    }

    /// The URLs of all STUN and TURN servers.
    pub(crate) fn ice_urls(&self) -> Vec<&str> {
        let turn = self.turn.iter().flat_map(Turn::urls);
        self.ice_servers.iter().flat_map(|server| &server.urls).chain(turn).map(String::as_str).collect()
    }

    /// The URLs of all nodes of chains.
    pub(crate) fn nodes(&self) -> Vec<&str> {
        self.tips
            .networks
            .iter()
            .flat_map(|network| [&network.rpc, &network.second_rpc])
            .flatten()
            .map(String::as_str)
            .collect()
    }

    /// What the page reads at `/config.json`. With [`Config::turn`] it is good for `ice_ttl` seconds, and for whoever
    /// asked alone; who has asked too often (`may_relay` is false) is to ask again soon.
    pub(crate) fn page(&self, now: SystemTime, may_relay: bool) -> serde_json::Value {
        let issued = self.turn.as_ref().filter(|_| may_relay).map(|turn| turn.issue(now));
        let ice_servers: Vec<&IceServer> = self.ice_servers.iter().chain(&issued).collect();
        let mut page = serde_json::json!({ "trackers": self.trackers, "ice_servers": ice_servers });
        if let Some(turn) = &self.turn {
            let ttl = if may_relay { turn.ttl } else { RELAY_RETRY };
            page["ice_ttl"] = ttl.as_secs().into();
        }
        if let Some(first_visit) = self.first_visit {
            page["first_visit"] = serde_json::json!(first_visit);
        }
        if !self.tips.networks.is_empty() {
            page["tips"] = serde_json::json!(self.tips);
        }
        page
    }
}

impl Limits {
    fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            self.messages_per_second.is_finite() && self.messages_per_second >= 0.1,
            "limits.messages_per_second must be at least 0.1"
        );
        for (field, is_zero) in [
            ("max_connections", self.max_connections == 0),
            ("max_connections_per_address", self.max_connections_per_address == Some(0)),
            ("message_burst", self.message_burst == 0),
            ("max_waiting_responses", self.max_waiting_responses == 0),
            ("ping_interval", self.ping_interval.is_zero()),
            ("probe_timeout", self.probe_timeout.is_zero()),
            ("header_timeout", self.header_timeout.is_zero()),
            ("send_timeout", self.send_timeout.is_zero()),
        ] {
            anyhow::ensure!(!is_zero, "limits.{field} must be more than 0");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn example() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/config.example.json"))
    }

    #[test]
    fn the_example_is_valid() {
        let config = Config::read(example()).unwrap();
        assert_eq!(config.ice_servers.len(), 1);
        assert_eq!(config.tracker.denied.len(), 1);
    }

    #[test]
    fn the_page_gets_trackers_and_ice_servers_and_no_secret() {
        let config = Config::read(example()).unwrap();
        let page = config.page(SystemTime::UNIX_EPOCH, true);
        let names: BTreeSet<_> = page.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, BTreeSet::from(["first_visit", "ice_servers", "ice_ttl", "tips", "trackers"]));
        assert_eq!(page["ice_servers"].as_array().unwrap().len(), 2);
        assert!(!page.to_string().contains("keep this to yourself"), "{page}");
        assert!(!format!("{config:?}").contains("keep this to yourself"), "{config:?}");
        assert_eq!(page["ice_servers"][0], serde_json::json!({ "urls": ["stun:stun.example.org:3478"] }));
    }

    #[test]
    fn an_empty_file_is_the_default() {
        let config: Config = serde_json::from_str("{}").unwrap();
        let now = SystemTime::UNIX_EPOCH;
        assert_eq!(config.page(now, true), Config::default().page(now, true));
    }

    // Issue 16, 4.
    #[test]
    fn the_page_hears_where_visitors_are_told_first_and_nothing_unless_configured() {
        let page = |text| serde_json::from_str::<Config>(text).unwrap().page(SystemTime::UNIX_EPOCH, true);
        assert_eq!(page(r#"{"first_visit":"page"}"#)["first_visit"], "page");
        assert_eq!(page(r#"{"first_visit":"everywhere"}"#)["first_visit"], "everywhere");
        assert!(page("{}").get("first_visit").is_none());
        assert!(serde_json::from_str::<Config>(r#"{"first_visit":"sometimes"}"#).is_err());
    }

    fn with_network(tips: &str) -> anyhow::Result<Config> {
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), format!(r#"{{"tips":{tips}}}"#))?;
        Config::read(file.path())
    }

    /// Payments, row 42.
    #[test]
    fn real_money_must_be_turned_on() {
        let bttc = r#"{"chain":"eip155:199","name":"BTTC","rpc":"https://rpc.example"}"#;
        let tron =
            r#"{"chain":"tron:0x2b6653dc","name":"TRON","token":"TAFjULxiVgT4qWk6UZwjqwZXTSaGaqnVp4"}"#;
        let donau = r#"{"chain":"eip155:1029","name":"BTTC Donau","rpc":"https://rpc.example"}"#;
        for network in [bttc, tron] {
            let refused = with_network(&format!(r#"{{"networks":[{donau},{network}]}}"#)).unwrap_err();
            assert!(format!("{refused:#}").contains("is not allowed"), "{refused:#}");
            assert!(with_network(&format!(r#"{{"mainnet":true,"networks":[{network}]}}"#)).is_ok());
        }
        let ethereum = bttc.replace("eip155:199", "eip155:1");
        assert!(with_network(&format!(r#"{{"mainnet":true,"networks":[{ethereum}]}}"#)).is_err());
        let config = with_network(&format!(r#"{{"networks":[{donau}]}}"#)).unwrap();
        assert_eq!(config.page(SystemTime::UNIX_EPOCH, true)["tips"]["networks"][0]["chain"], "eip155:1029");
    }

    // Issue 11, A11.
    #[test]
    fn a_peer_must_outlive_the_time_between_its_announces() {
        let check = |text| serde_json::from_str::<Config>(text).unwrap().check();
        for text in [
            r#"{"tracker":{"interval":180}}"#,
            r#"{"tracker":{"peer_ttl":120}}"#,
            r#"{"tracker":{"newcomer_interval":200}}"#,
        ] {
            let refused = check(text).unwrap_err().to_string();
            assert!(refused.starts_with("tracker.peer_ttl must be more"), "{text}: {refused}");
        }
        assert!(check(r#"{"tracker":{"interval":119,"peer_ttl":120}}"#).is_ok());
    }

    // Issue 11, A11.
    #[test]
    fn who_asks_too_often_gets_no_password_and_is_to_ask_again() {
        let config = Config::read(example()).unwrap();
        let page = config.page(SystemTime::UNIX_EPOCH, false);
        assert_eq!(page["ice_servers"].as_array().unwrap().len(), 1);
        assert_eq!(page["ice_ttl"], 120);
    }

    // Issue 13, A5.
    #[test]
    fn what_would_take_the_site_down_is_refused_by_name() {
        let turn = |urls| format!(r#"{{"turn":{{"urls":["{urls}"],"secret":"s"}}}}"#);
        for (text, field) in [
            (r#"{"ice_servers":[{"urls":["stun.example.org:3478"]}]}"#.to_owned(), "ice_servers.urls"),
            (r#"{"ice_servers":[{"urls":["https://example.org"]}]}"#.to_owned(), "ice_servers.urls"),
            (r#"{"ice_servers":[{"urls":["stun:"]}]}"#.to_owned(), "ice_servers.urls"),
            (r#"{"ice_servers":[{"urls":[]}]}"#.to_owned(), "ice_servers.urls"),
            // A browser refuses the whole list then.
            (r#"{"ice_servers":[{"urls":["turn:example.org"]}]}"#.to_owned(), "ice_servers.username"),
            (turn("turn.example.org"), "turn.urls"),
            (turn("stun:example.org"), "turn.urls"),
            (r#"{"trackers":["http://example.org/announce"]}"#.to_owned(), "trackers"),
            (r#"{"trackers":["example.org"]}"#.to_owned(), "trackers"),
            (r#"{"trackers":["wss://"]}"#.to_owned(), "trackers"),
            (r#"{"trackers":["wss://exa mple.org"]}"#.to_owned(), "trackers"),
            (r#"{"limits":{"max_connections":0}}"#.to_owned(), "limits.max_connections"),
            (
                r#"{"limits":{"max_connections_per_address":0}}"#.to_owned(),
                "limits.max_connections_per_address",
            ),
            (
                r#"{"tracker":{"max_torrents_per_connection":0}}"#.to_owned(),
                "tracker.max_torrents_per_connection",
            ),
            (r#"{"tracker":{"max_peers_per_torrent":1}}"#.to_owned(), "tracker.max_peers_per_torrent"),
            (r#"{"tracker":{"max_awaited_answers":0}}"#.to_owned(), "tracker.max_awaited_answers"),
        ] {
            let refused = serde_json::from_str::<Config>(&text).unwrap().check().unwrap_err().to_string();
            assert!(refused.starts_with(field), "{text}: {refused}");
        }
        for text in [
            r#"{"ice_servers":[{"urls":["stun:[::1]:3478","STUN:a"]},
                {"urls":["turn:a?transport=udp","turns:a:443"],"username":"u","credential":"c"}]}"#,
            r#"{"trackers":["wss://a.example/announce","WS://localhost:8000"]}"#,
        ] {
            serde_json::from_str::<Config>(text).unwrap().check().unwrap();
        }
    }

    #[test]
    fn a_public_url_that_is_none_is_refused_by_name() {
        let refused =
            serde_json::from_str::<Config>(r#"{"public_url":"example.org"}"#).unwrap_err().to_string();
        assert!(refused.starts_with("public_url must"), "{refused}");
    }

    #[test]
    fn a_misspelt_name_is_an_error() {
        assert!(serde_json::from_str::<Config>(r#"{"tracker":{"intervall":5}}"#).is_err());
    }

    #[test]
    fn a_rate_of_almost_nothing_is_an_error() {
        let limits: Limits = serde_json::from_str(r#"{"messages_per_second":0.01}"#).unwrap();
        assert!(limits.check().is_err());
    }
}
