use std::fmt;
use std::str::FromStr;

use crate::{Error, InfoHash, InfoHashV2, InfoHashes, Magnet, SealKey, base64url};

/// A link to a torrent in few characters, for a site whose own trackers know it: `s/` and base64url of
///
/// | Bytes | |
/// |---|---|
/// | 1 | version of the format in the upper four bits, 1; flags in the lower: 1 if there is a key, 2 if the hash is of version 2 |
/// | 20 or 32 | the hash of version 1, or, of a torrent that has none, that of version 2 |
/// | 0 or 16 | the key of a sealed share |
/// | 2 | CRC-16 of all before |
///
/// That is 33 characters, 54 with a key, and 49 of version 2 alone. What is mistyped is told: the checksum finds every
/// change within 16 bits, so each character that is another and each two neighbours that are swapped; of other texts one
/// in 65 536 passes.
///
/// Of a hybrid there is the hash of version 1 only: its description, which everybody has from the swarm, says the other.
/// A hash of version 2 is not cut to the 20 bytes by which trackers know it (BEP 52). Nobody could tell it from one of
/// version 1 before the description is here, and until then peers of version 2 would be greeted as others, and magnet
/// links made of it would name a torrent that does not exist. So only of version 2 alone and with a key a link is longer
/// than 60 characters, namely 70; what this program seals has a hash of version 1.
///
/// ```
/// use metainfo::{InfoHash, Magnet, ShortLink};
///
/// let torrent: InfoHash = "d2474e86c95b19b8bcfdb92bc12c9d44667cfa36".parse()?;
/// let link = ShortLink::to(&Magnet::new(torrent)).to_string();
/// assert_eq!(link, "s/ENJHTobJWxm4vP25K8EsnURmfPo2YRQ");
/// assert_eq!(Magnet::from(link.parse::<ShortLink>()?), Magnet::new(torrent));
/// # Ok::<(), metainfo::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShortLink {
    /// Never both.
    hashes: InfoHashes,
    key: Option<SealKey>,
}

impl ShortLink {
    /// The link to what `magnet` leads to. Of a magnet's trackers, web seeds and other hints it has nothing.
    #[must_use]
    pub fn to(magnet: &Magnet) -> Self {
        let hashes = magnet.hashes.v1().map_or(magnet.hashes, InfoHashes::One);
        Self { hashes, key: magnet.key.clone() }
    }
}

/// A magnet with the same torrent and key.
impl From<ShortLink> for Magnet {
    fn from(link: ShortLink) -> Self {
        Self { key: link.key, ..Self::new(link.hashes) }
    }
}

impl fmt::Display for ShortLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.key.as_ref().map(SealKey::as_bytes);
        let (is_v2, hash) = match &self.hashes {
            InfoHashes::One(v1) | InfoHashes::Both(v1, _) => (0, &v1.as_bytes()[..]),
            InfoHashes::Two(v2) => (IS_V2, &v2.as_bytes()[..]),
        };
        let has_key = if key.is_some() { HAS_KEY } else { 0 };
        let mut bytes = vec![VERSION << 4 | is_v2 | has_key];
        bytes.extend_from_slice(hash);
        bytes.extend_from_slice(key.map_or(&[], |key| key));
        let checksum = crc16(&bytes);
        bytes.extend_from_slice(&checksum.to_be_bytes());
        write!(f, "{PREFIX}{}", base64url::encode(&bytes))
    }
}

/// Reads what `Display` writes, and nothing else.
///
/// # Errors
///
/// [`Error::NotShort`] without `s/`; [`Error::ShortVersion`] for a link of a later version that is whole;
/// [`Error::ShortTypo`].
impl FromStr for ShortLink {
    type Err = Error;

    fn from_str(link: &str) -> Result<Self, Error> {
        let text = link.strip_prefix(PREFIX).ok_or(Error::NotShort)?;
        let bytes = if text.len() <= MAX_LENGTH { base64url::decode(text) } else { None };
        let (first, rest) = bytes.as_deref().and_then(checked).ok_or(Error::ShortTypo)?;
        let (version, flags) = (first >> 4, first & 0x0f);
        if version != VERSION || flags & !(HAS_KEY | IS_V2) != 0 {
            return Err(Error::ShortVersion);
        }
        Self::of(flags, rest).ok_or(Error::ShortTypo)
    }
}

impl ShortLink {
    fn of(flags: u8, bytes: &[u8]) -> Option<Self> {
        let (hashes, key) = if flags & IS_V2 == 0 {
            let (v1, key) = bytes.split_first_chunk()?;
            (InfoHashes::One(InfoHash::from_bytes(*v1)), key)
        } else {
            let (v2, key) = bytes.split_first_chunk()?;
            (InfoHashes::Two(InfoHashV2::from_bytes(*v2)), key)
        };
        let key = match key {
            [] if flags & HAS_KEY == 0 => None,
            key if flags & HAS_KEY != 0 => Some(SealKey::from_bytes(key.try_into().ok()?)),
            _ => return None,
        };
        Some(Self { hashes, key })
    }
}

/// The first byte and those before the checksum, if that is right.
fn checked(bytes: &[u8]) -> Option<(&u8, &[u8])> {
    let (content, checksum) = bytes.split_last_chunk()?;
    if u16::from_be_bytes(*checksum) == crc16(content) { content.split_first() } else { None }
}

/// CRC-16/IBM-3740, also known as CCITT-FALSE.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xffff, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte) << 8, |crc, _| crc << 1 ^ if crc >> 15 == 1 { 0x1021 } else { 0 })
    })
}

const PREFIX: &str = "s/";
const VERSION: u8 = 1;
const HAS_KEY: u8 = 1;
const IS_V2: u8 = 2;

/// Characters behind the prefix that are read: later versions may have longer links.
const MAX_LENGTH: usize = 512;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::InfoHashV2;

    const KEY: SealKey = SealKey::from_bytes([0xa5; 16]);

    /// Of either version, without a key and with one.
    fn links() -> [ShortLink; 4] {
        let v1 = InfoHashes::One(InfoHash::from_bytes(std::array::from_fn(|place| place as u8 * 12)));
        let v2 = InfoHashes::Two(InfoHashV2::of(b"x"));
        [(v1, None), (v1, Some(KEY)), (v2, None), (v2, Some(KEY))]
            .map(|(hashes, key)| ShortLink { hashes, key })
    }

    fn any_link() -> impl Strategy<Value = ShortLink> {
        any::<([u8; 32], bool, Option<[u8; 16]>)>().prop_map(|(hash, is_v2, key)| {
            let v2 = InfoHashV2::from_bytes(hash);
            let hashes = if is_v2 { InfoHashes::Two(v2) } else { InfoHashes::One(v2.truncated()) };
            ShortLink { hashes, key: key.map(SealKey::from_bytes) }
        })
    }

    #[test]
    fn the_checksum_is_the_one_it_is_called() {
        assert_eq!(crc16(b"123456789"), 0x29b1);
    }

    #[test]
    fn a_link_has_at_most_60_characters_behind_the_address_unless_sealed_for_version_2_alone() {
        assert_eq!(links().map(|link| format!("#{link}").len()), [34, 55, 50, 71]);
    }

    #[test]
    fn it_leads_to_what_the_magnet_leads_to() {
        let (v1, v2) = (InfoHash::of(b"x"), InfoHashV2::of(b"x"));
        for key in [None, Some(KEY)] {
            for (hashes, linked) in [
                (InfoHashes::One(v1), InfoHashes::One(v1)),
                (InfoHashes::Both(v1, v2), InfoHashes::One(v1)),
                (InfoHashes::Two(v2), InfoHashes::Two(v2)),
            ] {
                let magnet = Magnet { key: key.clone(), name: Some("a".to_owned()), ..Magnet::new(hashes) };
                let link: ShortLink = ShortLink::to(&magnet).to_string().parse().unwrap();
                assert_eq!(Magnet::from(link), Magnet { key: key.clone(), ..Magnet::new(linked) });
                assert!(linked.all_in(&hashes));
            }
        }
    }

    #[test]
    fn every_character_that_is_another_and_every_swap_is_told() {
        for link in links().map(|link| link.to_string()) {
            let mut tried = 0;
            for at in PREFIX.len()..link.len() {
                for other in
                    (0..128).map(char::from).filter(|other| *other != char::from(link.as_bytes()[at]))
                {
                    let mut typo = link.clone();
                    typo.replace_range(at..=at, &other.to_string());
                    assert_eq!(typo.parse::<ShortLink>(), Err(Error::ShortTypo), "{typo}");
                    tried += 1;
                }
                let (mut swapped, cut) = (link.clone().into_bytes(), &link[..at]);
                assert_eq!(cut.parse::<ShortLink>(), Err(Error::ShortTypo));
                if at > PREFIX.len() && swapped[at - 1] != swapped[at] {
                    swapped.swap(at - 1, at);
                    let swapped = String::from_utf8(swapped).unwrap();
                    assert_eq!(swapped.parse::<ShortLink>(), Err(Error::ShortTypo), "{swapped}");
                }
            }
            assert_eq!(tried, (link.len() - PREFIX.len()) * 127);
            assert_eq!(format!("{link}A").parse::<ShortLink>(), Err(Error::ShortTypo));
            assert_eq!(link.to_lowercase().parse::<ShortLink>(), Err(Error::ShortTypo));
        }
    }

    #[test]
    fn a_link_of_a_later_version_is_told_from_a_typo() {
        for first in [0x00, 0x14, 0x18, 0x20, 0xf1] {
            let mut bytes = vec![first; 24];
            bytes.extend(crc16(&bytes).to_be_bytes());
            let later = format!("s/{}", base64url::encode(&bytes));
            assert_eq!(later.parse::<ShortLink>(), Err(Error::ShortVersion), "{first}");
        }
    }

    #[test]
    fn a_link_of_another_length_is_a_typo_whatever_its_checksum() {
        for (first, length) in [
            (0x10, 20),
            (0x10, 22),
            (0x10, 37),
            (0x11, 21),
            (0x11, 36),
            (0x11, 38),
            (0x12, 32),
            (0x12, 34),
            (0x13, 48),
            (0x13, 50),
            (0x10, 1),
            (0x10, 600),
        ] {
            let mut bytes = vec![0; length];
            bytes[0] = first;
            bytes.extend(crc16(&bytes).to_be_bytes());
            let wrong = format!("s/{}", base64url::encode(&bytes));
            assert_eq!(wrong.parse::<ShortLink>(), Err(Error::ShortTypo), "{first} {length}");
        }
        for (text, why) in
            [("", Error::NotShort), ("s", Error::NotShort), ("S/", Error::NotShort), ("s/", Error::ShortTypo)]
        {
            assert_eq!(text.parse::<ShortLink>(), Err(why));
        }
    }

    #[test]
    fn the_key_is_not_shown() {
        assert!(format!("{:?}", links()[1]).contains("key: Some(SealKey(…))"));
    }

    proptest! {
        #[test]
        fn a_link_is_read_back(link in any_link()) {
            prop_assert_eq!(link.to_string().parse(), Ok(link));
        }

        #[test]
        fn a_link_that_is_read_is_the_only_one(link in any_link(), changes in prop::collection::vec((0..99_usize, "[A-Za-z0-9_-]"), 1..4)) {
            let mut text = link.to_string();
            for (at, character) in changes {
                let at = PREFIX.len() + at % (text.len() - PREFIX.len());
                text.replace_range(at..=at, &character);
            }
            if let Ok(read) = text.parse::<ShortLink>() {
                prop_assert_eq!(read.to_string(), text);
            }
        }
    }
}
