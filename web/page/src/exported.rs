//! What a user takes along to another browser, as a file of JSON: what they set, and the links of their torrents.
//!
//! | Field | Is |
//! |---|---|
//! | `seedcast-settings` | the version of the file: [`VERSION`] |
//! | `limit-down`, `limit-up` | bytes per second of everything together; `null` is no limit |
//! | `super-seed` | whether each person is given a different part first |
//! | `relay-only` | whether people are met through relays alone |
//! | `theme`, `language` | their names; `null` is the browser's own |
//! | `tip-address` | accounts that take tips |
//! | `torrents` | a list of magnet links |
//!
//! What is not there stays as it is, and other fields are ignored. If one is not what it has to be, nothing counts.

use std::num::NonZeroU64;

use btt::Chain;
use language::Language;
use metainfo::Magnet;

use crate::payees;
use crate::theme::Theme;

/// The version of the file.
pub const VERSION: u32 = 1;

/// Bytes in a file.
pub const MAX_LENGTH: u64 = 16 << 20;

/// Links in a file.
pub const MAX_TORRENTS: usize = 10_000;

/// Characters in `tip-address`.
pub const MAX_TIP_ADDRESS: usize = 200;

/// Names of the fields.
pub const FORMAT: &str = "seedcast-settings";
pub(crate) const LIMIT_DOWN: &str = "limit-down";
pub(crate) const LIMIT_UP: &str = "limit-up";
pub(crate) const SUPER_SEED: &str = "super-seed";
pub(crate) const RELAY_ONLY: &str = "relay-only";
pub(crate) const THEME: &str = "theme";
pub(crate) const LANGUAGE: &str = "language";
pub(crate) const TIP_ADDRESS: &str = "tip-address";
pub(crate) const TORRENTS: &str = "torrents";

/// A value of JSON, as far as fields have any.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Self>),
    /// Something that no field is.
    Other,
}

/// What a file says; `None` where it says nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exported {
    /// What may be received.
    pub down: Option<Option<NonZeroU64>>,
    /// What may be given.
    pub up: Option<Option<NonZeroU64>>,
    /// Whether each person is given a different part first.
    pub super_seed: Option<bool>,
    /// Whether people are met through relays alone.
    pub relay_only: Option<bool>,
    /// Light or dark.
    pub theme: Option<Theme>,
    /// The language; `Some(None)` is the browser's.
    pub language: Option<Option<Language>>,
    /// Accounts that take tips.
    pub tip_address: Option<String>,
    /// Links.
    pub torrents: Vec<Magnet>,
}

/// Why a file does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is something else.
    Unknown,
    /// It is of a later version.
    Later,
    /// This field is not what it has to be.
    Field(&'static str),
}

/// Reads a file, of which `field` gives the value with a name.
///
/// # Errors
/// The first thing that is wrong.
pub fn read(field: impl Fn(&str) -> Option<Value>) -> Result<Exported, Fault> {
    match field(FORMAT) {
        Some(Value::Number(version)) if version == f64::from(VERSION) => {}
        Some(Value::Number(version)) if version > f64::from(VERSION) => return Err(Fault::Later),
        _ => return Err(Fault::Unknown),
    }
    let limit = |name| {
        field(name).map(|value| match value {
            Value::Null => Ok(None),
            Value::Number(bytes) => whole(bytes).map(Some).ok_or(Fault::Field(name)),
            _ => Err(Fault::Field(name)),
        })
    };
    let text = |name| {
        field(name).map(|value| match value {
            Value::Text(text) => Ok(text),
            _ => Err(Fault::Field(name)),
        })
    };
    let flag = |name| {
        field(name).map(|value| match value {
            Value::Bool(wanted) => Ok(wanted),
            _ => Err(Fault::Field(name)),
        })
    };
    let theme = |name: &str| Theme::ALL.into_iter().find(|theme| theme.name() == name);
    let theme = text(THEME).transpose()?.map(|name| theme(&name).ok_or(Fault::Field(THEME)));
    let language = field(LANGUAGE).map(|value| match value {
        Value::Null => Ok(None),
        Value::Text(tag) => Language::of_tag(&tag).map(Some).ok_or(Fault::Field(LANGUAGE)),
        _ => Err(Fault::Field(LANGUAGE)),
    });
    let tip_address = text(TIP_ADDRESS).transpose()?;
    // On any chain: which one an address alone is on, each deployment says itself.
    let is_wrong = |accounts: &String| {
        accounts.chars().count() > MAX_TIP_ADDRESS || payees::parse(accounts, "", Some(Chain::BTTC)).is_err()
    };
    if tip_address.as_ref().is_some_and(is_wrong) {
        return Err(Fault::Field(TIP_ADDRESS));
    }
    Ok(Exported {
        down: limit(LIMIT_DOWN).transpose()?,
        up: limit(LIMIT_UP).transpose()?,
        super_seed: flag(SUPER_SEED).transpose()?,
        relay_only: flag(RELAY_ONLY).transpose()?,
        theme: theme.transpose()?,
        language: language.transpose()?,
        tip_address,
        torrents: torrents(field(TORRENTS)).ok_or(Fault::Field(TORRENTS))?,
    })
}

/// What becomes of accounts that take tips.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TipAddress {
    /// They are the same, or the file has none.
    Same,
    /// Those of the file, since the user had none.
    Adopted,
    /// The user's own, though the file has others.
    Kept,
}

impl TipAddress {
    /// The user's `own` stay, if there are any, since a file of somebody else would have the tips go there, unnoticed.
    #[must_use]
    pub fn of(own: &str, read: &str) -> Self {
        match (own.trim(), read.trim()) {
            (_, "") => Self::Same,
            ("", _) => Self::Adopted,
            (own, read) if own == read => Self::Same,
            _ => Self::Kept,
        }
    }
}

/// A number of bytes that JSON holds exactly.
fn whole(bytes: f64) -> Option<NonZeroU64> {
    const EXACT: f64 = (1_u64 << 53) as f64;
    NonZeroU64::new(if bytes.fract() == 0.0 && (1.0..=EXACT).contains(&bytes) { bytes as u64 } else { 0 })
}

fn torrents(value: Option<Value>) -> Option<Vec<Magnet>> {
    let links = match value {
        None => Vec::new(),
        Some(Value::List(links)) if links.len() <= MAX_TORRENTS => links,
        Some(_) => return None,
    };
    let magnet = |link| match link {
        Value::Text(link) => Magnet::parse(&link).ok(),
        _ => None,
    };
    links.into_iter().map(magnet).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Issue 13, C: export and import of settings.

    const EVM: &str = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
    const TRON: &str = "TAFjULxiVgT4qWk6UZwjqwZXTSaGaqnVp4";

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    /// Reads a file of this version with these fields.
    fn fields(fields: &[(&str, Value)]) -> Result<Exported, Fault> {
        read(|name| {
            let found = fields.iter().find(|(field, _)| *field == name);
            found.map(|(_, value)| value.clone()).or((name == FORMAT).then_some(Value::Number(1.0)))
        })
    }

    #[test]
    fn what_is_not_there_stays_as_it_is_and_what_is_unknown_is_ignored() {
        assert_eq!(fields(&[]), Ok(Exported::default()));
        assert_eq!(fields(&[("wallet", text("0x"))]), Ok(Exported::default()));
    }

    #[test]
    fn a_file_says_what_was_set() {
        let link = format!("magnet:?xt=urn:btih:{}&dn=film", "a".repeat(40));
        let read = fields(&[
            (LIMIT_DOWN, Value::Number(500_000.0)),
            (LIMIT_UP, Value::Null),
            (SUPER_SEED, Value::Bool(false)),
            (RELAY_ONLY, Value::Bool(true)),
            (THEME, text("dark")),
            (LANGUAGE, text("de")),
            (TIP_ADDRESS, text(EVM)),
            (TORRENTS, Value::List(vec![text(&link)])),
        ]);
        let expected = Exported {
            down: Some(NonZeroU64::new(500_000)),
            up: Some(None),
            super_seed: Some(false),
            relay_only: Some(true),
            theme: Some(Theme::Dark),
            language: Some(Some(Language::German)),
            tip_address: Some(EVM.to_owned()),
            torrents: vec![Magnet::parse(&link).unwrap()],
        };
        assert_eq!(read, Ok(expected));
    }

    #[test]
    fn another_file_and_one_of_a_later_version_are_told_apart() {
        for other in [Value::Number(0.0), Value::Number(f64::NAN), text("1"), Value::Other] {
            assert_eq!(fields(&[(FORMAT, other)]), Err(Fault::Unknown));
        }
        assert_eq!(fields(&[(FORMAT, Value::Number(2.0))]), Err(Fault::Later));
        assert_eq!(read(|_| None), Err(Fault::Unknown));
    }

    #[test]
    fn a_field_that_is_not_what_it_has_to_be_is_named() {
        let list = |count| Value::List(vec![text(&format!("magnet:?xt=urn:btih:{}", "a".repeat(40))); count]);
        for (name, wrong) in [
            (LIMIT_DOWN, Value::Number(0.0)),
            (LIMIT_DOWN, Value::Number(-1.0)),
            (LIMIT_UP, Value::Number(1.5)),
            (LIMIT_UP, Value::Number(1e300)),
            (LIMIT_UP, Value::Number(f64::NAN)),
            (LIMIT_UP, text("500000")),
            (SUPER_SEED, Value::Number(1.0)),
            (RELAY_ONLY, text("1")),
            (THEME, text("pink")),
            (THEME, Value::Null),
            (LANGUAGE, text("tlh")),
            (TIP_ADDRESS, Value::Null),
            (TIP_ADDRESS, text(&" ".repeat(MAX_TIP_ADDRESS + 1))),
            (TIP_ADDRESS, text("0x1")),
            (TIP_ADDRESS, text(&EVM.replace("5a", "5A"))),
            (TIP_ADDRESS, text(&format!("{EVM} {EVM}"))),
            (TORRENTS, text("magnet:")),
            (TORRENTS, Value::List(vec![text("https://example.org/")])),
            (TORRENTS, Value::List(vec![Value::Other])),
            (TORRENTS, list(MAX_TORRENTS + 1)),
        ] {
            assert_eq!(fields(&[(name, wrong.clone())]), Err(Fault::Field(name)), "{wrong:?}");
        }
        assert!(fields(&[(TORRENTS, list(MAX_TORRENTS)), (TIP_ADDRESS, text(&" ".repeat(200)))]).is_ok());
        assert!(fields(&[(LIMIT_UP, Value::Number(9_007_199_254_740_992.0))]).is_ok());
        assert!(fields(&[(TIP_ADDRESS, text(&format!("{EVM} {TRON}")))]).is_ok());
    }

    #[test]
    fn who_has_an_address_that_takes_tips_keeps_it() {
        assert_eq!(TipAddress::of(TRON, EVM), TipAddress::Kept);
        assert_eq!(TipAddress::of(TRON, &format!("{TRON} ")), TipAddress::Same);
        assert_eq!(TipAddress::of(TRON, ""), TipAddress::Same);
        assert_eq!(TipAddress::of(" ", EVM), TipAddress::Adopted);
        assert_eq!(TipAddress::of("", " "), TipAddress::Same);
    }
}
