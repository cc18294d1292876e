//! What people paste to open a torrent: a magnet link, a share link, or a bare info hash, and maybe the sentence around it.

use metainfo::{InfoHash, InfoHashV2, InfoHashes, Magnet, ShortLink};
use percent_encoding::percent_decode_str;

/// Why a pasted text names no torrent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typo {
    /// There is no text.
    Empty,
    /// A magnet link or a short link with something wrong in it.
    Magnet(metainfo::Error),
    /// A web address without one of them after its `#`.
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
    if let Some(magnet) = magnet_of(text) {
        return magnet.map_err(Typo::Magnet);
    }
    if let Some(magnet) = short_of(text) {
        return magnet.map_err(Typo::Magnet);
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

/// The link that opens `magnet` in the page at `address` (without query and fragment). It is short unless that would
/// leave something out by which the torrent is found: other trackers than those of the page's own site, web seeds, or a
/// choice of files.
#[must_use]
pub fn share_link(address: &str, magnet: &str, own_trackers: &[String]) -> String {
    let says_all = |magnet: &Magnet| {
        let is_known = magnet.trackers.iter().all(|tracker| own_trackers.contains(tracker));
        is_known && magnet.web_seeds.is_empty() && magnet.select_only.is_none() && magnet.other.is_empty()
    };
    match Magnet::parse(magnet).ok().filter(says_all) {
        Some(magnet) => format!("{address}#{}", ShortLink::to(&magnet)),
        None => format!("{address}#{magnet}"),
    }
}

/// The same magnet link without the key of a sealed share. Who opens it can keep the share and pass it on, and not read it.
#[must_use]
pub fn locked(magnet: &str) -> String {
    let locked = Magnet::parse(magnet).map(|magnet| Magnet { key: None, ..magnet });
    locked.map(|magnet| magnet.to_string()).unwrap_or_default()
}

/// What the short link opens that is `text` or in it, if any is: the first that is right, or what is wrong with the first.
fn short_of(text: &str) -> Option<Result<Magnet, metainfo::Error>> {
    let mut found = text.split_whitespace().filter_map(short_in);
    let first = found.next()?;
    if first.is_ok() { Some(first) } else { Some(found.find(Result::is_ok).unwrap_or(first)) }
}

/// The short link that is `word`, or stands behind its `#`, which some programs escape. Parameters of magnet links may
/// follow, as players have them; the `&` of other programs brings nothing that is understood.
fn short_in(word: &str) -> Option<Result<Magnet, metainfo::Error>> {
    // One that is there as it is may have parameters that are escaped themselves.
    let is_plain = word.starts_with("s/") || word.contains("#s/");
    let word = if is_plain { word.to_owned() } else { unescape(word) };
    let link = word.split_once("#s/").map_or(word.strip_prefix("s/"), |(_, link)| Some(link))?;
    let is_digit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let (digits, rest) = link.split_at(link.find(|c| !is_digit(c)).unwrap_or(link.len()));
    let rest = if rest.starts_with('&') { rest } else { "" };
    let magnet = format!("s/{digits}").parse::<ShortLink>().map(Magnet::from);
    Some(magnet.and_then(|magnet| Magnet::parse(&format!("{magnet}{rest}"))))
}

/// The magnet link that is `text` or in it, if any is: the first that names a torrent, or what is wrong with the first.
fn magnet_of(text: &str) -> Option<Result<Magnet, metainfo::Error>> {
    // Some programs write names with spaces, so a link that begins the text may be all of it.
    let whole = magnet_in(text).filter(|_| is_at(text, "magnet:") || !text.contains(char::is_whitespace));
    let words =
        || text.split_whitespace().filter_map(|word| magnet_in(word.trim_end_matches(is_behind_links)));
    let mut found = whole.into_iter().chain(words()).map(|magnet| Magnet::parse(&magnet));
    let first = found.next()?;
    if first.is_ok() { Some(first) } else { Some(found.find(Result::is_ok).unwrap_or(first)) }
}

/// The magnet link that begins somewhere in `text`, as behind the `#` of an address, or behind `web+`, without which
/// browsers open no links of other schemes. Some programs escape it there, or what is before it, too; some twice.
fn magnet_in(text: &str) -> Option<String> {
    let mut text = text.to_owned();
    for _ in 0..3 {
        let start = text.char_indices().map(|(at, _)| at).find(|at| {
            let before = text[..*at].chars().next_back();
            let is_escaped = ["%23", "%2b"].into_iter().any(|escape| {
                text[..*at].get(at.saturating_sub(3)..).is_some_and(|before| is_at(before, escape))
            });
            is_at(&text[*at..], "magnet") && (is_escaped || before.is_none_or(|c| !c.is_alphanumeric()))
        })?;
        text.drain(..start);
        if is_at(&text, "magnet:") {
            return Some(text);
        }
        if !is_at(&text, "magnet%") {
            return None;
        }
        text = unescape(&text);
    }
    None
}

/// Whether it ends a sentence or a quotation, and no link.
const fn is_behind_links(c: char) -> bool {
    matches!(
        c,
        '.' | ','
            | ';'
            | ':'
            | '!'
            | '?'
            | ')'
            | ']'
            | '}'
            | '>'
            | '"'
            | '\''
            | '»'
            | '”'
            | '’'
            | '…'
            | '。'
            | '，'
    )
}

fn is_at(text: &str, prefix: &str) -> bool {
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

    // Issue 13, C: as browsers hand links to the page that opens them.
    #[test]
    fn a_link_of_another_scheme_for_the_web_is_understood() {
        for text in [
            format!("web+magnet:?xt=urn:btih:{HASH}"),
            format!("web%2Bmagnet%3A%3Fxt%3Durn%3Abtih%3A{HASH}"),
            format!("WEB+MAGNET:?xt=urn:btih:{HASH}"),
        ] {
            assert_eq!(hash_of(&text), HASH, "{text}");
        }
        assert_eq!(parse(&format!("webmagnet:?xt=urn:btih:{HASH}")), Err(Typo::Unknown));
    }

    // Issue 13, A8.
    #[test]
    fn a_link_in_a_sentence_is_understood() {
        for text in [
            format!("Look at this: https://host.example/#magnet:?xt=urn:btih:{HASH} , nice"),
            format!("magnet:?xt=urn:btih:{HASH}, which I like"),
            format!("(see <https://host.example/#magnet:?xt=urn:btih:{HASH}>.)"),
            format!("https://other.example/#about and\nhttps://host.example/#magnet:?xt=urn:btih:{HASH}"),
            format!("Get “magnet:?xt=urn:btih:{HASH}”!"),
        ] {
            assert_eq!(hash_of(&text), HASH, "{text}");
        }
        let spaces =
            parse(&format!("magnet:?xt=urn:btih:{HASH}&dn=Big Buck Bunny&tr=wss://a.example")).unwrap();
        assert_eq!((spaces.name.as_deref(), spaces.trackers.len()), (Some("Big Buck Bunny"), 1));
        assert!(matches!(parse("look: magnet:?xt=urn:btih:12 , nice"), Err(Typo::Magnet(_))));
        assert_eq!(parse("I found a magnet: it is red"), Err(Typo::Unknown));
    }

    // Issue 13, A8.
    #[test]
    fn a_link_is_understood_however_often_it_was_escaped() {
        for text in [
            format!("magnet%3A%3Fxt%3Durn%3Abtih%3A{HASH}"),
            format!("https://host.example/%23magnet:?xt=urn:btih:{HASH}"),
            format!("https://host.example/%23magnet%3A%3Fxt%3Durn%3Abtih%3A{HASH}"),
            format!("https://host.example/#magnet%253A%253Fxt%253Durn%253Abtih%253A{HASH}"),
        ] {
            assert_eq!(hash_of(&text), HASH, "{text}");
        }
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
        assert_eq!(hash_of(&share_link("https://host.example/", &magnet, &[])), HASH);
    }

    #[test]
    fn a_link_without_its_key_names_the_same_torrent() {
        let magnet = format!("magnet:?xt=urn:btih:{HASH}&tr=wss%3A%2F%2Fa.example");
        assert_eq!(locked(&format!("{magnet}&x.sck=1AAECAwQFBgcICQoLDA0ODw")), magnet);
        assert_eq!(locked(&magnet), magnet);
        let twice = format!("{magnet}&x.sck=1AAECAwQFBgcICQoLDA0ODw&x.sck.1=1AAECAwQFBgcICQoLDA0ODw");
        assert_eq!(locked(&twice), magnet);
        assert_eq!(locked(&format!("{magnet}&x.sck=1AAEC")), "");
    }

    const SHORT: &str = "s/EN2CVezcfKVfsLv4EyPYcGLbH20c8JI";

    #[test]
    fn a_link_is_short_if_it_says_all_that_leads_to_the_torrent() {
        let own = ["wss://host.example/announce".to_owned()];
        let link = |more: &str| {
            share_link("https://host.example/", &format!("magnet:?xt=urn:btih:{HASH}{more}"), &own)
        };
        for more in ["", "&dn=film", "&tr=wss%3A%2F%2Fhost.example%2Fannounce", "&x.pe=1.2.3.4:5"] {
            assert_eq!(link(more), format!("https://host.example/#{SHORT}"), "{more}");
        }
        for more in [
            "&tr=wss%3A%2F%2Fother.example",
            "&ws=https%3A%2F%2Fa.example%2F",
            "&so=1",
            "&xs=https:%2F%2Fa.example%2Fb",
        ] {
            assert_eq!(link(more), format!("https://host.example/#magnet:?xt=urn:btih:{HASH}{more}"));
        }
        let sealed = link("&x.sck=1AAECAwQFBgcICQoLDA0ODw");
        assert_eq!(sealed.len(), "https://host.example/#".len() + 54);
        assert!(parse(&sealed).unwrap().key.is_some());
    }

    #[test]
    fn a_short_link_is_understood_wherever_it_stands() {
        for text in [
            SHORT,
            &format!("#{SHORT}"),
            &format!("https://host.example/#{SHORT}"),
            &format!("<https://host.example/?x#{SHORT}>"),
            &format!("Here it is: https://host.example/#{SHORT}. Have fun!"),
            &format!("(https://host.example/#{SHORT})"),
            &format!("https://host.example/%23{}", SHORT.replace('/', "%2F")),
            &format!("https://host.example/#{SHORT}&fbclid=x"),
            &format!("https://host.example/#s/broken https://host.example/#{SHORT}"),
        ] {
            assert_eq!(hash_of(text), HASH, "{text}");
        }
        let player = parse(&format!("#{SHORT}&ws=https%3A%2F%2Fa.example%2F&so=2")).unwrap();
        assert_eq!((player.web_seeds.len(), player.select_only.is_some()), (1, true));
        let escaped = "https%3A%2F%2Fa.example%2Fa%2520film.mp4%3Fa%3D1%26so%3D2";
        let player = parse(&format!("#{SHORT}&ws={escaped}")).unwrap();
        assert_eq!(player.web_seeds, ["https://a.example/a%20film.mp4?a=1&so=2"]);
        assert_eq!(player.select_only, None);
    }

    #[test]
    fn a_short_link_with_a_typo_is_told_as_one() {
        let typo = Err(Typo::Magnet(metainfo::Error::ShortTypo));
        assert_eq!(parse(&SHORT.replace("EN2", "EM2")), typo);
        assert_eq!(parse(&format!("https://host.example/#{}", &SHORT[..20])), typo);
        assert_eq!(parse("#s/"), typo);
    }
}
