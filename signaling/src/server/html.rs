//! Pages that the server itself writes: HTML that needs no program in the browser.
//!
//! `signaling/pages` has them as templates, in which `{name}` stands for words in the reader's language or for a value. Values
//! are escaped; words are ours.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest as _, Sha256};

const PAGE: &str = include_str!("../../pages/page.html");

/// Languages by their tags, and their words; the first is for who reads none of them.
const LANGUAGES: [(&str, &str); 4] = [
    ("en", include_str!("../../pages/en.txt")),
    ("de", include_str!("../../pages/de.txt")),
    ("es", include_str!("../../pages/es.txt")),
    ("zh", include_str!("../../pages/zh.txt")),
];

/// A reader's words, by their names.
#[derive(Clone, Copy)]
pub(crate) struct Words(&'static str, &'static BTreeMap<&'static str, &'static str>);

impl Words {
    fn all() -> &'static [(&'static str, BTreeMap<&'static str, &'static str>)] {
        static ALL: OnceLock<Vec<(&str, BTreeMap<&str, &str>)>> = OnceLock::new();
        ALL.get_or_init(|| {
            LANGUAGES
                .map(|(tag, text)| (tag, text.lines().filter_map(|line| line.split_once(" = ")).collect()))
                .into()
        })
    }

    /// In the first language of a request that there is.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let wanted =
            headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let primary =
            |tag: &str| tag.split(['-', ';']).next().unwrap_or_default().trim().to_ascii_lowercase();
        let spoken = |tag: &str| Self::all().iter().find(|(spoken, _)| *spoken == primary(tag));
        let (tag, words) = wanted.split(',').take(20).find_map(spoken).unwrap_or(&Self::all()[0]);
        Self(tag, words)
    }

    pub(crate) fn get(self, name: &str) -> &'static str {
        self.1.get(name).copied().unwrap_or_default()
    }

    /// Words with a value in them.
    pub(crate) fn with(self, name: &str, key: &str, value: &str) -> String {
        self.get(name).replace(&format!("{{{key}}}"), &escape(value))
    }

    /// The template with words and values in it, which are HTML. What a value says is never taken for a name.
    pub(crate) fn fill(self, template: &str, values: &[(&str, &str)]) -> String {
        let mut filled = String::with_capacity(template.len() * 2);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let name = after
                .split_once('}')
                .filter(|(name, _)| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'));
            let Some((name, after)) = name else {
                // The style's.
                filled.push('{');
                rest = after;
                continue;
            };
            let value = values.iter().find(|(known, _)| *known == name).map(|&(_, value)| value);
            filled.push_str(value.unwrap_or_else(|| self.get(name)));
            rest = after;
        }
        filled.push_str(rest);
        filled
    }

    pub(crate) fn page(self, status: StatusCode, title: &str, content: &str) -> Response {
        let text = self.fill(PAGE, &[("tag", self.0), ("title", title), ("content", content)]);
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (header::CONTENT_SECURITY_POLICY, policy()),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (header::VARY, HeaderValue::from_static("accept-language")),
        ];
        (status, headers, text).into_response()
    }
}

/// Its own style, and a form that comes back here.
fn policy() -> HeaderValue {
    let style = PAGE.split_once("<style>").and_then(|(_, after)| after.split_once("</style>"));
    let hash = BASE64.encode(Sha256::digest(style.map_or("", |(style, _)| style)));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("base64 and the text above are ASCII")
}

/// Text as HTML, also within quotes.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const TEMPLATES: [&str; 2] = [PAGE, include_str!("../../pages/form.html")];

    /// What templates ask for beside words.
    const VALUES: [&str; 10] = [
        "tag",
        "title",
        "content",
        "problems",
        "kinds",
        "value-links",
        "value-files",
        "value-why",
        "value-name",
        "value-email",
    ];

    fn names(template: &str) -> BTreeSet<&str> {
        template
            .split('{')
            .skip(1)
            .filter_map(|part| part.split_once('}').map(|(name, _)| name))
            .filter(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'))
            .collect()
    }

    #[test]
    fn every_language_has_all_words_and_no_more() {
        let (_, english) = &Words::all()[0];
        for (tag, words) in Words::all() {
            assert_eq!(words.keys().collect::<Vec<_>>(), english.keys().collect::<Vec<_>>(), "{tag}");
            for (name, text) in words {
                assert_eq!(names(text), names(english[name]), "{tag}: {name}");
                assert!(!text.contains(['<', '>', '&', '"']), "{tag}: {name} is no HTML");
            }
            let lines =
                LANGUAGES.iter().find(|(of, _)| of == tag).map_or(0, |(_, text)| text.lines().count());
            assert_eq!(words.len(), lines, "{tag} says something twice");
        }
        for name in TEMPLATES.into_iter().flat_map(names) {
            assert!(english.contains_key(name) || VALUES.contains(&name), "{name}");
        }
    }

    #[test]
    fn a_reader_gets_the_first_language_that_there_is() {
        let of = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::try_from(text).unwrap());
            Words::of(&headers).0
        };
        assert_eq!((of("fr-FR,de;q=0.8,en"), of("ZH-hans-CN"), of("x"), of("")), ("de", "zh", "en", "en"));
        assert_eq!(Words::of(&HeaderMap::new()).0, "en");
    }
}
