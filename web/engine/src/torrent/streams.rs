//! Media elements that read files of a torrent: the ways out to them, and what goes there.

use js_sys::{ArrayBuffer, Uint8Array};
use metainfo::FileSpan;
use session::{Break, Error, MAX_CHUNK, StreamKey, StreamRequest};
use stream::Head;
use swarm::Time;

use super::Torrent;
use crate::stream::{Outlet, Signal};

const _: () = assert!(MAX_CHUNK == protocol::stream::MAX_CHUNK);

/// A media element that no torrent answers yet.
#[derive(Debug)]
pub(crate) struct Stream {
    key: StreamKey,
    request: StreamRequest,
    outlet: Outlet,
    /// Chunks that may be sent.
    credit: u32,
}

impl Stream {
    pub(crate) const fn new(key: StreamKey, request: StreamRequest, outlet: Outlet) -> Self {
        Self { key, request, outlet, credit: 0 }
    }

    /// Which one it is.
    pub(crate) const fn key(&self) -> StreamKey {
        self.key
    }

    /// There are no bytes for it, and `status` says why.
    pub(crate) fn reject(&self, status: u16) {
        Self::refuse(&self.outlet, status);
    }

    /// The same, for a request that never became a stream.
    pub(crate) fn refuse(outlet: &Outlet, status: u16) {
        outlet.begin(&Head::without_file(status));
        outlet.end();
    }

    /// Takes note of what the reader says; whether it is still there.
    pub(crate) fn signalled(&mut self, signal: Signal) -> bool {
        match signal {
            Signal::Credit(chunks) => self.credit = self.credit.saturating_add(chunks),
            Signal::Gone => return false,
        }
        true
    }
}

impl Torrent {
    /// Begins to answer a media element.
    pub(crate) fn answer(&mut self, now: Time, stream: Stream) {
        let Stream { key, request, outlet, credit } = stream;
        self.outlets.insert(key, outlet);
        self.open_stream(now, key, request, credit);
    }

    /// Whether this stream is one of this torrent's.
    pub(crate) fn has_stream(&self, key: StreamKey) -> bool {
        self.outlets.contains_key(&key)
    }

    /// The reader of a stream says something.
    pub(crate) fn stream_signalled(&mut self, now: Time, key: StreamKey, signal: Signal) {
        match signal {
            Signal::Credit(chunks) => self.stream_takes(now, key, chunks),
            Signal::Gone => {
                self.outlets.remove(&key);
                self.stream_gone(now, key);
            }
        }
    }

    pub(super) fn begin(&self, key: StreamKey, head: &Head) {
        if let Some(outlet) = self.outlets.get(&key) {
            outlet.begin(head);
        }
    }

    pub(super) fn send_chunk(&mut self, now: Time, key: StreamKey, span: FileSpan, stored: bool) {
        let sent = self.chunk(span, stored).map(|chunk| {
            if let Some(outlet) = self.outlets.get(&key) {
                outlet.send(&chunk);
            }
        });
        self.streamed(now, key, sent);
    }

    pub(super) fn end(&mut self, key: StreamKey, broken: Option<Break>) {
        let Some(outlet) = self.outlets.remove(&key) else { return };
        match broken {
            None => outlet.end(),
            Some(Break::TooMany) => outlet.fail("Too many players read this torrent at once."),
            Some(Break::Removed) => outlet.fail("This torrent was removed."),
            Some(Break::Stopped) => outlet.fail("This download has stopped."),
            Some(Break::Paused) => outlet.fail("This download is paused."),
        }
    }

    fn chunk(&mut self, span: FileSpan, stored: bool) -> Result<ArrayBuffer, Error> {
        match self.files_mut() {
            Some(reader) if !stored => {
                let mut bytes = vec![0; span.length as usize];
                session::UserFiles::read(reader, span.offset, &mut bytes)?;
                Ok(Uint8Array::from(&bytes[..]).buffer())
            }
            _ => {
                let offset = self.storage().places().of(span.offset);
                self.storage().data().bytes(FileSpan { offset, ..span })
            }
        }
    }
}
