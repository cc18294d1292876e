//! What is shown of notices.

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use metainfo::visible;

use super::form::{Fields, Missing};
use super::store::Kept;
use super::{Kind, Notice, Verdict};
use crate::html::{Words, escape};

const FORM: &str = include_str!("../../../pages/form.html");

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

/// That a notice has arrived, and which torrents were found in it.
pub(super) fn received(headers: &HeaderMap, id: &str, notice: &Notice) -> Response {
    let words = Words::of(headers);
    let torrents: Vec<_> =
        notice.torrents.iter().map(|named| format!("<li><code>{}</code>", named.0)).collect();
    let content = format!(
        "<p>{}\n<p><a href=\"/notice/{id}\"><code>/notice/{id}</code></a>\n<p>{}\n<ul>{}</ul>",
        words.with("received", "id", id),
        words.get("received-torrents"),
        torrents.join("\n")
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

/// A notice as plain text for the operator. Each line that somebody typed has a mark before it: some programs that send mails
/// obey lines that begin with a tilde, and none of them is to look like one of ours.
pub(super) fn letter(id: &str, notice: &Notice) -> String {
    let Notice { received, kind, torrents, links, files, why, name, email } = notice;
    let torrents: Vec<_> = torrents.iter().map(|named| named.0.to_string()).collect();
    let typed = |text: &str| visible(text).lines().map(|line| format!("> {line}\n")).collect::<String>();
    let [from, links, files, why] = [&format!("{name}\n{email}"), links, files, why].map(|text| typed(text));
    format!(
        "Notice {id}\nReceived: {received}\nKind: {}\nTorrents: {}\nFrom:\n{from}Links:\n{links}Files:\n{files}Why:\n{why}",
        kind.name(),
        torrents.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_and_every_field_has_words() {
        let words = Words::of(&HeaderMap::new());
        for kind in Kind::ALL {
            assert!(!words.get(&format!("kind-{}", kind.name())).is_empty(), "{kind:?}");
        }
        for field in
            [Missing::Links, Missing::Kind, Missing::Why, Missing::Name, Missing::Email, Missing::GoodFaith]
        {
            assert!(!words.get(&format!("missing-{}", field.name())).is_empty(), "{field:?}");
        }
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
}
