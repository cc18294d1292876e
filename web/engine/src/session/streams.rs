//! Media elements that read files of torrents.

use js_sys::Array;
use protocol::stream::StreamRequest;
use stream::Address;
use wasm_bindgen::JsCast as _;
use web_sys::MessagePort;

use super::Session;
use crate::browser::now;
use crate::stream::{Outlet, Signal};
use crate::torrent::{Stream, StreamKey};

/// Streams that no torrent has yet.
#[derive(Debug, Default)]
pub(super) struct Streams {
    minted: u32,
    /// Their torrents may be among those whose folders, or the storage of all, are being opened.
    waiting: Vec<(Address, Stream)>,
}

impl Session {
    /// A media element asks for a file.
    pub(super) fn stream(&mut self, request: StreamRequest, parts: &Array) {
        let Ok(port) = parts.get(0).dyn_into::<MessagePort>() else { return };
        self.streams.minted += 1;
        let key = StreamKey(self.streams.minted);
        let this = self.this.clone();
        let outlet = Outlet::new(port, move |signal| {
            this.with(move |session| session.stream_signalled(key, signal));
        });
        match Address::parse(&request.address) {
            Some(address) => {
                let stream = Stream::new(now(), key, address.path.clone(), request, outlet);
                self.place(address, stream);
            }
            None => Stream::refuse(&outlet, 404),
        }
    }

    /// Looks again for the torrents of streams, now that there is one more, or one less to wait for.
    pub(super) fn place_streams(&mut self) {
        for (address, stream) in std::mem::take(&mut self.streams.waiting) {
            self.place(address, stream);
        }
    }

    fn place(&mut self, address: Address, stream: Stream) {
        let info_hash = self.torrent_of(address.info_hash);
        if self.torrents.contains_key(&info_hash) {
            self.with(info_hash, |torrent, now| torrent.open_stream(now, stream));
        } else if self.shelf.is_some() && self.pending.is_empty() {
            stream.reject(404);
        } else {
            self.streams.waiting.push((address, stream));
        }
    }

    fn stream_signalled(&mut self, key: StreamKey, signal: Signal) {
        let has =
            |(info_hash, entry): (&_, &super::Entry)| entry.torrent.has_stream(key).then_some(*info_hash);
        if let Some(info_hash) = self.torrents.iter().find_map(has) {
            self.with(info_hash, |torrent, now| torrent.stream_signalled(now, key, signal));
        } else {
            self.streams.waiting.retain_mut(|(_, stream)| stream.key() != key || stream.signalled(signal));
        }
    }
}
