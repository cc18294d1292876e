//! What a web site says about the accounts of its creator.

use btt::{Account, CreatorFile, MAX_CREATOR_FILE};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, ReadableStreamDefaultReader, RequestCredentials, RequestInit, RequestRedirect, Response,
};

use crate::browser::{property, window};

/// Milliseconds after which a site counts as silent.
const PATIENCE: u32 = 10_000;

/// What came of asking a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It lists the account.
    Lists,
    /// It has a list, and the account is not on it.
    Denies,
    /// It has something else where its list should be.
    Unreadable,
    /// It has no list, or none that this page may read.
    Silent,
}

/// Asks the site of `domain` whether `account` is its creator's. That tells the site that somebody looks.
pub(crate) async fn ask(domain: &str, account: &Account) -> Answer {
    let Some(bytes) = file(domain).await else { return Answer::Silent };
    match CreatorFile::parse(&bytes) {
        Ok(file) if file.lists(account) => Answer::Lists,
        Ok(_) => Answer::Denies,
        Err(_) => Answer::Unreadable,
    }
}

/// What the site has where its list should be: as much as tells whether it is one.
async fn file(domain: &str) -> Option<Vec<u8>> {
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
    let reader: ReadableStreamDefaultReader = response.body()?.get_reader().unchecked_into();
    let mut bytes = Vec::new();
    while bytes.len() <= MAX_CREATOR_FILE {
        let chunk = JsFuture::from(reader.read()).await.ok()?;
        let Some(chunk) = property(&chunk, "value").and_then(|value| value.dyn_into::<Uint8Array>().ok())
        else {
            return Some(bytes);
        };
        bytes.extend(chunk.to_vec());
    }
    // Of what is too long, nothing more is read. If that was broken off meanwhile, it matters to nobody.
    let _ = JsFuture::from(reader.cancel()).await;
    Some(bytes)
}
