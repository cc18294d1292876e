//! `/about`: who runs the site, and what is known of its visitors. What it says follows from the configuration.

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;

use crate::config::Config;
use crate::html::{Words, escape};
use crate::url;

/// What an operator says of a site. All of it may be left out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct About {
    /// Who runs it: names and addresses, in lines.
    operator: String,
    /// How to reach them: lines of text, too.
    contact: String,
    /// Where the terms of use are, as an `https://` URL.
    terms: Option<String>,
    /// What else is to be said of visitors' data, in lines.
    privacy: String,
}

impl About {
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        self.terms.iter().try_for_each(|url| url::check("about.terms", url, &["https://", "http://"]))
    }
}

/// The page, as it is true of a server with this configuration.
pub(crate) fn page(headers: &HeaderMap, config: &Config) -> Response {
    let words = Words::of(headers);
    let About { operator, contact, terms, privacy } = &config.about;
    let mut content = part(words, "about-operator", operator) + &part(words, "about-contact", contact);
    if let Some(terms) = terms {
        content += &link(words, terms, "about-terms");
    }
    content += &format!("<p>{}\n<h2>{}</h2>\n<ul>\n", words.get("about-rules"), words.get("about-privacy"));
    for sentence in sentences(words, config) {
        content += &format!("<li>{sentence}\n");
    }
    content += "</ul>\n";
    content += &part(words, "about-own-privacy", privacy);
    if config.notices.is_some() {
        content += &link(words, "/notice", "about-notice");
        content += &link(words, "/transparency.json", "about-log");
    }
    words.page(StatusCode::OK, words.get("about-title"), &content)
}

/// What an operator says, under a title; nothing if that is nothing.
fn part(words: Words, title: &str, text: &str) -> String {
    if text.trim().is_empty() {
        return String::new();
    }
    let lines: Vec<_> = text.lines().map(escape).collect();
    format!("<h2>{}</h2>\n<p>{}\n", words.get(title), lines.join("<br>"))
}

fn link(words: Words, url: &str, name: &str) -> String {
    format!("<p><a href=\"{}\">{}</a>\n", escape(url), words.get(name))
}

/// What is known of visitors, and by whom, as HTML.
fn sentences(words: Words, config: &Config) -> Vec<String> {
    let said = |name: &str| words.get(name).to_owned();
    let mut sentences = vec![said("about-server"), said("about-peers"), said("about-browser")];
    if config.behind_proxy {
        sentences.push(said("about-proxy"));
    }
    let named = |name, key, servers: &[&str]| {
        (!servers.is_empty()).then(|| words.with(name, key, &servers.join(", ")))
    };
    let trackers: Vec<_> = config.trackers.iter().map(String::as_str).collect();
    sentences.extend(named("about-trackers", "trackers", &trackers));
    let is_relay = |url: &&str| url.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("turn"));
    let (relays, stun): (Vec<_>, Vec<_>) = config.ice_urls().into_iter().partition(is_relay);
    sentences.extend(named("about-stun", "servers", &stun));
    sentences.extend(named("about-relay", "servers", &relays));
    sentences.extend(named("about-chain", "servers", &config.nodes()));
    if config.notices.is_some() {
        sentences.push(said("about-notices"));
    }
    sentences.push(said("about-torrents"));
    sentences
}
