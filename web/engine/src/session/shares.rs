//! Making torrents of the user's files.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::Duration;

use metainfo::{FileSpan, InfoBuilder, Metainfo, PieceIndex};
use protocol::{Event, ShareId, ShareOptions, SharedFile};
use wasm_bindgen_futures::spawn_local;
use web_sys::File;

use super::connections::SPARE;
use super::{Session, tell};
use crate::browser::{now, wall_clock};
use crate::files::UserFiles;
use crate::hash;
use crate::torrent::Origin;

/// Between two words on how far the hashing is.
const PACE: Duration = Duration::from_millis(100);

impl Session {
    /// Hashes the files, then shares them.
    pub(super) fn share(
        &mut self,
        id: ShareId,
        files: Vec<SharedFile>,
        options: ShareOptions,
        parts: Vec<File>,
    ) {
        let given = parts.iter().map(|file| file.size() as u64);
        if !files.iter().map(|file| file.length).eq(given) {
            tell(&Event::ShareFailed {
                id,
                why: "The files changed while they were being added.".to_owned(),
            });
            return;
        }
        let stop = Rc::new(Cell::new(false));
        self.shares.insert(id, Rc::clone(&stop));
        self.make_offers(now(), SPARE);
        let trackers = self.share_trackers(&options);
        let keep_copy = options.keep_copy;
        let this = self.this.clone();
        spawn_local(async move {
            let shared = describe(id, files, parts, options, trackers, &stop).await;
            if !stop.get() {
                this.with(move |session| session.hashed(id, shared, keep_copy));
            }
        });
    }

    /// Stops hashing.
    pub(super) fn cancel_share(&mut self, id: ShareId) {
        if let Some(stop) = self.shares.remove(&id) {
            stop.set(true);
        }
    }

    fn hashed(&mut self, id: ShareId, shared: Result<(Metainfo, UserFiles), String>, keep_copy: bool) {
        self.shares.remove(&id);
        match shared {
            Ok((metainfo, files)) => {
                let info_hash = metainfo.info.info_hash();
                tell(&Event::Shared { id, info_hash });
                self.add(info_hash, Origin::Files { metainfo, files, keep_copy });
            }
            Err(why) => tell(&Event::ShareFailed { id, why }),
        }
    }

    /// Every tracker of a share is named in its torrent file, so that other programs find it, too.
    fn share_trackers(&self, options: &ShareOptions) -> Vec<Vec<String>> {
        let mut urls: Vec<Vec<String>> = Vec::new();
        for url in self.settings.trackers.iter().chain(&options.trackers) {
            if !urls.iter().flatten().any(|known| known == url) {
                urls.push(vec![url.clone()]);
            }
        }
        urls
    }
}

/// The torrent of these files.
async fn describe(
    id: ShareId,
    shared: Vec<SharedFile>,
    parts: Vec<File>,
    options: ShareOptions,
    announce: Vec<Vec<String>>,
    stop: &Cell<bool>,
) -> Result<(Metainfo, UserFiles), String> {
    let (builder, paths) = layout(shared, &options);
    let builder = builder.private(options.private);
    let geometry = builder.geometry().map_err(|error| error.to_string())?;
    let files = UserFiles::new(paths.into_iter().zip(parts));
    let span = |piece: PieceIndex| FileSpan {
        offset: geometry.offset_of(piece),
        length: u64::from(geometry.length_of(piece)),
    };
    let mut hashes = Vec::with_capacity(geometry.piece_count() as usize);
    let mut told = now();
    let done = |piece: PieceIndex, hash| {
        hashes.push(hash);
        let now = now();
        if now.since(told) >= PACE {
            told = now;
            tell(&Event::Hashing { id, done: span(piece).end(), total: geometry.total_length() });
        }
        if stop.get() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let lost = |piece, _: &_| files.changed(span(piece));
    hash::pieces(geometry.pieces(), |piece| files.load(span(piece)), lost, done)
        .await
        .map_err(|error| error.to_string())?;
    let info = builder.finish(&hashes).map_err(|error| error.to_string())?;
    let metainfo = Metainfo {
        info,
        announce,
        url_list: Vec::new(),
        comment: options.comment,
        created_by: Some(concat!("Seedcast ", env!("CARGO_PKG_VERSION")).to_owned()),
        creation_date: Some((wall_clock() / 1000.0) as i64),
    };
    Ok((metainfo, files))
}

/// What the torrent is called, and the path of each file in it: a file alone goes by its name, a folder by its own.
fn layout(files: Vec<SharedFile>, options: &ShareOptions) -> (InfoBuilder, Vec<String>) {
    let named = |own: &str| if options.name.is_empty() { own.to_owned() } else { options.name.clone() };
    if let [file] = &files[..]
        && let [name] = &file.path[..]
    {
        let name = named(name);
        return (InfoBuilder::single(name.clone(), file.length), vec![name]);
    }
    let folder = files.first().and_then(|file| file.path.first()).cloned().unwrap_or_default();
    let is_folder = files.iter().all(|file| file.path.len() > 1 && file.path[0] == folder);
    let own = if is_folder { folder } else { format!("{} files", files.len()) };
    let mut builder = InfoBuilder::new(named(&own));
    let mut paths = Vec::new();
    for mut file in files {
        if is_folder {
            file.path.remove(0);
        }
        paths.push(file.path.join("/"));
        builder = builder.file(file.path, file.length);
    }
    (builder, paths)
}
