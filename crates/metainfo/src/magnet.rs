use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::error::excerpt;
use crate::{Error, InfoHash, InfoHashV2, InfoHashes, SealKey, unescape};

/// Bytes in a magnet link.
pub const MAX_LINK_LENGTH: usize = 64 << 10;

/// Trackers that one torrent file or link can bring along; more are ignored.
pub const MAX_TRACKERS: usize = 100;

/// Parameters of a link that this program does not know and keeps; more are ignored.
pub const MAX_OTHER: usize = 100;

/// Web seeds that one torrent file or link can bring along; more are ignored.
pub const MAX_WEB_SEEDS: usize = 100;

/// A link to a torrent (BEP 9), with what helps to find it.
///
/// ```
/// use metainfo::Magnet;
///
/// let link = "magnet:?xt=urn:btih:d2474e86c95b19b8bcfdb92bc12c9d44667cfa36&dn=Leaves+of+Grass";
/// let magnet = Magnet::parse(link)?;
/// assert_eq!(magnet.name.as_deref(), Some("Leaves of Grass"));
/// assert_eq!(magnet.hashes.v2(), None);
/// # Ok::<(), metainfo::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Magnet {
    /// The torrent (`xt=urn:btih:`, and `xt=urn:btmh:` for version 2). Of a hybrid, a link may name one hash only.
    pub hashes: InfoHashes,
    /// What to call it until its own name is known (`dn`). Anything a stranger wrote: not safe as a path.
    pub name: Option<String>,
    /// Trackers' addresses (`tr`), without repeats. Not checked to be URLs.
    pub trackers: Vec<String>,
    /// Web servers that have the files (`ws`, BEP 19), without repeats. Not checked to be URLs.
    pub web_seeds: Vec<String>,
    /// The files to download, as positions in the torrent from 0 (`so`, BEP 53); all of them if `None` or empty.
    pub select_only: Option<Vec<RangeInclusive<u32>>>,
    /// Peers to try, as `host:port` (`x.pe`), without repeats. Not checked.
    pub peers: Vec<String>,
    /// The key of a sealed share (`x.sck`, `docs/sealed.md`). Without it the share can be passed on, and not be read.
    pub key: Option<SealKey>,
    /// Every other parameter, decoded, in the order of the link; at most [`MAX_OTHER`].
    pub other: Vec<(String, String)>,
}

impl Magnet {
    /// A link that says nothing but which torrent.
    #[must_use]
    pub fn new(hashes: impl Into<InfoHashes>) -> Self {
        let (trackers, web_seeds, peers, other) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (name, select_only, key) = (None, None, None);
        Self { hashes: hashes.into(), name, trackers, web_seeds, select_only, peers, key, other }
    }

    /// Reads a magnet link.
    ///
    /// Parameters come in any order; `tr.1`, `tr.2` mean `tr`, and so for the others that may repeat. Of
    /// several hashes of one version the first counts. In `dn` a `+` is a space. What is wrongly escaped is left out,
    /// unless it says what to download: other clients pass on whatever a torrent has for an address.
    ///
    /// # Errors
    ///
    /// [`Error::LinkTooLong`], [`Error::NotMagnet`], [`Error::NoInfoHash`], [`Error::InfoHash`],
    /// [`Error::InfoHashV2`], [`Error::Escape`], [`Error::SelectOnly`], [`Error::SealKey`] or [`Error::SealKeyVersion`].
    pub fn parse(link: &str) -> Result<Self, Error> {
        if link.len() > MAX_LINK_LENGTH {
            return Err(Error::LinkTooLong);
        }
        let query = query_of(link.trim()).ok_or(Error::NotMagnet)?;
        let (mut v1, mut v2) = (None, None);
        // Filled in before it is known which torrent it is for.
        let mut magnet = Self::new(InfoHashes::One(InfoHash::from_bytes([0; 20])));
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let Some(key) = unescape(key) else { continue };
            let value = match unnumbered(&key) {
                "dn" => unescape(&value.replace('+', " ")),
                _ => unescape(value),
            };
            let value = match (value, unnumbered(&key)) {
                (Some(value), _) => value,
                (None, "xt" | "so" | KEY) => return Err(Error::Escape(excerpt(&key))),
                (None, _) => continue,
            };
            match unnumbered(&key) {
                "xt" => match (topic(&value, "urn:btih:"), topic(&value, "urn:btmh:")) {
                    (Some(digits), _) if v1.is_none() => v1 = Some(digits.parse()?),
                    (_, Some(multihash)) if v2.is_none() => v2 = Some(parse_multihash(multihash)?),
                    _ => push_other(&mut magnet.other, key, value),
                },
                "dn" => magnet.name = Some(value).filter(|name| !name.is_empty()).or(magnet.name),
                "tr" => push_new(&mut magnet.trackers, value, MAX_TRACKERS),
                "ws" => push_new(&mut magnet.web_seeds, value, MAX_WEB_SEEDS),
                "x.pe" => push_new(&mut magnet.peers, value, MAX_PEERS),
                "so" if value.is_empty() => {}
                "so" => magnet.select_only = Some(parse_select_only(&value)?),
                KEY if magnet.key.is_some() => {}
                KEY => magnet.key = Some(parse_key(&value)?),
                _ => push_other(&mut magnet.other, key, value),
            }
        }
        Ok(Self { hashes: InfoHashes::new(v1, v2).ok_or(Error::NoInfoHash)?, ..magnet })
    }

    /// Web addresses at which the link says that its torrent file is (`xs`), without those that name something else.
    pub fn torrent_files(&self) -> impl Iterator<Item = &str> {
        let sources = self.other.iter().filter(|(key, _)| unnumbered(key) == "xs").map(|(_, value)| &**value);
        let is_web = |value: &&str| topic(value, "https://").or(topic(value, "http://")).is_some();
        sources.filter(is_web).take(MAX_TORRENT_FILES)
    }

    /// The link as it is passed on: without the parameters that have no meaning here but that of a torrent file's
    /// address (`xs`). They may say anything, and who passes a link on vouches for what it says.
    #[must_use]
    pub fn passed_on(mut self) -> Self {
        self.other.retain(|(key, _)| unnumbered(key) == "xs");
        self
    }

    /// Whether each of so many files, in the order of the torrent, is one of those to download. Looks at each range of
    /// the link once, however many files there are.
    pub fn selection(&self, files: usize) -> impl Iterator<Item = bool> + use<> {
        let chosen = self.select_only.as_deref().unwrap_or_default();
        // One past the last file of the ranges that start with each file.
        let mut ends = vec![0; if chosen.is_empty() { 0 } else { files }];
        for range in chosen {
            if let Some(end) = ends.get_mut(*range.start() as usize) {
                *end = u64::from(*range.end()).saturating_add(1).max(*end);
            }
        }
        let (all, mut end) = (chosen.is_empty(), 0);
        (0..files as u64).zip(ends.into_iter().chain(std::iter::repeat(0))).map(move |(file, other)| {
            end = other.max(end);
            all || file < end
        })
    }
}

impl FromStr for Magnet {
    type Err = Error;

    fn from_str(link: &str) -> Result<Self, Error> {
        Self::parse(link)
    }
}

/// The link, escaped so that it is one word in any text; [`Magnet::parse`] reads it back.
impl fmt::Display for Magnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("magnet:?")?;
        if let Some(v1) = self.hashes.v1() {
            write!(f, "xt=urn:btih:{v1}{}", if self.hashes.v2().is_some() { "&" } else { "" })?;
        }
        if let Some(v2) = self.hashes.v2() {
            write!(f, "xt=urn:btmh:{SHA256}{v2}")?;
        }
        let parameters = (self.name.iter().map(|name| ("dn", name)))
            .chain(self.trackers.iter().map(|tracker| ("tr", tracker)))
            .chain(self.web_seeds.iter().map(|web_seed| ("ws", web_seed)));
        for (key, value) in parameters {
            write!(f, "&{key}={}", Escaped { text: value, plain: "" })?;
        }
        // Other programs read these without unescaping them.
        for peer in &self.peers {
            write!(f, "&x.pe={}", Escaped { text: peer, plain: ":[]" })?;
        }
        if let Some(ranges) = self.select_only.as_ref().filter(|ranges| !ranges.is_empty()) {
            f.write_str("&so=")?;
            for (n, range) in ranges.iter().enumerate() {
                let comma = if n == 0 { "" } else { "," };
                match (range.start(), range.end()) {
                    (first, last) if first == last => write!(f, "{comma}{first}")?,
                    (first, last) => write!(f, "{comma}{first}-{last}")?,
                }
            }
        }
        for (key, value) in &self.other {
            write!(f, "&{}={}", Escaped { text: key, plain: "" }, Escaped { text: value, plain: ":" })?;
        }
        // Last, where a link can be cut off to pass it on without the key.
        if let Some(key) = &self.key {
            write!(f, "&{KEY}={KEY_VERSION}{}", key.to_text())?;
        }
        Ok(())
    }
}

/// What follows `magnet:?`.
fn query_of(link: &str) -> Option<&str> {
    let (scheme, query) = link.split_once('?')?;
    scheme.eq_ignore_ascii_case("magnet:").then_some(query)
}

/// `tr` for `tr.1`: several values of one key may be told apart by numbers.
fn unnumbered(key: &str) -> &str {
    match key.rsplit_once('.') {
        Some((stem, number)) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => {
            stem
        }
        _ => key,
    }
}

/// What follows `prefix` in an `xt`, if it is of that kind.
fn topic<'a>(value: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = value.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn parse_multihash(digits: &str) -> Result<InfoHashV2, Error> {
    digits.strip_prefix(SHA256).ok_or(Error::InfoHashV2)?.parse()
}

fn parse_key(value: &str) -> Result<SealKey, Error> {
    match value.strip_prefix(KEY_VERSION) {
        Some(text) => SealKey::parse(text),
        None if value.starts_with(LATER_VERSIONS) => Err(Error::SealKeyVersion),
        None => Err(Error::SealKey),
    }
}

fn push_new(values: &mut Vec<String>, value: String, limit: usize) {
    if !value.is_empty() && values.len() < limit && !values.contains(&value) {
        values.push(value);
    }
}

fn push_other(other: &mut Vec<(String, String)>, key: String, value: String) {
    if other.len() < MAX_OTHER {
        other.push((key, value));
    }
}

fn parse_select_only(value: &str) -> Result<Vec<RangeInclusive<u32>>, Error> {
    let range = |text: &str| {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let range = first.parse().ok()?..=last.parse().ok()?;
        (!range.is_empty()).then_some(range)
    };
    let ranges: Option<_> = value.split(',').map(range).collect();
    ranges.ok_or_else(|| Error::SelectOnly(excerpt(value)))
}

/// Text with everything percent-encoded but RFC 3986's unreserved characters and those in `plain`.
struct Escaped<'a> {
    text: &'a str,
    plain: &'static str,
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.text.bytes() {
            match byte {
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => {
                    write!(f, "{}", char::from(byte))?
                }
                _ if self.plain.as_bytes().contains(&byte) => write!(f, "{}", char::from(byte))?,
                _ => write!(f, "%{byte:02X}")?,
            }
        }
        Ok(())
    }
}

const MAX_PEERS: usize = 100;

const MAX_TORRENT_FILES: usize = 3;

/// The parameter of a sealed share's key. Its value begins with the version of the format.
const KEY: &str = "x.sck";
const KEY_VERSION: char = '1';
const LATER_VERSIONS: [char; 8] = ['2', '3', '4', '5', '6', '7', '8', '9'];

/// A multihash says by its first bytes that it is a SHA-256 of 32 bytes.
const SHA256: &str = "1220";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const XT: &str = "xt=urn:btih:d2474e86c95b19b8bcfdb92bc12c9d44667cfa36";

    fn parse(parameters: &str) -> Result<Magnet, Error> {
        Magnet::parse(&format!("magnet:?{XT}&{parameters}"))
    }

    #[test]
    fn torrent_files_are_told_from_other_sources() {
        let link = "xs=urn:sha1:ABC&xs=https%3A%2F%2Fa.example%2Fa.torrent&xs.1=HTTP://b.example/&xs=file:///etc/passwd";
        let magnet = parse(link).unwrap();
        assert_eq!(
            magnet.torrent_files().collect::<Vec<_>>(),
            ["https://a.example/a.torrent", "HTTP://b.example/"]
        );
    }

    #[test]
    fn hex_of_either_case_and_base32_name_the_same_torrent() {
        let hash = parse("").unwrap().hashes;
        for digits in ["D2474E86C95B19B8BCFDB92BC12C9D44667CFA36", "2JDU5BWJLMM3RPH5XEV4CLE5IRTHZ6RW"] {
            let magnet = Magnet::parse(&format!("magnet:?xt=urn:btih:{digits}")).unwrap();
            assert_eq!(magnet, Magnet::new(hash));
        }
    }

    #[test]
    fn parameters_come_in_any_order() {
        let magnet = Magnet::parse(&format!("MAGNET:?dn=a&tr=wss%3A%2F%2Fb&{XT}")).unwrap();
        assert_eq!(magnet.name.as_deref(), Some("a"));
        assert_eq!(magnet.trackers, ["wss://b"]);
    }

    #[test]
    fn plus_is_a_space_in_a_name_only() {
        let magnet = parse("dn=a+b%2Bc%20d&tr=http://x/?a+b").unwrap();
        assert_eq!(magnet.name.as_deref(), Some("a b+c d"));
        assert_eq!(magnet.trackers, ["http://x/?a+b"]);
    }

    #[test]
    fn numbered_parameters_are_collected() {
        let magnet = parse("tr.1=a&tr.2=b&tr=c&tr.1=a&ws.0=d&x.pe=1.2.3.4:5&x.pe=[::1]:6").unwrap();
        assert_eq!(magnet.trackers, ["a", "b", "c"]);
        assert_eq!(magnet.web_seeds, ["d"]);
        assert_eq!(magnet.peers, ["1.2.3.4:5", "[::1]:6"]);
    }

    #[test]
    fn chosen_files_are_numbers_and_ranges() {
        assert_eq!(parse("so=0,2,4-6").unwrap().select_only, Some(vec![0..=0, 2..=2, 4..=6]));
        assert_eq!(parse("so=").unwrap().select_only, None);
        let selected = |link| {
            let selection = parse(link).unwrap().selection(8);
            (0..).zip(selection).filter(|(_, chosen)| *chosen).map(|(file, _)| file).collect::<Vec<i32>>()
        };
        assert_eq!(selected("so=0,2,4-6"), [0, 2, 4, 5, 6]);
        assert_eq!(selected("so=5-4294967295,1-3,1,2-2"), [1, 2, 3, 5, 6, 7]);
        assert_eq!(selected("so=8,9"), []);
        assert_eq!(selected("so="), [0, 1, 2, 3, 4, 5, 6, 7]);
        for choice in ["a", "1,", "3-1", "-1", "1-2-3", "4294967296"] {
            assert_eq!(parse(&format!("so={choice}")), Err(Error::SelectOnly(choice.to_owned())));
        }
    }

    #[test]
    fn unknown_parameters_are_kept() {
        let other = [("kt", "a+b"), ("xt", "urn:sha1:ab"), ("x", "é"), ("flag", "")];
        let magnet = parse("kt=a+b&xt=urn:sha1:ab&x=%C3%A9&flag").unwrap();
        assert_eq!(magnet.other, other.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }

    /// Issue 11, A11: `xs` was lost.
    #[test]
    fn a_link_is_passed_on_with_all_that_is_understood_and_nothing_else() {
        let kept = "dn=a&tr=wss%3A%2F%2Fb&ws=https%3A%2F%2Fc&x.pe=1.2.3.4:5&so=0,2-4";
        let sources = "xs=https:%2F%2Fd%2Fe.torrent&xs.1=https:%2F%2Ff%2Fg.torrent";
        let magnet = parse(&format!("{kept}&x.btt=eip155:199:0x1&{sources}&key=secret")).unwrap();
        assert_eq!(magnet.passed_on().to_string(), format!("magnet:?{XT}&{kept}&{sources}"));
    }

    #[test]
    fn of_several_torrents_the_first_counts() {
        let second = format!("xt=urn:btih:{}", "0".repeat(40));
        let magnet = parse(&second).unwrap();
        assert_eq!(magnet.hashes, parse("").unwrap().hashes);
        assert_eq!(magnet.other.len(), 1);
    }

    #[test]
    fn a_link_names_either_version_or_both() {
        let v2 = "caf1e1c30e81cb361b9ee167c4aa64228a7fa4fa9f6105232b28ad099f3a302e";
        let magnet = Magnet::parse(&format!("magnet:?xt=URN:BTMH:1220{v2}&dn=a")).unwrap();
        assert_eq!(magnet.hashes, InfoHashes::Two(v2.parse().unwrap()));
        assert_eq!(magnet.to_string(), format!("magnet:?xt=urn:btmh:1220{v2}&dn=a"));
        let both = format!("magnet:?{XT}&xt=urn:btmh:1220{v2}");
        let magnet = parse(&format!("xt.1=urn:btmh:1220{v2}")).unwrap();
        assert_eq!((magnet.hashes.v2(), magnet.to_string()), (Some(v2.parse().unwrap()), both));
        // Another hash function, a hash of another length, and the hash alone.
        for wrong in [format!("1320{v2}"), format!("1220{}", &v2[2..]), v2.to_owned()] {
            assert_eq!(parse(&format!("xt=urn:btmh:{wrong}")), Err(Error::InfoHashV2), "{wrong}");
        }
    }

    #[test]
    fn links_that_name_no_torrent_are_refused() {
        for link in ["", "magnet:", "magnet", "http://x/?xt=1", "magnet?xt=1"] {
            assert_eq!(Magnet::parse(link), Err(Error::NotMagnet), "{link}");
        }
        assert_eq!(Magnet::parse("magnet:?"), Err(Error::NoInfoHash));
        assert_eq!(Magnet::parse("magnet:?xt=urn:sha1:ab"), Err(Error::NoInfoHash));
        assert_eq!(Magnet::parse("magnet:?xt=urn:btih:123"), Err(Error::InfoHash));
    }

    #[test]
    fn wrong_escapes_matter_only_where_they_hide_what_to_download() {
        for text in ["100%", "%4", "%zz", "%+1", "%E9"] {
            let magnet = parse(&format!("dn={text}&tr=wss://{text}&ws=https://{text}&tr={text}&{text}=1"));
            assert_eq!(magnet, parse(""), "{text}");
            assert_eq!(parse(&format!("so={text}")), Err(Error::Escape("so".to_owned())), "{text}");
            assert_eq!(parse(&format!("xt={text}")), Err(Error::Escape("xt".to_owned())), "{text}");
        }
    }

    #[test]
    fn a_link_has_limits() {
        assert_eq!(parse(&"a".repeat(MAX_LINK_LENGTH)), Err(Error::LinkTooLong));
        let many: String =
            (0..2 * MAX_TRACKERS).map(|n| format!("&tr=t{n}&ws=w{n}&x.pe=p{n}&kt=k{n}")).collect();
        let magnet = parse(&many).unwrap();
        let kept = [magnet.trackers.len(), magnet.web_seeds.len(), magnet.peers.len(), magnet.other.len()];
        assert_eq!(kept, [MAX_TRACKERS, MAX_WEB_SEEDS, MAX_PEERS, MAX_OTHER]);
    }

    #[test]
    fn a_link_is_written_as_other_programs_write_it() {
        let mut magnet = parse("so=0,2-4&x.pe=[::1]:6&xt=urn:sha1:ab").unwrap();
        magnet.name = Some("a b&é".to_owned());
        magnet.trackers = vec!["wss://x/announce".to_owned()];
        assert_eq!(
            magnet.to_string(),
            format!(
                "magnet:?{XT}&dn=a%20b%26%C3%A9&tr=wss%3A%2F%2Fx%2Fannounce\
                 &x.pe=[::1]:6&so=0,2-4&xt=urn:sha1:ab"
            )
        );
    }

    #[test]
    fn the_key_of_a_sealed_share_comes_last_and_is_not_shown() {
        let text = "AAECAwQFBgcICQoLDA0ODw";
        let magnet = parse(&format!("x.sck=1{text}&dn=a&xs=http:%2F%2Fx%2F&x.sck=1{text}")).unwrap();
        assert_eq!(magnet.key, Some(SealKey::parse(text).unwrap()));
        assert_eq!(magnet.to_string(), format!("magnet:?{XT}&dn=a&xs=http:%2F%2Fx%2F&x.sck=1{text}"));
        assert_eq!(magnet.clone().passed_on(), magnet);
        let shown = format!("{magnet:?}");
        assert!(shown.contains("SealKey(…)"));
        assert!(!shown.contains(text) && !shown.contains("0, 1, 2") && !shown.contains("00010203"));
    }

    #[test]
    fn a_key_that_is_not_whole_is_told() {
        for wrong in
            ["", "1", "1AAECAwQFBgcICQoLDA0OD", "1AAECAwQFBgcICQoLDA0ODwA", "0AAECAwQFBgcICQoLDA0ODw", "é"]
        {
            assert_eq!(parse(&format!("x.sck={wrong}")), Err(Error::SealKey), "{wrong}");
        }
        assert_eq!(parse("x.sck=%zz"), Err(Error::Escape("x.sck".to_owned())));
    }

    #[test]
    fn a_key_of_a_later_version_is_told_as_one() {
        for later in ["2AAECAwQFBgcICQoLDA0ODw", "2", "9é"] {
            assert_eq!(parse(&format!("x.sck={later}")), Err(Error::SealKeyVersion), "{later}");
        }
    }

    fn any_values() -> impl Strategy<Value = Vec<String>> {
        prop::collection::btree_set(any::<String>().prop_filter("empty", |value| !value.is_empty()), 0..4)
            .prop_map(|values| values.into_iter().collect())
    }

    prop_compose! {
        fn any_magnet()(
            v1: Option<[u8; 20]>,
            v2: [u8; 32],
            only_v1: bool,
            name in prop::option::of(any::<String>().prop_filter("empty", |name| !name.is_empty())),
            trackers in any_values(),
            web_seeds in any_values(),
            peers in any_values(),
            ranges in prop::collection::vec((any::<u32>(), any::<u32>()), 0..4),
            key: Option<[u8; 16]>,
            other in prop::collection::vec(("[b-z]{3,6}", any::<String>()), 0..4),
        ) -> Magnet {
            let ranges: Vec<_> = ranges.into_iter().map(|(a, b)| a.min(b)..=a.max(b)).collect();
            let v2 = Some(InfoHashV2::from_bytes(v2)).filter(|_| v1.is_none() || !only_v1);
            let hashes = InfoHashes::new(v1.map(InfoHash::from_bytes), v2).unwrap();
            let select_only = Some(ranges).filter(|ranges| !ranges.is_empty());
            let key = key.map(SealKey::from_bytes);
            Magnet {
                hashes, name, trackers, web_seeds, select_only, peers, key, other,
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(magnet in any_magnet()) {
            prop_assert_eq!(Magnet::parse(&magnet.to_string()), Ok(magnet));
        }

        #[test]
        fn a_link_that_is_read_means_the_same_when_written(parameters in "([a-z.1]{0,3}=[a-z0-9%+,-]{0,6}&){0,6}") {
            if let Ok(magnet) = parse(&parameters) {
                prop_assert_eq!(Magnet::parse(&magnet.to_string()), Ok(magnet));
            }
        }
    }
}
