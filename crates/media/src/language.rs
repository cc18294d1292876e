//! The language of subtitles, by the name of their file.

/// BCP 47 tag, the three letters of ISO 639-2 that files use (both, where there are two), and the names.
const LANGUAGES: [(&str, &[&str]); 34] = [
    ("ar", &["ara", "arabic"]),
    ("bg", &["bul", "bulgarian"]),
    ("bn", &["ben", "bengali"]),
    ("cs", &["cze", "ces", "czech"]),
    ("da", &["dan", "danish"]),
    ("de", &["ger", "deu", "german", "deutsch"]),
    ("el", &["gre", "ell", "greek"]),
    ("en", &["eng", "english"]),
    ("es", &["spa", "spanish", "espanol", "español"]),
    ("fa", &["per", "fas", "persian", "farsi"]),
    ("fi", &["fin", "finnish"]),
    ("fr", &["fre", "fra", "french", "francais", "français"]),
    ("he", &["heb", "hebrew"]),
    ("hi", &["hin", "hindi"]),
    ("hr", &["hrv", "croatian"]),
    ("hu", &["hun", "hungarian"]),
    ("id", &["ind", "indonesian"]),
    ("it", &["ita", "italian", "italiano"]),
    ("ja", &["jpn", "japanese"]),
    ("ko", &["kor", "korean"]),
    ("nl", &["dut", "nld", "dutch"]),
    ("no", &["nor", "nob", "norwegian"]),
    ("pl", &["pol", "polish"]),
    ("pt", &["por", "portuguese"]),
    ("ro", &["rum", "ron", "romanian"]),
    ("ru", &["rus", "russian"]),
    ("sk", &["slo", "slk", "slovak"]),
    ("sr", &["srp", "serbian"]),
    ("sv", &["swe", "swedish"]),
    ("th", &["tha", "thai"]),
    ("tr", &["tur", "turkish"]),
    ("uk", &["ukr", "ukrainian"]),
    ("vi", &["vie", "vietnamese"]),
    ("zh", &["chi", "zho", "chinese"]),
];

/// The language (a BCP 47 tag, perhaps with a region) that the name of a subtitle file ends with: `film.pt-BR.srt`,
/// `film_eng.vtt`, `Subs/English.srt`.
#[must_use]
pub fn language(path: &str) -> Option<String> {
    let name = path.rsplit('/').next()?;
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    // Spaces are between the words of a title, which may look like languages.
    let words = stem.rsplit(['.', '_', '-', '(', ')', '[', ']']).map(str::trim);
    // Others may follow: `film.en.forced.srt`. A region has its language before it.
    let words: Vec<&str> = words.take(LOOKED_AT + 1).collect();
    for (place, word) in words.iter().enumerate().take(LOOKED_AT) {
        if let Some(tag) = tag_of(word) {
            return Some(tag.to_owned());
        }
        let region = words.get(place + 1).filter(|_| word.len() == 2).and_then(|before| tag_of(before));
        if let Some(tag) = region.filter(|_| word.chars().all(|c| c.is_ascii_alphabetic())) {
            return Some(format!("{tag}-{}", word.to_ascii_uppercase()));
        }
    }
    None
}

/// Words at the end of a name among which its language may be.
const LOOKED_AT: usize = 3;

fn tag_of(word: &str) -> Option<&'static str> {
    // Upper case beyond ASCII would take tables that are larger than all of this.
    let is = |name: &str| name.eq_ignore_ascii_case(word);
    LANGUAGES.iter().find(|(tag, names)| is(tag) || names.iter().any(|name| is(name))).map(|(tag, _)| *tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_with_their_language() {
        for (path, tag) in [
            ("film.en.srt", "en"),
            ("film.eng.srt", "en"),
            ("Film_German.vtt", "de"),
            ("Subs/Français.srt", "fr"),
            ("film.pt-BR.srt", "pt-BR"),
            ("FILM.PT-BR.SRT", "pt-BR"),
            ("film.zh_tw.srt", "zh-TW"),
            ("film.en.forced.srt", "en"),
        ] {
            assert_eq!(language(path).as_deref(), Some(tag), "{path}");
        }
    }

    #[test]
    fn a_title_is_no_language() {
        for path in ["film.srt", "De Nachtwacht door de jaren heen.srt", ".srt", ""] {
            assert_eq!(language(path), None, "{path}");
        }
    }
}
