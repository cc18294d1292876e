//! Media elements that read files of torrents.

use js_sys::Array;
use metainfo::InfoHash;
use protocol::stream::StreamRequest;
use session::StreamKey;
use stream::Address;
use wasm_bindgen::JsCast as _;
use web_sys::MessagePort;

use super::Session;
use crate::stream::{Outlet, Signal};
use crate::torrent::Stream;

/// Streams that no torrent has yet.
#[derive(Debug, Default)]
pub(super) struct Streams {
    minted: u32,
    /// Their torrents may be among those whose folders, or the storage of all, are being opened.
    waiting: Vec<(InfoHash, Stream)>,
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
        let StreamRequest { address, method, range, if_range } = request;
        match Address::parse(&address) {
            Some(Address { info_hash, path }) => {
                let request = session::StreamRequest { path, method, range, if_range };
                self.place(info_hash, Stream::new(key, request, outlet));
            }
            None => Stream::refuse(&outlet, 404),
        }
    }

    /// Looks again for the torrents of streams, now that there is one more, or one less to wait for.
    pub(super) fn place_streams(&mut self) {
        for (info_hash, stream) in std::mem::take(&mut self.streams.waiting) {
            self.place(info_hash, stream);
        }
    }

    fn place(&mut self, swarm: InfoHash, stream: Stream) {
        let info_hash = self.torrent_of(swarm);
        if self.torrents.contains_key(&info_hash) {
            self.with(info_hash, |torrent, now| torrent.answer(now, stream));
        } else if self.shelf.is_some() && self.pending.is_empty() {
            stream.reject(404);
        } else {
            self.streams.waiting.push((swarm, stream));
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
