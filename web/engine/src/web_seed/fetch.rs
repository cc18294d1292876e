//! Fetching a span of a torrent from one server.

use js_sys::{Reflect, Uint8Array};
use metainfo::{BLOCK_LENGTH, FileSpan, Info};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Headers, ReadableStreamDefaultReader, ReferrerPolicy, RequestCache, RequestCredentials,
    RequestInit, RequestMode, Response,
};
use webseed::{Address, Answer, Body, Error, Request};

use crate::browser::{parts, scope};

/// A span that is to be fetched.
#[derive(Debug)]
pub struct FetchJob {
    address: Address,
    info: Info,
    span: FileSpan,
    controller: AbortController,
}

/// What becomes of a [`FetchJob`].
#[derive(Debug)]
pub enum FetchEvent {
    /// The next of the [`parts`] that its bytes come in: what a torrent makes of one part may end the job, and then the
    /// next is none of what it is sent from then on.
    Bytes(Uint8Array),
    /// This span comes, from its beginning, in place of the one that was asked for.
    Instead(FileSpan),
    /// Nothing more comes.
    Failed(Error),
}

/// Ends a [`FetchJob`] when it is dropped; it reports nothing more then.
#[derive(Debug)]
pub struct Abort(AbortController);

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl FetchJob {
    /// `None` if the browser cannot end it again.
    pub fn new(address: Address, info: Info, span: FileSpan) -> Option<Self> {
        Some(Self { address, info, span, controller: AbortController::new().ok()? })
    }

    /// What ends it.
    pub fn abort(&self) -> Abort {
        Abort(self.controller.clone())
    }

    /// Fetches, file by file. The last event is a failure, unless everything came or the job was ended, be it by
    /// `report`.
    pub async fn run(self, report: impl Fn(FetchEvent)) {
        let report = |event| {
            let ended = self.controller.signal().aborted();
            if !ended {
                report(event);
            }
            ended
        };
        if let Err(error) = self.fetch(&report).await {
            report(FetchEvent::Failed(error));
            // Whatever is still on its way is of no use.
            self.controller.abort();
        }
    }

    async fn fetch(&self, report: &impl Fn(FetchEvent) -> bool) -> Result<(), Error> {
        let mut rest = self.span;
        while rest.length > 0 {
            let part = self.address.part(&self.info, rest);
            rest = FileSpan { offset: part.span.end(), length: rest.length - part.span.length };
            let ended = match &part.request {
                None => padding(part.span.length, report),
                Some(request) => self.body(request, report).await?,
            };
            if ended {
                break;
            }
        }
        Ok(())
    }

    /// One request and its answer. Whether that ends the job.
    async fn body(&self, request: &Request, report: &impl Fn(FetchEvent) -> bool) -> Result<bool, Error> {
        let response = self.ask(request).await?;
        let headers = response.headers();
        let header = |name| headers.get(name).ok().flatten();
        let (length, range, retry_after) =
            (header("content-length"), header("content-range"), header("retry-after"));
        let body = request.judge(Answer {
            status: response.status(),
            length: length.as_deref(),
            range: range.as_deref(),
            retry_after: retry_after.as_deref(),
        })?;
        let (mut left, whole) = match body {
            Body::Part => (request.length, false),
            Body::Whole => (request.file.length, true),
        };
        if whole && report(FetchEvent::Instead(request.file)) {
            return Ok(true);
        }
        let stream = response.body().ok_or(Error::CutOff)?;
        let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
        while left > 0 {
            let chunk = read(&reader).await.map_err(|_why| Error::CutOff)?;
            let chunk = chunk.ok_or_else(|| Error::WrongLength { file: request.name.clone() })?;
            let taken = u64::from(chunk.length()).min(left);
            left -= taken;
            if parts(&chunk.subarray(0, taken as u32)).any(|part| report(FetchEvent::Bytes(part))) {
                return Ok(true);
            }
        }
        // Of more than was asked for, nothing is read.
        cancel(&reader).await;
        Ok(whole)
    }

    async fn ask(&self, request: &Request) -> Result<Response, Error> {
        let headers = Headers::new().map_err(|_why| Error::Unreachable)?;
        headers.set("range", &request.range()).map_err(|_why| Error::Unreachable)?;
        let options = self.options();
        options.set_headers(&headers);
        match JsFuture::from(scope().fetch_with_str_and_init(&request.url, &options)).await {
            Ok(response) => Ok(response.unchecked_into()),
            Err(_same_words_for_everything) => Err(self.why_unreadable(&request.url).await),
        }
    }

    /// Browsers do not tell why an answer cannot be read. But they can ask without reading: a server that answers
    /// then is there, and only keeps this page from its answer.
    async fn why_unreadable(&self, url: &str) -> Error {
        let options = self.options();
        options.set_method("HEAD");
        options.set_mode(RequestMode::NoCors);
        match JsFuture::from(scope().fetch_with_str_and_init(url, &options)).await {
            Ok(_unreadable) => Error::Cors,
            Err(_) => Error::Unreachable,
        }
    }

    fn options(&self) -> RequestInit {
        let options = options();
        options.set_signal(Some(&self.controller.signal()));
        options
    }
}

/// A whole file of at most `limit` bytes; `None` if it is longer, or cannot be had.
pub(crate) async fn small_file(url: &str, limit: usize) -> Option<Vec<u8>> {
    let response = JsFuture::from(scope().fetch_with_str_and_init(url, &options())).await.ok()?;
    let response: Response = response.unchecked_into();
    let reader: ReadableStreamDefaultReader = response.body()?.get_reader().unchecked_into();
    let mut bytes = Vec::new();
    while let Some(chunk) = read(&reader).await.ok()? {
        if !response.ok() || bytes.len() + chunk.length() as usize > limit {
            cancel(&reader).await;
            return None;
        }
        bytes.extend(chunk.to_vec());
    }
    Some(bytes)
}

/// Servers hear nothing of who asks, and what they send goes into our storage and nowhere else.
fn options() -> RequestInit {
    let options = RequestInit::new();
    options.set_cache(RequestCache::NoStore);
    options.set_credentials(RequestCredentials::Omit);
    options.set_referrer_policy(ReferrerPolicy::NoReferrer);
    options
}

/// Zeros, which nobody has to send. Whether that ends the job.
fn padding(mut left: u64, report: &impl Fn(FetchEvent) -> bool) -> bool {
    while left > 0 {
        let chunk = left.min(u64::from(BLOCK_LENGTH)) as u32;
        left -= u64::from(chunk);
        if report(FetchEvent::Bytes(Uint8Array::new_with_length(chunk))) {
            return true;
        }
    }
    false
}

/// Reads no more of a stream. One that was broken off meanwhile says so, which matters to nobody.
async fn cancel(reader: &ReadableStreamDefaultReader) {
    let _ = JsFuture::from(reader.cancel()).await;
}

/// The next bytes of a stream; `None` at its end.
async fn read(reader: &ReadableStreamDefaultReader) -> Result<Option<Uint8Array>, JsValue> {
    let result = JsFuture::from(reader.read()).await?;
    let value = Reflect::get(&result, &JsValue::from_str("value"))?;
    Ok(value.dyn_into().ok())
}
