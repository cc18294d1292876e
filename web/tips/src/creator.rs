//! What a web site says about the accounts of its creator.

use btt::{Account, CreatorFile};
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, RequestCredentials, RequestInit, RequestRedirect, Response};

use crate::browser::window;

/// Milliseconds after which a site counts as silent.
const PATIENCE: u32 = 10_000;

/// What came of asking a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It lists the account.
    Lists,
    /// It has a list, and the account is not on it.
    Denies,
    /// It has no list that can be read.
    Silent,
}

/// Asks the site of `domain` whether `account` is its creator's. That tells the site that somebody looks.
pub(crate) async fn ask(domain: &str, account: &Account) -> Answer {
    match file(domain).await {
        Some(file) if file.lists(account) => Answer::Lists,
        Some(_) => Answer::Denies,
        None => Answer::Silent,
    }
}

async fn file(domain: &str) -> Option<CreatorFile> {
    // A site on this machine, to try things out, has no certificate.
    let scheme = if domain == "localhost" || domain.starts_with("localhost:") { "http" } else { "https" };
    let request = RequestInit::new();
    request.set_credentials(RequestCredentials::Omit);
    request.set_redirect(RequestRedirect::Error);
    request.set_signal(Some(&AbortSignal::timeout_with_u32(PATIENCE)));
    let url = format!("{scheme}://{domain}/.well-known/btt-creator.json");
    let response: Response = window().fetch_with_str_and_init(&url, &request).await.ok()?.dyn_into().ok()?;
    if !response.ok() {
        return None;
    }
    let text = response.text().ok()?.await.ok()?.as_string()?;
    CreatorFile::parse(text.as_bytes()).ok()
}
