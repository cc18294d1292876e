//! What is shown of notices: pages of HTML that need no program in the browser.
//!
//! `signaling/notice` has them as templates, in which `{name}` stands for words in the reader's language or for a value. Values
//! are escaped; words are ours.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use metainfo::visible;
use sha2::{Digest as _, Sha256};

use super::form::{Fields, Missing};
use super::store::Kept;
use super::{Kind, Notice, Verdict};

const PAGE: &str = include_str!("../../../notice/page.html");
const FORM: &str = include_str!("../../../notice/form.html");

/// Languages by their tags, and their words; the first is for who reads none of them.
const LANGUAGES: [(&str, &str); 4] = [
    ("en", include_str!("../../../notice/en.txt")),
    ("de", include_str!("../../../notice/de.txt")),
    ("es", include_str!("../../../notice/es.txt")),
    ("zh", include_str!("../../../notice/zh.txt")),
];

/// A reader's words, by their names.
#[derive(Clone, Copy)]
struct Words(&'static str, &'static BTreeMap<&'static str, &'static str>);

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
    fn of(headers: &HeaderMap) -> Self {
        let wanted =
            headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let primary =
            |tag: &str| tag.split(['-', ';']).next().unwrap_or_default().trim().to_ascii_lowercase();
        let spoken = |tag: &str| Self::all().iter().find(|(spoken, _)| *spoken == primary(tag));
        let (tag, words) = wanted.split(',').take(20).find_map(spoken).unwrap_or(&Self::all()[0]);
        Self(tag, words)
    }

    fn get(self, name: &str) -> &'static str {
        self.1.get(name).copied().unwrap_or_default()
    }

    /// Words with a value in them.
    fn with(self, name: &str, key: &str, value: &str) -> String {
        self.get(name).replace(&format!("{{{key}}}"), &escape(value))
    }

    /// The template with words and values in it, which are HTML. What a value says is never taken for a name.
    fn fill(self, template: &str, values: &[(&str, &str)]) -> String {
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

    fn page(self, status: StatusCode, title: &str, content: &str) -> Response {
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

/// The form, with what was typed before and what it lacked.
pub(super) fn form(
    headers: &HeaderMap,
    status: StatusCode,
    fields: &Fields,
    missing: &[Missing],
) -> Response {
    let words = Words::of(headers);
    let mut problems = String::new();
    if !missing.is_empty() {
        problems = format!("<div class=\"wrong\" role=\"alert\"><p>{}<ul>", words.get("missing"));
        for field in missing {
            let (name, what) = (field.name(), words.get(&format!("missing-{}", field.name())));
            problems.push_str(&format!("<li><a href=\"#{name}\">{what}</a>"));
        }
        problems.push_str("</ul></div>\n");
    }
    let mut kinds = String::from("<option value=\"\"></option>");
    for kind in Kind::ALL {
        let (name, chosen) = (kind.name(), if fields.kind() == Some(kind) { " selected" } else { "" });
        kinds.push_str(&format!(
            "<option value=\"{name}\"{chosen}>{}</option>",
            words.get(&format!("kind-{name}"))
        ));
    }
    let [links, files, why, name, email] =
        ["links", "files", "why", "name", "email"].map(|name| escape(fields.get(name)));
    let content = words.fill(
        FORM,
        &[
            ("problems", &problems),
            ("kinds", &kinds),
            ("value-links", &links),
            ("value-files", &files),
            ("value-why", &why),
            ("value-name", &name),
            ("value-email", &email),
        ],
    );
    words.page(status, words.get("title"), &content)
}

/// A sentence, by the name of its words.
pub(super) fn say(headers: &HeaderMap, status: StatusCode, name: &str) -> Response {
    let words = Words::of(headers);
    words.page(status, words.get(&format!("{name}-title")), &format!("<p>{}", words.get(name)))
}

/// That a notice has arrived.
pub(super) fn received(headers: &HeaderMap, id: &str) -> Response {
    let words = Words::of(headers);
    let content = format!(
        "<p>{}\n<p><a href=\"/notice/{id}\"><code>/notice/{id}</code></a>",
        words.with("received", "id", id)
    );
    words.page(StatusCode::CREATED, words.get("received-title"), &content)
}

/// What became of a notice. Neither who sent it nor what it says is shown, for its name is no secret.
pub(super) fn status(headers: &HeaderMap, id: &str, kept: &Kept) -> Response {
    let words = Words::of(headers);
    let content = match kept.decisions.last() {
        None => format!("<p>{}", words.with("status-open", "day", &kept.notice.received)),
        Some(last) => {
            let name = match last.decision {
                Verdict::Deny => "status-denied",
                Verdict::Keep => "status-kept",
            };
            let (what, why) = (
                words.with(name, "day", &last.decided),
                words.with("status-reason", "reason", &visible(&last.reason)),
            );
            format!("<p>{what}\n<p>{why}\n<p>{}", words.get("appeal"))
        }
    };
    words.page(StatusCode::OK, &words.with("status-title", "id", id), &content)
}

/// A notice as plain text for the operator.
pub(super) fn letter(id: &str, notice: &Notice) -> String {
    let Notice { received, kind, torrents, links, files, why, name, email } = notice;
    let torrents: Vec<_> = torrents.iter().map(|named| named.0.to_string()).collect();
    let [links, files, why, name, email] = [links, files, why, name, email].map(|text| visible(text));
    format!(
        "Notice {id}\nReceived: {received}\nKind: {}\nFrom: {name} <{email}>\nTorrents: {}\n\nLinks:\n{links}\n\nFiles:\n{files}\n\n\
         Why:\n{why}\n",
        kind.name(),
        torrents.join(" ")
    )
}

/// Text as HTML, also within quotes.
fn escape(text: &str) -> String {
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

    /// What templates and code ask for beside words.
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
        let english: BTreeSet<_> = Words::all()[0].1.keys().collect();
        for (tag, words) in Words::all() {
            assert_eq!(words.keys().collect::<BTreeSet<_>>(), english, "{tag}");
            for (name, text) in words {
                let ours = Words::all()[0].1[name];
                assert_eq!(names(text), names(ours), "{tag}: {name}");
                assert!(!text.contains(['<', '>', '&', '"']), "{tag}: {name} is no HTML");
            }
            let lines =
                LANGUAGES.iter().find(|(of, _)| of == tag).map_or(0, |(_, text)| text.lines().count());
            assert_eq!(words.len(), lines, "{tag} says something twice");
        }
        for name in names(FORM).union(&names(PAGE)) {
            assert!(english.contains(name) || VALUES.contains(name), "{name}");
        }
        let kinds = Kind::ALL.map(|kind| format!("kind-{}", kind.name()));
        assert!(kinds.iter().all(|kind| english.contains(&kind.as_str())));
    }

    #[test]
    fn what_others_typed_is_text() {
        let hostile = "\"><script>{title}</script>'&\u{202e}";
        let typed = hostile.replace('&', "%26");
        let fields = Fields::read(format!("why={typed}&name={typed}&kind=copyright").as_bytes());
        let response = form(&HeaderMap::new(), StatusCode::OK, &fields, &[Missing::Links]);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let body = runtime.block_on(axum::body::to_bytes(response.into_body(), usize::MAX)).unwrap();
        let html = String::from_utf8(body.to_vec()).unwrap();
        assert!(!html.contains("<script"), "{html}");
        assert_eq!(html.matches("&lt;script&gt;{title}&lt;/script&gt;&#39;").count(), 2, "{html}");
        assert!(html.contains("<option value=\"copyright\" selected>"), "{html}");
        assert!(html.contains("<a href=\"#links\">"), "{html}");
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
