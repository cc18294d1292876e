//! What people paste to open a torrent: a magnet link, a share link, or a bare info hash.

use metainfo::{InfoHash, InfoHashV2, InfoHashes, Magnet};
use percent_encoding::percent_decode_str;

/// Why a pasted text names no torrent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typo {
    /// There is no text.
    Empty,
    /// A magnet link with something wrong in it.
    Magnet(metainfo::Error),
    /// A web address without a magnet link after its `#`.
    PlainAddress,
    /// What could be an info hash, but for its length in characters.
    HashLength(usize),
    /// As long as an info hash, with a character that none has.
    HashCharacter(char),
    /// None of these.
    Unknown,
}

/// The torrent that `text` names.
///
/// # Errors
/// [`Typo`] says what is wrong with it.
pub fn parse(text: &str) -> Result<Magnet, Typo> {
    let text = text.trim().trim_matches(['<', '>', '"', '\'']);
    if text.is_empty() {
        return Err(Typo::Empty);
    }
    if let Some(magnet) = magnet_in(text) {
        return Magnet::parse(&magnet).map_err(Typo::Magnet);
    }
    if text.contains("://") {
        return Err(Typo::PlainAddress);
    }
    if let Ok(hash) = text.parse::<InfoHash>() {
        return Ok(Magnet::new(hash));
    }
    if let Ok(hash) = text.parse::<InfoHashV2>() {
        return Ok(Magnet::new(InfoHashes::Two(hash)));
    }
    let length = text.chars().count();
    match text.chars().find(|character| !character.is_ascii_alphanumeric()) {
        None if length == 40 => Err(text
            .chars()
            .find(|character| !character.is_ascii_hexdigit())
            .map_or(Typo::Unknown, Typo::HashCharacter)),
        None if length == 32 => Err(text
            .chars()
            .find(|character| matches!(character, '0' | '1' | '8' | '9'))
            .map_or(Typo::Unknown, Typo::HashCharacter)),
        None if (28..=44).contains(&length) => Err(Typo::HashLength(length)),
        _ => Err(Typo::Unknown),
    }
}

/// The link that opens `magnet` in the page at `address` (without query and fragment).
#[must_use]
pub fn share_link(address: &str, magnet: &str) -> String {
    format!("{address}#{magnet}")
}

/// The magnet link that is `text`, or that follows the `#` of an address. Some programs escape it there.
fn magnet_in(text: &str) -> Option<String> {
    let start = if starts_with_ignoring_case(text, "magnet:") { 0 } else { text.find('#')? + 1 };
    let tail = &text[start..];
    if starts_with_ignoring_case(tail, "magnet:") {
        return Some(tail.to_owned());
    }
    if starts_with_ignoring_case(tail, "magnet%3a") {
        return Some(unescape(tail));
    }
    None
}

fn starts_with_ignoring_case(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// One level of percent-encoding removed, and what is wrongly escaped left as it is.
#[must_use]
pub fn unescape(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "dd8255ecdc7ca55fb0bbf81323d87062db1f6d1c";

    fn hash_of(text: &str) -> String {
        parse(text).unwrap().hashes.id().to_string()
    }

    #[test]
    fn a_magnet_link_is_understood() {
        let magnet = parse(&format!("  magnet:?xt=urn:btih:{HASH}&dn=Big+Buck+Bunny ")).unwrap();
        assert_eq!(magnet.hashes.id().to_string(), HASH);
        assert_eq!(magnet.name.as_deref(), Some("Big Buck Bunny"));
    }

    #[test]
    fn a_share_link_is_understood() {
        assert_eq!(hash_of(&format!("https://host.example/#magnet:?xt=urn:btih:{HASH}")), HASH);
    }

    #[test]
    fn a_share_link_escaped_by_another_program_is_understood() {
        assert_eq!(hash_of(&format!("https://host.example/#magnet%3A%3Fxt%3Durn%3Abtih%3A{HASH}")), HASH);
    }

    #[test]
    fn a_bare_hash_is_understood_in_both_alphabets() {
        assert_eq!(hash_of(HASH), HASH);
        assert_eq!(hash_of(&HASH.to_uppercase()), HASH);
        assert_eq!(hash_of("3WBFL3G4PSSV7MF37AJSHWDQMLNR63I4"), "dd8255ecdc7ca55fb0bbf81323d87062db1f6d1c");
    }

    #[test]
    fn a_hash_that_lost_a_character_is_told_from_nonsense() {
        assert_eq!(parse(&HASH[1..]), Err(Typo::HashLength(39)));
        assert_eq!(parse(&HASH.replace('b', "o")), Err(Typo::HashCharacter('o')));
        assert_eq!(parse("holiday.mp4"), Err(Typo::Unknown));
    }

    #[test]
    fn an_address_without_a_torrent_is_named_as_one() {
        assert_eq!(parse("https://host.example/video.html"), Err(Typo::PlainAddress));
        assert_eq!(parse("https://host.example/#about"), Err(Typo::PlainAddress));
    }

    #[test]
    fn nothing_is_named_as_nothing() {
        assert_eq!(parse(" \n"), Err(Typo::Empty));
    }

    #[test]
    fn text_outside_ascii_is_no_link_and_no_panic() {
        assert_eq!(parse("mägnet:?xt=ü"), Err(Typo::Unknown));
        assert_eq!(parse("ß#%E"), Err(Typo::Unknown));
    }

    #[test]
    fn a_share_link_leads_back_to_its_torrent() {
        let magnet = Magnet::new(HASH.parse::<InfoHash>().unwrap()).to_string();
        assert_eq!(hash_of(&share_link("https://host.example/", &magnet)), HASH);
    }
}
