//! A file's bytes, for whatever shows them.

use host::{Streaming, stream};
use js_sys::Uint8Array;
use metainfo::InfoHash;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, Response, Url};
use yew::prelude::*;

use crate::browser::{self, window};
use crate::controls::Controls;

/// A file that can be read, and the address under which the browser reads it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Opened {
    /// It may still be on its way: reading waits for what is read.
    Stream(AttrValue),
    /// All of it is here.
    Whole(Blob, AttrValue),
}

impl Opened {
    /// The address.
    pub(crate) fn address(&self) -> AttrValue {
        match self {
            Self::Stream(address) | Self::Whole(_, address) => address.clone(),
        }
    }

    /// Its first bytes, at most so many.
    ///
    /// # Errors
    /// The browser's own.
    pub(crate) async fn read(&self, most: u32) -> Result<Vec<u8>, JsValue> {
        let buffer = match self {
            Self::Whole(blob, _) => blob.slice_with_f64_and_f64(0.0, f64::from(most))?.array_buffer().await?,
            Self::Stream(address) => {
                let headers =
                    browser::options("Range", &format!("bytes=0-{}", most.saturating_sub(1)).into());
                let options = browser::options("headers", &headers);
                let response: Response =
                    window().fetch_with_str_and_init(address, options.unchecked_ref()).await?.dyn_into()?;
                if !response.ok() {
                    return Err(response.status_text().into());
                }
                response.array_buffer()?.await?
            }
        };
        Ok(Uint8Array::new(&buffer).to_vec())
    }
}

/// A file that is to be shown.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) info_hash: InfoHash,
    /// Its position among the files of the torrent.
    pub(crate) file: u32,
    pub(crate) path: AttrValue,
    /// Whether all of it is here.
    pub(crate) complete: bool,
    /// Whether it can be shown while it arrives; `None` until that is known.
    pub(crate) streaming: Option<Streaming>,
}

/// Opens a file as soon as it can be. Where nothing streams, that is when it is complete.
#[hook]
pub(crate) fn use_opened(controls: Controls, wanted: &Wanted) -> Option<Opened> {
    let whole = use_state(|| None::<Opened>);
    let blob_needed = wanted.streaming == Some(Streaming::Unavailable) && wanted.complete;
    let name = (wanted.info_hash, wanted.file, blob_needed);
    use_effect_with(name, {
        let whole = whole.clone();
        move |(info_hash, file, needed): &(InfoHash, u32, bool)| {
            whole.set(None);
            let address = std::rc::Rc::new(std::cell::OnceCell::<AttrValue>::new());
            if *needed {
                let address = address.clone();
                controls.open_file(
                    *info_hash,
                    *file,
                    Callback::from(move |blob: Blob| {
                        if let Ok(url) = Url::create_object_url_with_blob(&blob) {
                            let url = address.get_or_init(|| AttrValue::from(url)).clone();
                            whole.set(Some(Opened::Whole(blob, url)));
                        }
                    }),
                );
            }
            move || {
                if let Some(address) = address.get() {
                    let _ = Url::revoke_object_url(address);
                }
            }
        }
    });
    match wanted.streaming {
        Some(Streaming::Ready) => {
            Some(Opened::Stream(stream::address(wanted.info_hash, &wanted.path).into()))
        }
        Some(Streaming::Unavailable) => (*whole).clone(),
        None => None,
    }
}

/// The first bytes of a file, once they are here; an error if they cannot be read.
#[hook]
pub(crate) fn use_bytes(opened: Option<&Opened>, most: u32) -> Option<Result<std::rc::Rc<Vec<u8>>, ()>> {
    let bytes = use_state(|| None);
    use_effect_with(opened.cloned(), {
        let bytes = bytes.clone();
        move |opened: &Option<Opened>| {
            bytes.set(None);
            let cancelled = std::rc::Rc::new(std::cell::Cell::new(false));
            if let Some(opened) = opened.clone() {
                let cancelled = cancelled.clone();
                spawn_local(async move {
                    let read = opened.read(most).await.map(std::rc::Rc::new).map_err(|_browsers_own| ());
                    if !cancelled.get() {
                        bytes.set(Some(read));
                    }
                });
            }
            move || cancelled.set(true)
        }
    });
    (*bytes).clone()
}
