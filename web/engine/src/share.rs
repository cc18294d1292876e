//! Making torrents of the user's files.

use std::ops::ControlFlow;

use metainfo::{FileSpan, InfoBuilder, Metainfo, PieceIndex, SealKey, Version, portable};
use protocol::{Refusal, ShareOptions, SharedFile};
use seal::{Entry, Keys, List, Salt};
use web_sys::File;

use crate::browser::{secret, wall_clock};
use crate::error::refusal;
use crate::files::UserFiles;
use crate::hash::{Plan, Sums};

/// What becomes of the user's files.
#[derive(Debug)]
pub struct Described {
    /// The torrent.
    pub metainfo: Metainfo,
    /// The files, in its places.
    pub files: UserFiles,
    /// What opens it, if it is sealed.
    pub key: Option<SealKey>,
}

/// Hashes `parts`, which lie in the torrent as `shared` says, and seals them if that is wanted. `progress` hears how many
/// bytes of how many are hashed, and may break off; the result is then of no use.
///
/// # Errors
/// A file cannot be read, has no fit name, or there is nothing in any.
pub async fn describe(
    shared: Vec<SharedFile>,
    parts: Vec<File>,
    options: ShareOptions,
    announce: Vec<Vec<String>>,
    mut progress: impl FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<Described, Refusal> {
    let total = shared.iter().map(|file| file.length).sum();
    let names = Names::of(&shared, &options);
    let lengths = shared.iter().map(|file| file.length);
    let seal =
        if options.sealed { Some(Seal::new(&names, lengths.clone(), &parts, &options)?) } else { None };
    let builder = match &seal {
        Some(seal) => seal.list.torrent(&seal.salt),
        None => names.builder(lengths),
    };
    let builder =
        builder.version(options.version).private(options.private).payment_options(options.payment_options);
    let geometry = builder.geometry().map_err(Refusal::Torrent)?;
    let version = builder.chosen_version();
    let files = match &seal {
        Some(seal) => UserFiles::new(
            seal.list.files().iter().zip(parts).map(|(file, part)| (file.span, file.path.join("/"), part)),
        ),
        None => {
            let mut parts: Vec<_> = names.paths.into_iter().zip(parts).collect();
            // The torrent may have them in another order.
            if version != Version::One {
                sort::by(&mut parts, |(a, _), (b, _)| a.cmp(b));
            }
            let places = builder.files().map_err(Refusal::Torrent)?.into_iter().zip(parts);
            UserFiles::new(places.map(|(file, (_, part))| (file.span, file.path_string(), part)))
        }
    };
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
        // What a seal puts between and behind files is nobody's.
        progress(hashed.min(total), total)
    };
    let lost = |piece, _: &_| files.changed(span(piece));
    Plan::of_version(geometry.clone(), version)
        .sealed(seal.as_ref().map(|seal| Keys::new(&seal.key, &seal.salt).cipher()))
        .run(geometry.pieces(), |piece| files.load(span(piece)), lost, done)
        .await
        .map_err(refusal)?;
    let (info, piece_layers) = builder.finish(&hashes, &leaves).map_err(Refusal::Torrent)?;
    let info = match &seal {
        Some(Seal { list, key, salt }) => seal::seal(&info, list, key, salt).map_err(unfit)?,
        None => info,
    };
    let metainfo = Metainfo {
        info,
        piece_layers,
        announce,
        url_list: Vec::new(),
        comment: if seal.is_some() { None } else { options.comment },
        created_by: Some(concat!("Seedcast ", env!("CARGO_PKG_VERSION")).to_owned()),
        creation_date: Some((wall_clock() / 1000.0) as i64),
        endorsements: Vec::new(),
    };
    Ok(Described { metainfo, files, key: seal.map(|seal| seal.key) })
}

/// What is hidden of a share, and what hides it: both new for each, whatever is in the files.
struct Seal {
    list: List,
    key: SealKey,
    salt: Salt,
}

impl Seal {
    fn new(
        names: &Names,
        lengths: impl Iterator<Item = u64>,
        parts: &[File],
        options: &ShareOptions,
    ) -> Result<Self, Refusal> {
        let entries = names.paths.iter().zip(lengths).zip(parts).map(|((path, length), part)| Entry {
            path: path.clone(),
            length,
            modified: Some((part.last_modified() / 1000.0) as i64),
        });
        let note = options.comment.as_deref().unwrap_or_default();
        let list = List::new(&*names.name, entries, note).map_err(unfit)?;
        let key = SealKey::from_bytes(secret().map_err(refusal)?);
        Ok(Self { list, key, salt: Salt::from_bytes(secret().map_err(refusal)?) })
    }
}

fn unfit(error: seal::Error) -> Refusal {
    Refusal::Torrent(match error {
        seal::Error::Torrent(error) => error,
        _ => metainfo::Error::Invalid("sc-seal".into()),
    })
}

/// What a torrent is called, and the path of each file in it. A name that no torrent may have is repaired, for the file is
/// what people want.
struct Names {
    /// A file alone goes by its name, a folder by its own.
    name: String,
    /// Below the folder; of a file in none, its name.
    paths: Vec<Vec<String>>,
    in_no_folder: bool,
}

impl Names {
    fn of(files: &[SharedFile], options: &ShareOptions) -> Self {
        let named = |own: &str| {
            let name = if options.name.is_empty() { own } else { &options.name };
            portable::shareable_name(name)
        };
        if let [file] = files
            && let [name] = &file.path[..]
        {
            let name = named(name);
            return Self { paths: vec![vec![name.clone()]], name, in_no_folder: true };
        }
        let folder = files.first().and_then(|file| file.path.first()).cloned().unwrap_or_default();
        let is_folder = files.iter().all(|file| file.path.len() > 1 && file.path[0] == folder);
        let own = if is_folder { folder } else { format!("{} files", files.len()) };
        let below = usize::from(is_folder);
        let paths = portable::shareable(files.iter().map(|file| &file.path[below..]));
        Self { name: named(&own), paths, in_no_folder: false }
    }

    /// The torrent of these files, which have these lengths.
    fn builder(&self, mut lengths: impl Iterator<Item = u64>) -> InfoBuilder {
        if self.in_no_folder {
            return InfoBuilder::single(self.name.clone(), lengths.next().unwrap_or_default());
        }
        let files = self.paths.iter().zip(lengths);
        files.fold(InfoBuilder::new(self.name.clone()), |builder, (path, length)| {
            builder.file(path.clone(), length)
        })
    }
}
