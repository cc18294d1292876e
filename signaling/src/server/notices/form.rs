//! What somebody typed into the form.

use std::collections::BTreeMap;

use metainfo::{InfoHash, InfoHashV2, Magnet, ShortLink};
use percent_encoding::percent_decode_str;

use super::{Kind, Named, Notice};

/// Torrents that a notice may name.
const MAX_TORRENTS: usize = 100;

/// Characters that fields may have, which is what the form says of them, too.
pub(super) const LONGEST: [(&str, usize); 5] =
    [("links", 6000), ("files", 2000), ("why", 4000), ("name", 200), ("email", 200)];

/// The fields of a form as it was sent, by name: trimmed, and without what is no text.
#[derive(Debug, Default)]
pub(super) struct Fields(BTreeMap<String, String>);

/// A field without which there is no notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// No torrent is named, or too many are.
    Links,
    Kind,
    Why,
    Name,
    Email,
    GoodFaith,
}

impl Missing {
    /// The field's name in the form.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Links => "links",
            Self::Kind => "kind",
            Self::Why => "why",
            Self::Name => "name",
            Self::Email => "email",
            Self::GoodFaith => "good-faith",
        }
    }
}

impl Fields {
    /// Reads `application/x-www-form-urlencoded`. Of fields with the same name the last one counts.
    pub(super) fn read(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let decode = |text: &str| {
            let spaced = text.replace('+', " ");
            let text = percent_decode_str(&spaced).decode_utf8_lossy();
            text.trim().chars().filter(|c| !c.is_control() || *c == '\n').collect::<String>()
        };
        let field = |pair: &str| {
            let (name, value) = pair.split_once('=')?;
            Some((decode(name), decode(value)))
        };
        Self(text.split('&').filter_map(field).collect())
    }

    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    pub(super) fn kind(&self) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == self.get("kind"))
    }

    /// The notice, or all that it lacks.
    pub(super) fn notice(&self, today: String) -> Result<Notice, Vec<Missing>> {
        let links = without_keys(self.get("links"));
        let torrents = torrents(&links);
        let kind = self.kind();
        let fits = |name| {
            let most = LONGEST.iter().find(|(field, _)| *field == name).map_or(0, |(_, most)| *most);
            self.get(name).chars().count() <= most
        };
        let is_named = kind != Some(Kind::ChildAbuse);
        let is_address = self
            .get("email")
            .split_once('@')
            .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty());
        let missing: Vec<_> = [
            (
                Missing::Links,
                torrents.is_empty() || torrents.len() > MAX_TORRENTS || !fits("links") || !fits("files"),
            ),
            (Missing::Kind, kind.is_none()),
            (Missing::Why, self.get("why").is_empty() || !fits("why")),
            (Missing::Name, (is_named && self.get("name").is_empty()) || !fits("name")),
            (Missing::Email, (is_named && !is_address) || !fits("email")),
            (Missing::GoodFaith, self.get("good-faith") != "yes"),
        ]
        .into_iter()
        .filter_map(|(field, is_missing)| is_missing.then_some(field))
        .collect();
        let Some(kind) = kind.filter(|_| missing.is_empty()) else { return Err(missing) };
        let text = |name| self.get(name).to_owned();
        Ok(Notice {
            received: today,
            kind,
            torrents,
            links,
            files: text("files"),
            why: text("why"),
            name: text("name"),
            email: text("email"),
        })
    }
}

/// The torrents that links, magnets or info hashes name, each once, by what trackers know them by.
fn torrents(links: &str) -> Vec<Named> {
    let mut torrents = Vec::new();
    for word in links.split_whitespace() {
        let word = bare(word);
        let link = word.split_once('#').map_or(word, |(_, fragment)| fragment);
        let short = || link.parse().ok().map(|short: ShortLink| Magnet::from(short));
        let of_version_2 = || link.parse::<InfoHashV2>().ok().map(|hash| hash.truncated());
        let hashes: Vec<InfoHash> = match Magnet::parse(link).ok().or_else(short) {
            Some(magnet) => magnet.hashes.swarms().collect(),
            None => link.parse().ok().or_else(of_version_2).into_iter().collect(),
        };
        for hash in hashes.into_iter().map(Named) {
            if !torrents.contains(&hash) && torrents.len() <= MAX_TORRENTS {
                torrents.push(hash);
            }
        }
    }
    torrents
}

/// A word without what people put around links.
fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| "<>()[]{}\"'.,;".contains(c))
}

/// Links without the keys of sealed shares: whoever runs the site decides on what a torrent is said to be, and is to be able to
/// read none by a notice.
fn without_keys(links: &str) -> String {
    let without = |line: &str| {
        let words = line.split(' ').map(|word| {
            let bare = bare(word);
            if let Ok(short) =
                bare.split_once('#').map_or(bare, |(_, fragment)| fragment).parse::<ShortLink>()
            {
                return Magnet { key: None, ..Magnet::from(short) }.to_string();
            }
            match word.split_once("x.sck=") {
                Some((before, key)) => before.to_owned() + key.split_once('&').map_or("", |(_, rest)| rest),
                None => word.to_owned(),
            }
        });
        words.collect::<Vec<_>>().join(" ")
    };
    links.lines().map(without).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "0123456789abcdef0123456789abcdef01234567";

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        Fields(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    fn complete() -> Vec<(&'static str, &'static str)> {
        vec![
            ("links", HASH),
            ("kind", "copyright"),
            ("why", "It is mine."),
            ("name", "Ada"),
            ("email", "ada@example.org"),
            ("good-faith", "yes"),
        ]
    }

    #[test]
    fn a_body_is_read_whatever_it_says() {
        let fields = Fields::read(b"why=a+b%20c%0D%0Ad&why=%C3%A9%FF%00+&=x&novalue&kind=%3Cb%3E");
        assert_eq!(
            (fields.get("why"), fields.get("kind"), fields.get("none")),
            ("\u{e9}\u{fffd}", "<b>", "")
        );
        assert!(fields.notice(String::new()).is_err());
        assert_eq!(Fields::read(b"why=a+b%20c%0D%0Ad").get("why"), "a b c\nd");
        Fields::read(&[0xff; 100]);
    }

    #[test]
    fn each_field_that_is_missing_is_named() {
        assert!(fields(&complete()).notice("2026-11-30".to_owned()).is_ok());
        for (field, missing) in [
            ("links", Missing::Links),
            ("kind", Missing::Kind),
            ("why", Missing::Why),
            ("name", Missing::Name),
            ("email", Missing::Email),
            ("good-faith", Missing::GoodFaith),
        ] {
            let mut pairs = complete();
            pairs.retain(|(name, _)| *name != field);
            assert_eq!(fields(&pairs).notice(String::new()), Err(vec![missing]));
            assert_eq!(missing.name(), field);
        }
        assert_eq!(fields(&[]).notice(String::new()).unwrap_err().len(), 6);
    }

    #[test]
    fn who_reports_abuse_of_children_need_not_say_who_they_are() {
        let mut pairs = complete();
        pairs.retain(|(name, _)| !["name", "email", "kind"].contains(name));
        pairs.push(("kind", "child-abuse"));
        assert_eq!(fields(&pairs).notice(String::new()).unwrap().email, "");
    }

    #[test]
    fn torrents_are_found_in_all_kinds_of_links() {
        let of_version_2 = format!("{HASH}{}", "0".repeat(24));
        let links = format!(
            "{HASH} https://seedcast.example/#magnet:?xt=urn:btih:{HASH}&dn=a\n\
             https://seedcast.example/embed.html#magnet:?xt=urn:btih:{other}\n{of_version_2} and words #, https://a.example/",
            other = "11".repeat(20)
        );
        let found: Vec<_> = torrents(&links).iter().map(|named| named.0.to_string()).collect();
        assert_eq!(found, [HASH.to_owned(), "11".repeat(20)]);
    }

    #[test]
    fn no_key_of_a_sealed_share_is_kept() {
        let key = "AAECAwQFBgcICQoLDA0ODw";
        let magnet: Magnet = format!("magnet:?xt=urn:btih:{HASH}&x.sck=1{key}").parse().unwrap();
        let short = ShortLink::to(&magnet).to_string();
        let mistyped =
            format!("magnet:?xt=urn:btih:{}&x.sck=1{}&tr=wss%3A%2F%2Fa", "11".repeat(20), &key[1..]);
        let typed = format!(
            "see https://a.example/#{magnet}\n<https://a.example/#{short}> https://a.example/#{short}, {mistyped}"
        );
        let mut pairs = complete();
        pairs[0] = ("links", &typed);
        let notice = fields(&pairs).notice(String::new()).unwrap();
        let found: Vec<_> = notice.torrents.iter().map(|named| named.0.to_string()).collect();
        assert_eq!(found, [HASH.to_owned(), "11".repeat(20)]);
        for secret in [key, &key[1..], &short] {
            assert!(!notice.links.contains(secret), "{}", notice.links);
        }
        assert!(notice.links.contains("&tr=wss"), "{}", notice.links);
    }

    #[test]
    fn a_field_is_as_long_as_the_form_says_and_no_longer() {
        for (name, most) in LONGEST {
            let mut pairs = complete();
            let beginning = pairs.iter().find(|(field, _)| *field == name).map_or("", |(_, value)| *value);
            let long = format!("{beginning} {}", "é".repeat(most - beginning.chars().count() - 1));
            pairs.retain(|(field, _)| *field != name);
            pairs.push((name, &long));
            assert!(fields(&pairs).notice(String::new()).is_ok(), "{name}");
            let longer = format!("{long}é");
            pairs.pop();
            pairs.push((name, &longer));
            assert!(fields(&pairs).notice(String::new()).is_err(), "{name}");
        }
    }

    #[test]
    fn what_names_more_torrents_than_may_be_is_no_notice() {
        let many: Vec<_> = (0..=MAX_TORRENTS).map(|number| format!("{number:040x}")).collect();
        let mut pairs = complete();
        let all = many.join(" ");
        pairs[0] = ("links", &all);
        assert_eq!(fields(&pairs).notice(String::new()), Err(vec![Missing::Links]));
        let fewer = many[1..].join(" ");
        pairs[0] = ("links", &fewer);
        assert_eq!(fields(&pairs).notice(String::new()).unwrap().torrents.len(), MAX_TORRENTS);
    }
}
