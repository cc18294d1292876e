use crate::bencode::{Item, Value};
use crate::{Error, Info, MAX_TRACKERS, MAX_WEB_SEEDS, PieceLayers};

/// Bytes in a torrent file, and in its `info` dictionary.
pub const MAX_TORRENT_LENGTH: usize = 10 << 20;

/// A torrent file: what is shared, and where to find who shares it (BEP 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metainfo {
    /// What is shared.
    pub info: Info,
    /// The piece hashes of version 2, as far as they are known (BEP 52).
    pub piece_layers: PieceLayers,
    /// Trackers' addresses in tiers, to be tried tier by tier (BEP 12). Not checked to be URLs.
    pub announce: Vec<Vec<String>>,
    /// Addresses of web servers that have the files (BEP 19). Not checked to be URLs.
    pub url_list: Vec<String>,
    /// Whatever the author wished to say.
    pub comment: Option<String>,
    /// The program that made the file.
    pub created_by: Option<String>,
    /// When the file was made, in seconds since the start of 1970 in UTC.
    pub creation_date: Option<i64>,
    /// Who stands behind the torrent: `btt-sig`, at most [`MAX_ENDORSEMENTS`]. Not checked to be genuine.
    pub endorsements: Vec<Endorsement>,
}

/// Endorsements of a torrent.
pub const MAX_ENDORSEMENTS: usize = 4;

/// Bytes of the name of an account.
const MAX_ACCOUNT: usize = 128;

/// The holder of an account of a chain stands behind a torrent (`docs/tips.md`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Endorsement {
    /// Whose it is: an account as CAIP-10 writes it.
    pub account: String,
    /// When it was made, in seconds since the start of 1970 in UTC.
    pub issued: i64,
    /// The signature: 65 bytes of a genuine one.
    pub signature: Vec<u8>,
}

/// Bytes of a signature (EIP-191): `r`, `s` and the recovery id.
const SIGNATURE_LENGTH: usize = 65;

impl Metainfo {
    /// A torrent file that says nothing but what is shared.
    #[must_use]
    pub fn new(info: Info) -> Self {
        let (piece_layers, announce, url_list) = (PieceLayers::default(), Vec::new(), Vec::new());
        let (comment, created_by, creation_date, endorsements) = (None, None, None, Vec::new());
        Self { info, piece_layers, announce, url_list, comment, created_by, creation_date, endorsements }
    }

    /// Reads a torrent file.
    ///
    /// Only `info` has to be right, and `piece layers` as far as they are there; of the rest, whatever makes no sense is left out, and so are trackers
    /// beyond [`MAX_TRACKERS`] and web seeds beyond [`MAX_WEB_SEEDS`]. Bytes behind the dictionary are
    /// ignored, as other clients ignore them.
    ///
    /// # Errors
    ///
    /// Any [`Error`] but those of links: the bytes are not bencoded, `info` is not right (see
    /// [`Info::parse`]), or the file is longer than [`MAX_TORRENT_LENGTH`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_TORRENT_LENGTH {
            return Err(Error::TooLarge);
        }
        let (root, _) = Value::split(bytes)?;
        let info = Info::from_value(root.get("info").ok_or(Error::Missing("info".into()))?)?;
        let piece_layers = match root.get("piece layers") {
            Some(layers) if info.hashes().v2().is_some() => PieceLayers::parse(layers, &info)?,
            _ => PieceLayers::default(),
        };
        Ok(Self {
            info,
            piece_layers,
            announce: parse_announce(root),
            url_list: root.get("url-list").map_or_else(Vec::new, |urls| parse_urls(urls, MAX_WEB_SEEDS)),
            comment: text(root, "comment.utf-8").or_else(|| text(root, "comment")),
            created_by: text(root, "created by"),
            creation_date: root.get("creation date").and_then(|date| date.as_int()),
            endorsements: parse_endorsements(root),
        })
    }

    /// The torrent file, canonically encoded; `info` keeps the very bytes it was read from.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut entries = Vec::new();
        if let Some(first) = self.announce.iter().flatten().next() {
            entries.push(("announce", Item::from(&**first)));
        }
        if self.announce.iter().flatten().count() > 1 {
            entries.push(("announce-list", self.announce.iter().map(|tier| list(tier)).collect()));
        }
        if !self.url_list.is_empty() {
            entries.push(("url-list", list(&self.url_list)));
        }
        if let Some(comment) = &self.comment {
            entries.push(("comment", Item::from(&**comment)));
        }
        if let Some(created_by) = &self.created_by {
            entries.push(("created by", Item::from(&**created_by)));
        }
        if let Some(date) = self.creation_date {
            entries.push(("creation date", Item::Int(date)));
        }
        if !self.endorsements.is_empty() {
            entries.push(("btt-sig", self.endorsements.iter().map(Endorsement::item).collect()));
        }
        entries.push(("info", Item::Raw(self.info.raw())));
        let layers = self.piece_layers.encode();
        if self.info.hashes().v2().is_some() {
            entries.push(("piece layers", Item::Raw(&layers)));
        }
        Item::dict(entries).encode()
    }
}

impl Endorsement {
    fn item(&self) -> Item<'_> {
        Item::dict([
            ("account", Item::from(&*self.account)),
            ("issued", Item::Int(self.issued)),
            ("signature", Item::from(&self.signature[..])),
        ])
    }

    fn parse(value: Value<'_>) -> Option<Self> {
        let account = value.get("account")?.as_str().filter(|account| account.len() <= MAX_ACCOUNT)?;
        let signature = value.get("signature")?.as_bytes().filter(|bytes| bytes.len() == SIGNATURE_LENGTH)?;
        let issued = value.get("issued")?.as_int()?;
        Some(Self { account: account.to_owned(), issued, signature: signature.to_vec() })
    }
}

/// Those that have the right form.
fn parse_endorsements(root: Value<'_>) -> Vec<Endorsement> {
    let list = root.get("btt-sig").and_then(|list| list.items()).into_iter().flatten();
    list.filter_map(Endorsement::parse).take(MAX_ENDORSEMENTS).collect()
}

fn list(texts: &[String]) -> Item<'_> {
    texts.iter().map(|text| Item::from(&**text)).collect()
}

fn text(dict: Value<'_>, key: &str) -> Option<String> {
    let text = String::from_utf8_lossy(dict.get(key)?.as_bytes()?);
    if text.is_empty() { None } else { Some(text.into_owned()) }
}

/// The tiers of `announce-list`, or `announce` alone where that has none.
fn parse_announce(root: Value<'_>) -> Vec<Vec<String>> {
    let mut tiers = Vec::new();
    let mut room = MAX_TRACKERS;
    for tier in root.get("announce-list").and_then(|tiers| tiers.items()).into_iter().flatten() {
        let tier = parse_urls(tier, room);
        if !tier.is_empty() {
            room -= tier.len();
            tiers.push(tier);
        }
    }
    if tiers.is_empty() {
        tiers.extend(root.get("announce").map(|url| parse_urls(url, 1)).filter(|tier| !tier.is_empty()));
    }
    tiers
}

/// At most `room` different addresses, from a list of strings or from one string.
fn parse_urls(value: Value<'_>, room: usize) -> Vec<String> {
    let mut urls = Vec::new();
    let one = value.as_str();
    let many = value.items().into_iter().flatten().filter_map(|url| url.as_str());
    for url in one.into_iter().chain(many).map(str::trim).filter(|url| !url.is_empty()) {
        if urls.len() == room {
            break;
        }
        if !urls.iter().any(|known| known == url) {
            urls.push(url.to_owned());
        }
    }
    urls
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::InfoBuilder;
    use crate::merkle::Hash;

    const INFO: &str = "d6:lengthi3e4:name1:a12:piece lengthi16384e6:pieces20:xxxxxxxxxxxxxxxxxxxxe";

    /// A torrent file with these fields before `info`.
    fn with(fields: &str) -> Metainfo {
        Metainfo::parse(format!("d{fields}4:info{INFO}e").as_bytes()).unwrap()
    }

    #[test]
    fn an_announce_is_one_tier() {
        assert_eq!(with("8:announce7:wss://a").announce, [["wss://a"]]);
    }

    #[test]
    fn an_announce_list_takes_the_place_of_announce() {
        let announce = with("8:announce1:x13:announce-listll1:a1:beleli7eel1:cee").announce;
        assert_eq!(announce, [vec!["a", "b"], vec!["c"]]);
    }

    #[test]
    fn an_announce_list_without_trackers_leaves_announce() {
        assert_eq!(with("8:announce1:x13:announce-listllee").announce, [["x"]]);
    }

    #[test]
    fn an_announce_list_may_lack_tiers() {
        assert_eq!(with("13:announce-listl1:a1:be").announce, [["a"], ["b"]]);
    }

    #[test]
    fn trackers_have_a_limit() {
        let tiers =
            "ll1:a1:bel1:cee".replace("1:c", &(0..200).map(|n| format!("4:t{n:03}")).collect::<String>());
        let announce = with(&format!("13:announce-list{tiers}")).announce;
        assert_eq!(announce.iter().flatten().count(), MAX_TRACKERS);
    }

    #[test]
    fn a_url_list_is_a_string_or_a_list() {
        assert_eq!(with("8:url-list3:a/b").url_list, ["a/b"]);
        assert_eq!(with("8:url-listl1:a1:b1:a0:e").url_list, ["a", "b"]);
        assert!(with("8:url-list0:").url_list.is_empty());
    }

    #[test]
    fn fields_of_another_kind_are_left_out() {
        let metainfo = with("8:announcei1e7:commenti1e10:created byle13:creation date1:x8:url-listde");
        assert_eq!(metainfo, Metainfo::new(metainfo.info.clone()));
    }

    #[test]
    fn every_field_survives_writing() {
        let leaves = [Hash::of_block(b"a"), Hash::of_block(b"b")];
        let (info, layers) = InfoBuilder::single("a", 20_000).finish(&[[0; 20]; 2], &leaves).unwrap();
        let mut metainfo = Metainfo::new(info);
        assert_eq!(Metainfo::parse(&metainfo.to_bytes()), Ok(metainfo.clone()));
        metainfo.piece_layers = layers;
        metainfo.announce = vec![vec!["a".to_owned(), "b".to_owned()], vec!["c".to_owned()]];
        metainfo.url_list = vec!["http://x/".to_owned()];
        metainfo.comment = Some("é".to_owned());
        metainfo.created_by = Some("Seedcast".to_owned());
        metainfo.creation_date = Some(-1);
        let endorsement = |n| Endorsement { account: format!("x:{n}"), issued: n, signature: vec![7; 65] };
        metainfo.endorsements = vec![endorsement(1), endorsement(-2)];
        assert_eq!(Metainfo::parse(&metainfo.to_bytes()), Ok(metainfo));
    }

    #[test]
    fn endorsements_of_another_form_are_left_out() {
        let signature = format!("65:{}", "s".repeat(65));
        let good = format!("d7:account1:a6:issuedi5e9:signature{signature}e");
        for bad in ["i1e", "de", "d7:account1:a6:issuedi5e9:signature1:se", "d7:accounti1e6:issuedi5ee"] {
            let endorsements = with(&format!("7:btt-sigl{bad}{good}e")).endorsements;
            assert_eq!(endorsements.len(), 1, "{bad}");
        }
        assert_eq!(with(&format!("7:btt-sigl{}e", good.repeat(9))).endorsements.len(), MAX_ENDORSEMENTS);
        assert_eq!(with(&format!("7:btt-sigl{}{good}e", "de".repeat(9))).endorsements.len(), 1);
        assert!(with("7:btt-sigi1e").endorsements.is_empty());
    }

    #[test]
    fn info_is_kept_byte_by_byte() {
        let info = "d4:name1:a6:lengthi003e12:piece lengthi16384e6:pieces20:xxxxxxxxxxxxxxxxxxxx1:?lee";
        let metainfo = Metainfo::parse(format!("d4:info{info}e").as_bytes()).unwrap();
        assert_eq!(metainfo.to_bytes(), format!("d4:info{info}e").as_bytes());
        assert_eq!(metainfo.info.info_hash(), crate::InfoHash::of(info.as_bytes()));
    }

    #[test]
    fn a_line_break_at_the_end_is_ignored() {
        assert!(Metainfo::parse(format!("d4:info{INFO}e\r\n").as_bytes()).is_ok());
    }

    #[test]
    fn a_file_without_info_is_refused() {
        assert_eq!(Metainfo::parse(b"de"), Err(Error::Missing("info".into())));
        assert_eq!(Metainfo::parse(b"le"), Err(Error::Missing("info".into())));
        assert_eq!(Metainfo::parse(b"d4:infolee"), Err(Error::Invalid("info".into())));
    }
}
