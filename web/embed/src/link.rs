//! What to play, and how: `embed.html?<options>#<magnet link>`.
//!
//! The magnet link names everything that the torrent comes from: trackers (`tr`), web seeds (`ws`), the torrent file
//! (`xs`), and by `so` the file to play. Options are those of `<video>`.

use host::link::{self, Typo};
use host::player::OFFERED_SPEEDS;
use language::Language;
use metainfo::Magnet;

/// Characters of the options.
pub const MAX_OPTIONS: usize = 8 << 10;
/// [`OFFERED_SPEEDS`], as an address says them.
const SPEEDS: [&str; OFFERED_SPEEDS.len()] = ["0.5", "0.75", "1", "1.25", "1.5", "1.75", "2"];

/// What the address of a player says.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The torrent.
    pub magnet: Magnet,
    /// A picture to show before it plays: an address with `http` or `https`.
    pub poster: Option<String>,
    /// Play at once.
    pub autoplay: bool,
    /// Fetch the beginning before it is to be played.
    pub preload: bool,
    /// Without sound.
    pub muted: bool,
    /// From the start again at the end.
    pub repeats: bool,
    /// Show the controls.
    pub controls: bool,
    /// How many times as fast as usual it plays: one of [`OFFERED_SPEEDS`].
    pub speed: f64,
    /// Subtitles to show from the start: those in the language with this tag, or, if it is empty, the player's.
    pub subtitles: Option<String>,
}

/// Why an address is not that of a player.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// There is no link.
    Missing,
    /// The link is wrong in a way that can be told.
    Magnet(metainfo::Error),
    /// What is behind the `#` is no link.
    NotALink,
    /// The options are longer than [`MAX_OPTIONS`].
    TooLong,
    /// An option that is either on or off has another value.
    Switch(&'static str),
    /// The speed is none of those that are offered.
    Speed,
    /// The poster is no address of the web.
    Poster,
}

impl Link {
    /// Reads the `query` and the `fragment` of an address, with or without their `?` and `#`. Options that it does not
    /// know are left to later versions.
    ///
    /// # Errors
    /// [`Error`] says what is wrong.
    pub fn parse(query: &str, fragment: &str) -> Result<Self, Error> {
        if query.len() > MAX_OPTIONS {
            return Err(Error::TooLong);
        }
        let magnet = link::parse(fragment.trim_start_matches('#')).map_err(|typo| match typo {
            Typo::Empty => Error::Missing,
            Typo::Magnet(why) => Error::Magnet(why),
            _ => Error::NotALink,
        })?;
        let mut link = Self {
            magnet,
            poster: None,
            autoplay: false,
            preload: false,
            muted: false,
            repeats: false,
            controls: true,
            speed: 1.0,
            subtitles: None,
        };
        for option in query.trim_start_matches('?').split('&') {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            match name {
                "autoplay" => link.autoplay = switch("autoplay", value)?,
                "preload" => link.preload = switch("preload", value)?,
                "muted" => link.muted = switch("muted", value)?,
                "loop" => link.repeats = switch("loop", value)?,
                "controls" => link.controls = switch("controls", value)?,
                "speed" => link.speed = speed(value)?,
                "subtitles" => link.subtitles = Some(value.to_owned()),
                "poster" => link.poster = Some(poster(value)?),
                _ => {}
            }
        }
        Ok(link)
    }
}

/// The language that the `query` of an address asks for, `lang=de`; none if there is no such, or if it asks for none.
#[must_use]
pub fn language(query: &str) -> Option<Language> {
    let mut options = query.trim_start_matches('?').split('&');
    Language::of_tag(options.find_map(|option| option.strip_prefix("lang="))?)
}

/// Where tips for a torrent are given: the page itself, which reads from the torrent whom to pay. What else the site
/// around the player wrote into the link stays behind, but for where the torrent file is: it may name somebody, too.
/// A key stays behind as well: nobody has to read a share to thank for it.
#[must_use]
pub fn tip_page(magnet: &Magnet) -> String {
    let magnet = Magnet { name: None, select_only: None, key: None, ..magnet.clone().passed_on() };
    format!("./?tip#{magnet}")
}

/// Where the film is watched without waiting, if somebody pays for it: the page itself, to which the link is handed on as the site
/// around the player wrote it. Nothing here asks who that is, or knows what it means.
#[must_use]
pub fn sponsored_page(magnet: &Magnet) -> Option<String> {
    magnet.other.iter().any(|(key, _)| key == "x.sp").then(|| format!("./#{magnet}"))
}

fn switch(name: &'static str, value: &str) -> Result<bool, Error> {
    match value {
        "" | "1" => Ok(true),
        "0" => Ok(false),
        _ => Err(Error::Switch(name)),
    }
}

fn speed(value: &str) -> Result<f64, Error> {
    SPEEDS.iter().position(|name| *name == value).map(|place| OFFERED_SPEEDS[place]).ok_or(Error::Speed)
}

fn poster(value: &str) -> Result<String, Error> {
    let address = link::unescape(value);
    let is_web = |scheme: &str| address.get(..scheme.len()).is_some_and(|it| it.eq_ignore_ascii_case(scheme));
    if is_web("https://") || is_web("http://") { Ok(address) } else { Err(Error::Poster) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAGNET: &str =
        "magnet:?xt=urn:btih:dd8255ecdc7ca55fb0bbf81323d87062db1f6d1c&ws=https%3A%2F%2Fa.example%2F";

    fn parse(query: &str) -> Result<Link, Error> {
        Link::parse(query, MAGNET)
    }

    #[test]
    fn a_link_alone_waits_to_be_played_and_shows_its_controls() {
        let link = Link::parse("", &format!("#{MAGNET}")).unwrap();
        assert_eq!(link.magnet.web_seeds, ["https://a.example/"]);
        assert!(link.controls && !link.autoplay && !link.preload && !link.muted && !link.repeats);
    }

    #[test]
    fn the_page_for_tips_hears_of_nobody_whom_a_link_names() {
        let link = format!(
            "{MAGNET}&dn=film&so=1&x.btt=eip155:199:0x1&btt=0x2&xs=https%3A%2F%2Fa.example%2Fb&x.sck=1AAECAwQFBgcICQoLDA0ODw"
        );
        let page = tip_page(&parse_magnet(&link));
        assert!(page.starts_with("./?tip#magnet:?xt=urn:btih:dd8255ecdc7ca55fb0bbf81323d87062db1f6d1c"));
        assert!(page.contains("a.example") && page.contains("xs="));
        assert!(!page.contains("btt") && !page.contains("0x") && !page.contains("film"));
        assert!(!page.contains("x.sck"));
    }

    #[test]
    fn row_54_the_page_for_those_who_are_sponsored_hears_of_their_sponsor_and_nobody_else_does() {
        let sponsor = "x.sp=https%3A%2F%2Fpay.example&x.st=1.a-b_c";
        let page = sponsored_page(&parse_magnet(&format!("{MAGNET}&so=1&{sponsor}"))).unwrap();
        assert_eq!(page, format!("./#{MAGNET}&so=1&x.sp=https:%2F%2Fpay.example&x.st=1.a-b_c"));
        assert_eq!(sponsored_page(&parse_magnet(MAGNET)), None);
        // Whoever tips hears nothing of it, and nobody to whom the link is passed on.
        assert!(!tip_page(&parse_magnet(&format!("{MAGNET}&{sponsor}"))).contains("pay.example"));
    }

    fn parse_magnet(link: &str) -> Magnet {
        Link::parse("", link).unwrap().magnet
    }

    #[test]
    fn a_short_link_is_played_with_what_is_added_to_it() {
        let link =
            Link::parse("", "#s/EN2CVezcfKVfsLv4EyPYcGLbH20c8JI&ws=https%3A%2F%2Fa.example%2F").unwrap();
        assert_eq!(link.magnet.hashes, parse_magnet(MAGNET).hashes);
        assert_eq!(link.magnet.web_seeds, ["https://a.example/"]);
        let typo = Link::parse("", "#s/EN2CVezcfKVfsLv4EyPYcGLbH20c8Jl");
        assert_eq!(typo, Err(Error::Magnet(metainfo::Error::ShortTypo)));
    }

    #[test]
    fn options_are_on_off_or_not_there() {
        let link = parse("?autoplay=1&muted&loop=0&controls=0&relay=1").unwrap();
        assert!(link.autoplay && link.muted && !link.repeats && !link.controls);
        assert_eq!(parse("muted=yes"), Err(Error::Switch("muted")));
    }

    #[test]
    fn it_plays_as_fast_as_its_address_says_if_that_is_offered() {
        for (query, speed) in [("", 1.0), ("speed=1", 1.0), ("speed=1.25", 1.25), ("speed=0.5", 0.5)] {
            assert_eq!(parse(query).unwrap().speed, speed, "{query}");
        }
        assert_eq!(SPEEDS.map(str::to_owned), OFFERED_SPEEDS.map(|speed| speed.to_string()));
        for wrong in ["speed", "speed=", "speed=1.0", "speed=16", "speed=-1", "speed=NaN"] {
            assert_eq!(parse(wrong), Err(Error::Speed), "{wrong}");
        }
    }

    #[test]
    fn subtitles_are_shown_where_the_address_asks_for_them() {
        assert_eq!(parse("").unwrap().subtitles, None);
        assert_eq!(parse("subtitles=de-AT").unwrap().subtitles.as_deref(), Some("de-AT"));
        assert_eq!(parse("subtitles").unwrap().subtitles.as_deref(), Some(""));
    }

    #[test]
    fn a_poster_is_an_address_of_the_web() {
        let link = parse("poster=https%3A%2F%2Fa.example%2Fa%20b.jpg").unwrap();
        assert_eq!(link.poster.as_deref(), Some("https://a.example/a b.jpg"));
        for hostile in
            ["javascript%3Aalert(1)", "data:image/svg+xml,x", "%00https://a.example/", "//a.example/", ""]
        {
            assert_eq!(parse(&format!("poster={hostile}")), Err(Error::Poster), "{hostile}");
        }
    }

    #[test]
    fn an_address_without_a_torrent_says_what_is_missing() {
        assert_eq!(Link::parse("", "#"), Err(Error::Missing));
        assert_eq!(Link::parse("", "#<script>alert(1)</script>"), Err(Error::NotALink));
        assert!(matches!(Link::parse("", "#magnet:?xt=urn:btih:dd82"), Err(Error::Magnet(_))));
    }

    #[test]
    fn a_player_speaks_what_its_address_says() {
        assert_eq!(language("?muted&lang=de-AT"), Some(Language::German));
        for unknown in ["", "?muted", "?lang=", "?lang=tlh", "?language=de"] {
            assert_eq!(language(unknown), None, "{unknown}");
        }
        assert!(parse("lang=tlh").is_ok());
    }

    #[test]
    fn endless_options_are_refused() {
        assert_eq!(parse(&"a=1&".repeat(MAX_OPTIONS)), Err(Error::TooLong));
    }
}
