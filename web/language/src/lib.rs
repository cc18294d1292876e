//! The words of each program in the reader's language, and numbers and dates as that language writes them.
//!
//! 1. `web/words/<language>/<program>.txt` has every word of a program in a language ([`catalogue`] says how).
//! 2. The program's build script makes a constant or a function of each English one ([`rust_of`]): what is missing or has
//!    other arguments does not compile, and what nobody uses is found by the compiler.
//! 3. English is in the program. Another language is one file beside the page, which [`speak`] fetches where it is used;
//!    until then, and where it cannot be had, words are English.
//! 4. [`number`] has numbers, dates and lists from the browser (`Intl`), and which form of a word goes with a number.
//!
//! What few people look at is in no program at all, and known by name: a [`Glossary`].
//!
//! A language more is a folder in `web/words`, a line in `index.html` that copies it, and an entry in [`Language`]. The test
//! `languages` holds them together.
//!
//! ```
//! use language::{Entry, Language, Word};
//!
//! const PEOPLE: Word = Word::of(&Entry { english: "one: {count} person | other: {count} people", place: 0 });
//! assert_eq!(PEOPLE.counted(1_200, &[]), "1,200 people");
//! assert_eq!(Language::preferred(["fr-CA", "de-CH", "en"]), Language::German);
//! ```

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(not(target_arch = "wasm32"))]
#[path = "native.rs"]
mod browser;
pub mod catalogue;
mod generate;
mod glossary;
pub mod number;
mod word;

use std::cell::{Cell, RefCell};

pub use generate::rust_of;
pub use glossary::Glossary;
pub use word::{Entry, Word};

/// A language that every program speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// German.
    German,
    /// Spanish.
    Spanish,
    /// Chinese, in simplified characters.
    Chinese,
}

impl Language {
    /// Every language, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::English, Self::German, Self::Spanish, Self::Chinese];

    /// Its subtag in BCP 47, which also names its folder.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::Spanish => "es",
            Self::Chinese => "zh",
        }
    }

    /// What those who speak it call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::Spanish => "Español",
            Self::Chinese => "简体中文",
        }
    }

    /// The language of a BCP 47 tag such as `de-AT`, unless there is none.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or(tag);
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The first of the languages that somebody reads, by their tags, that there is; else English.
    #[must_use]
    pub fn preferred<'a>(tags: impl IntoIterator<Item = &'a str>) -> Self {
        tags.into_iter().find_map(Self::of_tag).unwrap_or_default()
    }

    /// The one that the browser's user prefers.
    #[must_use]
    pub fn of_browser() -> Self {
        Self::preferred(browser::languages().iter().map(String::as_str))
    }

    /// How it is written where the reader is: the first of the user's tags that is of this language.
    fn locale(self) -> String {
        let own = browser::languages().into_iter().find(|tag| Self::of_tag(tag) == Some(self));
        own.unwrap_or_else(|| self.tag().to_owned())
    }
}

/// A program that speaks, as its build script describes it.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// Its name, as that of its files.
    pub name: &'static str,
    /// The [`fingerprint`](catalogue::fingerprint) of its keys.
    pub keys: u32,
}

/// What is spoken now.
struct Spoken {
    language: Language,
    locale: String,
    /// By place; none in English.
    texts: Vec<&'static str>,
    numbers: browser::Numbers,
}

impl Spoken {
    fn new(language: Language, texts: Vec<&'static str>) -> Self {
        let locale = language.locale();
        Self { language, numbers: browser::Numbers::of(&locale), locale, texts }
    }
}

thread_local! {
    static SPOKEN: RefCell<Spoken> = RefCell::new(Spoken::new(Language::English, Vec::new()));
    /// The language that was asked for last.
    static WANTED: Cell<Language> = const { Cell::new(Language::English) };
}

/// Speaks this language from now on, once its words are here; English if they cannot be had. Where it is asked for several
/// at once, the last one counts.
pub async fn speak(program: &Program, language: Language) {
    WANTED.set(language);
    let texts = match language {
        Language::English => Some(Vec::new()),
        _ => browser::fetch(&format!("words/{}/{}.txt", language.tag(), program.name))
            .await
            .and_then(|file| texts(program, file)),
    };
    if WANTED.get() != language {
        return;
    }
    let spoken = match texts {
        Some(texts) => Spoken::new(language, texts),
        None => Spoken::new(Language::English, Vec::new()),
    };
    SPOKEN.replace(spoken);
}

/// The texts of a file, unless it is one of another version of the program.
fn texts(program: &Program, file: String) -> Option<Vec<&'static str>> {
    let keys = catalogue::fingerprint(catalogue::messages(&file).map(|(key, _)| key));
    // Words are in use wherever they were drawn, and a visitor changes the language once or never: what was spoken before
    // stays in memory.
    (keys == program.keys).then(|| catalogue::messages(file.leak()).map(|(_, text)| text).collect())
}

/// What is spoken now.
#[must_use]
pub fn spoken() -> Language {
    SPOKEN.with_borrow(|spoken| spoken.language)
}

/// The BCP 47 tag of what is spoken now, with the reader's region where that is known.
#[must_use]
pub fn locale() -> String {
    SPOKEN.with_borrow(|spoken| spoken.locale.clone())
}

/// Text in small letters. The browser knows them: the tables of `std` are 7 kB of a visitor's download.
#[must_use]
pub fn lower_case(text: &str) -> String {
    browser::lower_case(text)
}

/// Says in the document which language it is in.
pub fn mark_document() {
    browser::mark_document(spoken().tag());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_language_that_there_is_counts() {
        assert_eq!(Language::preferred(["fr", "de-AT", "en"]), Language::German);
        assert_eq!(Language::preferred(["zh-Hans-CN", "en"]), Language::Chinese);
        assert_eq!(Language::preferred(["ES"]), Language::Spanish);
        assert_eq!(Language::preferred(["fr", "den"]), Language::English);
        assert_eq!(Language::preferred([]), Language::English);
    }

    #[test]
    fn words_of_another_version_are_not_taken() {
        let program = Program { name: "page", keys: catalogue::fingerprint(["open", "close"]) };
        let file = |text: &str| texts(&program, text.to_owned());
        assert_eq!(file("open = Öffnen\nclose = Schließen"), Some(vec!["Öffnen", "Schließen"]));
        assert_eq!(file("close = Schließen\nopen = Öffnen"), None);
        assert_eq!(file("open = Öffnen"), None);
        assert_eq!(file("<!doctype html>"), None);
    }
}
