//! Readers of files, whose torrents may be among those that are not listed yet.

use metainfo::InfoHash;
use stream::Head;
use swarm::Time;

use super::{Output, Session};
use crate::torrent::{Output as Asked, StreamKey, StreamRequest};
use crate::{Storage, UserFiles};

/// A stream that no torrent has yet.
#[derive(Debug)]
pub(super) struct Waiting {
    swarm: InfoHash,
    key: StreamKey,
    request: StreamRequest,
    /// Chunks that may be sent.
    credit: u32,
    since: Time,
}

impl<S: Storage, U: UserFiles, L> Session<S, U, L> {
    /// Begins to answer a request for a file of a torrent, for a reader that takes nothing [yet](Self::stream_takes).
    pub fn open_stream(&mut self, now: Time, swarm: InfoHash, key: StreamKey, request: StreamRequest) {
        self.place(Waiting { swarm, key, request, credit: 0, since: now });
    }

    /// The reader of a stream takes so many chunks more.
    pub fn stream_takes(&mut self, now: Time, key: StreamKey, chunks: u32) {
        if let Some(torrent) = self.reads(key) {
            self.act(torrent, |torrent| torrent.stream_takes(now, key, chunks));
        } else if let Some(waiting) = self.waiting.iter_mut().find(|waiting| waiting.key == key) {
            waiting.credit = waiting.credit.saturating_add(chunks);
        }
    }

    /// The reader of a stream is gone.
    pub fn stream_gone(&mut self, now: Time, key: StreamKey) {
        if let Some(torrent) = self.reads(key) {
            self.act(torrent, |torrent| torrent.stream_gone(now, key));
        }
        self.waiting.retain(|waiting| waiting.key != key);
    }

    /// Looks again for the torrents of streams, now that there is one more, or one less to wait for.
    pub(super) fn place_streams(&mut self) {
        for waiting in std::mem::take(&mut self.waiting) {
            self.place(waiting);
        }
    }

    fn place(&mut self, waiting: Waiting) {
        let torrent = self.torrent_of(waiting.swarm);
        if self.torrents.contains_key(&torrent) {
            let Waiting { key, request, credit, since, .. } = waiting;
            self.act(torrent, |torrent| torrent.open_stream(since, key, request, credit));
        } else if self.shelf.may_have_more() {
            self.waiting.push(waiting);
        } else {
            let stream = waiting.key;
            for asked in
                [Asked::Begin { stream, head: Head::without_file(404) }, Asked::End { stream, broken: None }]
            {
                self.outputs.push_back(Output::Torrent { torrent, asked });
            }
        }
    }

    /// The torrent that a stream reads.
    fn reads(&self, key: StreamKey) -> Option<InfoHash> {
        self.torrents.iter().find(|(_, entry)| entry.torrent.has_stream(key)).map(|(torrent, _)| *torrent)
    }
}
