//! Making torrents of the user's files.

use std::ops::ControlFlow;

use metainfo::{FileSpan, InfoBuilder, Metainfo, PieceIndex, Version, portable};
use protocol::{Refusal, ShareOptions, SharedFile};
use web_sys::File;

use crate::browser::wall_clock;
use crate::error::refusal;
use crate::files::UserFiles;
use crate::hash::{Plan, Sums};

/// Hashes `parts`, which lie in the torrent as `shared` says. `progress` hears how many bytes of how many are
/// hashed, and may break off; the result is then of no use.
///
/// # Errors
/// A file cannot be read, has no fit name, or there is nothing in any.
pub async fn describe(
    shared: Vec<SharedFile>,
    parts: Vec<File>,
    options: ShareOptions,
    announce: Vec<Vec<String>>,
    mut progress: impl FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<(Metainfo, UserFiles), Refusal> {
    let (builder, paths) = layout(shared, &options);
    let builder =
        builder.version(options.version).private(options.private).payment_options(options.payment_options);
    let geometry = builder.geometry().map_err(Refusal::Torrent)?;
    let version = builder.chosen_version();
    // The torrent may have them in another order.
    let mut parts: Vec<_> = paths.into_iter().zip(parts).collect();
    let laid_out = builder.files().map_err(Refusal::Torrent)?;
    if version != Version::One {
        sort::by(&mut parts, |(a, _), (b, _)| a.cmp(b));
    }
    let placed = laid_out.into_iter().zip(parts);
    let files = UserFiles::new(placed.map(|(file, (_, part))| (file.span, file.path_string(), part)));
    let span = |piece: PieceIndex| FileSpan {
        offset: geometry.offset_of(piece),
        length: u64::from(geometry.length_of(piece)),
    };
    let (mut hashes, mut leaves) = (Vec::new(), Vec::new());
    let mut hashed = 0;
    let done = |piece: PieceIndex, sums: Sums| {
        hashed += u64::from(geometry.content_of(piece));
        hashes.extend(sums.sha1);
        leaves.extend(sums.leaves);
        progress(hashed, geometry.content_length())
    };
    let lost = |piece, _: &_| files.changed(span(piece));
    Plan::of_version(geometry.clone(), version)
        .run(geometry.pieces(), |piece| files.load(span(piece)), lost, done)
        .await
        .map_err(refusal)?;
    let (info, piece_layers) = builder.finish(&hashes, &leaves).map_err(Refusal::Torrent)?;
    let metainfo = Metainfo {
        info,
        piece_layers,
        announce,
        url_list: Vec::new(),
        comment: options.comment,
        created_by: Some(concat!("Seedcast ", env!("CARGO_PKG_VERSION")).to_owned()),
        creation_date: Some((wall_clock() / 1000.0) as i64),
        endorsements: Vec::new(),
    };
    Ok((metainfo, files))
}

/// What the torrent is called, and the path of each file in it: a file alone goes by its name, a folder by its own. A
/// name that no torrent may have is repaired, for the file is what people want.
fn layout(files: Vec<SharedFile>, options: &ShareOptions) -> (InfoBuilder, Vec<Vec<String>>) {
    let named = |own: &str| {
        let name = if options.name.is_empty() { own } else { &options.name };
        portable::shareable_name(name)
    };
    if let [file] = &files[..]
        && let [name] = &file.path[..]
    {
        let name = named(name);
        return (InfoBuilder::single(name.clone(), file.length), vec![vec![name]]);
    }
    let folder = files.first().and_then(|file| file.path.first()).cloned().unwrap_or_default();
    let is_folder = files.iter().all(|file| file.path.len() > 1 && file.path[0] == folder);
    let own = if is_folder { folder } else { format!("{} files", files.len()) };
    let mut builder = InfoBuilder::new(named(&own));
    let below = usize::from(is_folder);
    let paths = portable::shareable(files.iter().map(|file| &file.path[below..]));
    for (path, file) in paths.iter().zip(files) {
        builder = builder.file(path.clone(), file.length);
    }
    (builder, paths)
}
