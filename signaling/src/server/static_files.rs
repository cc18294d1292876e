//! The page's files, in memory.
//!
//! They are read once, so a request is a look-up and can reach nothing else on the disk. A restart takes in
//! a new build.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use percent_encoding::percent_decode_str;
use sha2::{Digest as _, Sha256};
use tokio::sync::OnceCell;

use crate::policy;
use crate::url::PublicUrl;

/// Brotli's quality. The highest, 11, makes wasm smaller by a tenth and takes twenty times as long, which
/// the first visitor would have to wait for.
const QUALITY: i32 = 9;

/// What is at paths that lead nowhere. It takes nothing else to show, so nothing has to be allowed.
const NOT_FOUND: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>No such page – Seedcast</title>
<h1>There is no such page.</h1>
<p>Links to files look like <code>/#magnet:…</code>: maybe a part of yours was lost.
<p><a href="/">Open Seedcast</a>
"#;

/// Brotli's window, as a power of two: its largest, since the receiver has the memory.
const WINDOW: i32 = 22;

/// Every file of one folder, by its path in a URL.
#[derive(Debug)]
pub(crate) struct StaticFiles(BTreeMap<String, File>);

#[derive(Debug)]
struct File {
    content: Bytes,
    /// Filled at the first request that accepts it; `None` where it would save nothing.
    compressed: OnceCell<Option<Bytes>>,
    media_type: &'static str,
    /// The start of the content's SHA-256.
    digest: String,
    cache_control: &'static str,
    policy: HeaderValue,
}

impl StaticFiles {
    /// Reads a folder and those in it, but neither hidden files nor symbolic links. What documents say of themselves
    /// (`<meta content="./…">`) begins with `public_url` instead, if there is one.
    pub(crate) fn load(directory: &Path, public_url: Option<&PublicUrl>) -> io::Result<Self> {
        let mut files = BTreeMap::new();
        let mut folders = vec![(directory.to_owned(), String::new())];
        while let Some((folder, prefix)) = folders.pop() {
            for entry in std::fs::read_dir(folder)? {
                let entry = entry?;
                let Ok(name) = entry.file_name().into_string() else { continue };
                let path = format!("{prefix}/{name}");
                let kind = entry.file_type()?;
                if name.starts_with('.') {
                    continue;
                } else if kind.is_dir() {
                    folders.push((entry.path(), path));
                } else if kind.is_file() {
                    let mut content = std::fs::read(entry.path())?;
                    if let (true, Some(url)) = (path.ends_with(".html"), public_url) {
                        let html = String::from_utf8_lossy(&content);
                        content = html.replace("content=\"./", &format!("content=\"{}", url.as_str())).into();
                    }
                    let file = File::new(&path, content);
                    files.insert(path, file);
                }
            }
        }
        Ok(Self(files))
    }

    /// Answers GET and HEAD for a path as it stands in the request.
    pub(crate) async fn respond(&self, path: &str, request: &HeaderMap) -> Response {
        let Ok(mut path) = percent_decode_str(path).decode_utf8() else {
            return StatusCode::NOT_FOUND.into_response();
        };
        if path.ends_with('/') {
            path.to_mut().push_str("index.html");
        }
        match self.0.get(path.as_ref()) {
            Some(file) => file.respond(request).await,
            None => not_found(request),
        }
    }
}

/// Says so to whoever reads pages in one with a way on, to others in a line.
fn not_found(request: &HeaderMap) -> Response {
    let accepts = request.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    if !accepts.flat_map(|value| value.split(',')).any(|kind| kind.trim().starts_with("text/html")) {
        return (StatusCode::NOT_FOUND, "There is no such file.\n").into_response();
    }
    let headers = [(header::CONTENT_TYPE, media_type("404.html")), (header::VARY, "accept")];
    (StatusCode::NOT_FOUND, headers, NOT_FOUND).into_response()
}

impl File {
    fn new(path: &str, content: Vec<u8>) -> Self {
        let media_type = media_type(path);
        let html = media_type.starts_with("text/html").then(|| String::from_utf8_lossy(&content));
        Self {
            media_type,
            digest: Sha256::digest(&content).iter().take(8).map(|byte| format!("{byte:02x}")).collect(),
            cache_control: if is_named_by_content(path) {
                "public, max-age=31536000, immutable"
            } else {
                "no-cache"
            },
            policy: policy::content_policy(path, html.as_deref()),
            content: content.into(),
            compressed: OnceCell::new(),
        }
    }

    async fn respond(&self, request: &HeaderMap) -> Response {
        let compressed = if accepts_brotli(request) { self.compressed().await } else { None };
        let tag = if compressed.is_some() {
            format!("\"{}-br\"", self.digest)
        } else {
            format!("\"{}\"", self.digest)
        };
        let fresh = request
            .get(header::IF_NONE_MATCH)
            .and_then(|tags| tags.to_str().ok())
            .is_some_and(|tags| tags.split(',').any(|known| known.trim().trim_start_matches("W/") == tag));

        let mut response = if fresh {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let encoding = compressed.is_some().then_some([(header::CONTENT_ENCODING, "br")]);
            let content = compressed.unwrap_or_else(|| self.content.clone());
            ([(header::CONTENT_TYPE, self.media_type)], encoding, content).into_response()
        };
        let headers = response.headers_mut();
        headers.insert(header::ETAG, HeaderValue::try_from(tag).expect("hexadecimal digits in quotes"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(self.cache_control));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(header::CONTENT_SECURITY_POLICY, self.policy.clone());
        response
    }

    async fn compressed(&self) -> Option<Bytes> {
        let compress = || async {
            if !is_text(self.media_type) {
                return None;
            }
            let content = self.content.clone();
            // A panic there would cost the compression, and nothing else.
            tokio::task::spawn_blocking(move || brotli(&content)).await.ok().flatten()
        };
        self.compressed.get_or_init(compress).await.clone()
    }
}

fn brotli(content: &[u8]) -> Option<Bytes> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: QUALITY,
        lgwin: WINDOW,
        size_hint: content.len(),
        ..Default::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &content[..], &mut compressed, &params).ok()?;
    (compressed.len() < content.len()).then(|| compressed.into())
}

fn accepts_brotli(request: &HeaderMap) -> bool {
    let codings = request.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    codings.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case("br") && weight.is_some_and(|weight| weight > 0.0)
    })
}

/// Whether a build tool put a hash of the content in the name, as Trunk does: `page-0123456789abcdef.js`,
/// `page-0123456789abcdef_bg.wasm`. Such a name never stands for anything else.
fn is_named_by_content(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split('-').skip(1).any(|part| {
        let digits = part.bytes().take_while(u8::is_ascii_hexdigit).count();
        digits >= 16 && matches!(part.as_bytes().get(digits), Some(b'.' | b'_'))
    })
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/vnd.microsoft.icon",
        "woff2" => "font/woff2",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        "mp3" => "audio/mpeg",
        "torrent" => "application/x-bittorrent",
        _ => "application/octet-stream",
    }
}

fn is_text(media_type: &str) -> bool {
    media_type.starts_with("text/")
        || matches!(
            media_type,
            "application/wasm" | "application/json" | "application/manifest+json" | "image/svg+xml"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_a_hash_are_told_from_others() {
        for name in
            ["/page-0123456789abcdef.js", "/page-0123456789abcdef_bg.wasm", "/a/b-c-00112233445566778899.css"]
        {
            assert!(is_named_by_content(name), "{name}");
        }
        for name in
            ["/index.html", "/page-0123456789abcde.js", "/0123456789abcdef.js", "/page-0123456789abcdefg.js"]
        {
            assert!(!is_named_by_content(name), "{name}");
        }
    }

    #[test]
    fn brotli_is_sent_only_to_who_asks_for_it() {
        let accepts = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_str(value).unwrap());
            accepts_brotli(&headers)
        };
        assert!(accepts("gzip, deflate, br, zstd"));
        assert!(accepts("br;q=0.5"));
        assert!(!accepts("gzip, br;q=0"));
        assert!(!accepts("brown"));
        assert!(!accepts_brotli(&HeaderMap::new()));
    }
}
