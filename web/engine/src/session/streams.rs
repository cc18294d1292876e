//! Media elements that read files of torrents.

use js_sys::{Array, ArrayBuffer, Uint8Array};
use metainfo::{FileSpan, InfoHash};
use protocol::stream::StreamRequest;
use session::{Error, MAX_CHUNK, StreamKey, UserFiles as _};
use stream::{Address, Head};
use swarm::Time;
use wasm_bindgen::JsCast as _;
use web_sys::MessagePort;

use super::Driver;
use crate::browser::now;
use crate::stream::{Outlet, Signal};
use crate::torrent::Torrent;

const _: () = assert!(MAX_CHUNK == protocol::stream::MAX_CHUNK);

impl Driver {
    /// A media element asks for a file.
    pub(super) fn stream(&mut self, request: StreamRequest, parts: &Array) {
        let Ok(port) = parts.get(0).dyn_into::<MessagePort>() else { return };
        self.streams += 1;
        let key = StreamKey(self.streams);
        let this = self.this.clone();
        let outlet = Outlet::new(port, move |signal| {
            this.with(move |driver| driver.stream_signalled(key, signal));
        });
        let StreamRequest { address, method, range, if_range } = request;
        let Some(Address { info_hash, path }) = Address::parse(&address) else {
            outlet.begin(&Head::without_file(404));
            outlet.end();
            return;
        };
        self.outlets.insert(key, outlet);
        let now = now();
        let request = session::StreamRequest { path, method, range, if_range };
        self.session.open_stream(now, info_hash, key, request);
        self.settle(now);
    }

    /// Sends bytes of a torrent that are in storage, or in the user's files.
    pub(super) fn send_chunk(
        &mut self,
        now: Time,
        info_hash: InfoHash,
        (key, span, stored): (StreamKey, FileSpan, bool),
    ) {
        let Some(torrent) = self.session.torrent_mut(info_hash) else { return };
        let sent = chunk(torrent, span, stored).map(|chunk| {
            if let Some(outlet) = self.outlets.get(&key) {
                outlet.send(&chunk);
            }
        });
        torrent.streamed(now, key, sent);
    }

    fn stream_signalled(&mut self, key: StreamKey, signal: Signal) {
        let now = now();
        match signal {
            Signal::Credit(chunks) => self.session.stream_takes(now, key, chunks),
            Signal::Gone => {
                self.outlets.remove(&key);
                self.session.stream_gone(now, key);
            }
        }
        self.settle(now);
    }
}

fn chunk(torrent: &mut Torrent, span: FileSpan, stored: bool) -> Result<ArrayBuffer, Error> {
    match torrent.files_mut() {
        Some(reader) if !stored => {
            let mut bytes = vec![0; span.length as usize];
            reader.read(span.offset, &mut bytes)?;
            Ok(Uint8Array::from(&bytes[..]).buffer())
        }
        _ => {
            let offset = torrent.storage().places().of(span.offset);
            torrent.storage().data().bytes(FileSpan { offset, ..span })
        }
    }
}
