//! Every language has every word of every program, and every word is used.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use language::Language;
use language::catalogue::{COUNT, forms, messages, placeholders};

const PROGRAMS: [&str; 4] = ["page", "tips", "payments", "embed"];
/// What is in no program.
const GLOSSARY: &str = "journal";

fn web() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn words(language: Language, program: &str) -> String {
    fs::read_to_string(web().join("words").join(language.tag()).join(program).with_extension("txt")).unwrap()
}

/// The plural categories that whole numbers up to a million have in a language (CLDR).
fn categories(language: Language) -> &'static [&'static str] {
    match language {
        Language::English | Language::German | Language::Spanish => &["one", "other"],
        Language::Chinese => &["other"],
    }
}

/// What would be wrong with a text in this language, of which this is the English one.
fn fault(language: Language, english: &str, text: &str) -> Option<&'static str> {
    let without_count = |text| {
        let mut names = placeholders(text);
        names.retain(|name| *name != COUNT);
        names
    };
    let counts = forms(english).count() > 0;
    let own_forms: Vec<&str> = forms(text).map(|(category, _)| category).collect();
    let parts = |text: &str| ['{', '}'].map(|brace| text.matches(brace).count());
    if text.trim() != text || text.is_empty() {
        Some("begins or ends with white space, or is empty")
    } else if parts(text)[0] != parts(text)[1] || parts(text)[0] < placeholders(text).len() {
        Some("has a brace too many")
    } else if counts && own_forms != categories(language) {
        Some("has not the plural forms of its language")
    } else if !counts && !own_forms.is_empty() {
        Some("has plural forms, and is about no number")
    } else if without_count(text) != without_count(english)
        || (!counts && placeholders(text) != placeholders(english))
        || (counts && forms(text).any(|(_, form)| without_count(form) != without_count(english)))
    {
        Some("has other placeholders")
    } else {
        None
    }
}

/// Issue 12, 4.
#[test]
fn every_language_has_every_word_in_the_order_of_english() {
    for program in PROGRAMS.into_iter().chain([GLOSSARY]) {
        let english = words(Language::English, program);
        let keys: Vec<&str> = messages(&english).map(|(key, _)| key).collect();
        let mut once = keys.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), keys.len(), "{program}: a key is there twice");
        for language in Language::ALL {
            let words = words(language, program);
            let is_message = |line: &&str| !line.is_empty() && !line.starts_with('#');
            let lines = words.lines().filter(is_message).count();
            let found: Vec<&str> = messages(&words).map(|(key, _)| key).collect();
            assert_eq!(found, keys, "{program}, {language:?}");
            assert_eq!(lines, keys.len(), "{program}, {language:?}: a line is no message");
            for ((key, english), (_, text)) in messages(&english).zip(messages(&words)) {
                assert_eq!(fault(language, english, text), None, "{program}, {language:?}, {key}: {text}");
            }
        }
    }
}

/// Issue 12, 4. That none is used that is missing, the compiler sees.
#[test]
fn every_word_is_used() {
    for program in PROGRAMS {
        let mut sources = String::new();
        read_sources(&web().join(program).join("src"), &mut sources);
        let english = words(Language::English, program);
        for (key, text) in messages(&english) {
            let name = key.replace('-', "_");
            let is_function = !placeholders(text).is_empty() || forms(text).count() > 0;
            let name = if is_function { format!("{name}(") } else { name.to_uppercase() };
            let is_whole = |at: usize| {
                let around = [
                    sources[..at].chars().next_back(),
                    sources[at..].chars().nth(name.len()).filter(|_| !is_function),
                ];
                around.into_iter().flatten().all(|letter| !letter.is_alphanumeric() && letter != '_')
            };
            let mut places = sources.match_indices(&name).map(|(at, _)| at);
            assert!(places.any(is_whole), "{program}: nobody says {key}");
        }
    }
}

#[test]
fn every_language_but_english_is_beside_the_page_and_of_that_what_is_in_no_program() {
    let index = fs::read_to_string(web().join("../index.html")).unwrap();
    for language in Language::ALL {
        let line = format!("href=\"web/words/{0}\" data-target-path=\"words/{0}\"", language.tag());
        assert_eq!(index.contains(&line), language != Language::English, "{language:?}");
    }
    let line = format!("href=\"web/words/en/{GLOSSARY}.txt\" data-target-path=\"words/en\"");
    assert!(index.contains(&line), "what is in no program is fetched in English, too");
}

#[test]
fn what_is_wrong_with_a_translation_is_found() {
    use Language::{Chinese, German, Spanish};
    let people = "one: {count} person in {room} | other: {count} people in {room}";
    assert_eq!(fault(Chinese, people, "other: {room}有{count}人"), None);
    assert_eq!(fault(German, people, "one: eine Person in {room} | other: {count} in {room}"), None);
    for wrong in
        ["{count} Personen in {room}", "other: {count} in {room}", "one: eine | other: {count} in {room}"]
    {
        assert!(fault(German, people, wrong).is_some(), "{wrong}");
    }
    for wrong in ["{nombre}", "Hola", "Hola {name", " {name}", "other: {name}"] {
        assert!(fault(Spanish, "Hello {name}", wrong).is_some(), "{wrong}");
    }
}

fn read_sources(folder: &Path, sources: &mut String) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            read_sources(&path, sources);
        } else {
            sources.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}
