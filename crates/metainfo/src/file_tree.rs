//! The `file tree` of BEP 52: folders as dictionaries, and a file as one whose only key is empty.

use std::borrow::Cow;

use crate::bencode::{Item, Value};
use crate::layout::{Entry, MAX_FILES};
use crate::merkle::Hash;
use crate::path::{MAX_PATH_DEPTH, PathRoom, decode_name};
use crate::{Error, File};

/// The files in a tree, in its order.
pub(crate) fn parse(tree: Value<'_>, mut room: PathRoom) -> Result<Vec<Entry>, Error> {
    let mut files = Vec::new();
    walk(tree, &mut Vec::new(), &mut files, &mut room)?;
    Ok(files)
}

/// Refuses files whose paths would take more room than there is when a tree of them is read.
pub(crate) fn check_room(files: &[File]) -> Result<(), Error> {
    let roots = files.iter().filter(|file| file.span.length > 0 && file.tree.is_none()).count();
    let mut room = PathRoom::new(item(files).encode().len() + roots * ROOT_LENGTH);
    files.iter().try_for_each(|file| room.take(&file.path))
}

/// The tree of these files, which are in the order of their paths.
pub(crate) fn item(files: &[File]) -> Item<'_> {
    folder(files, 0)
}

fn walk(
    folder: Value<'_>,
    path: &mut Vec<String>,
    files: &mut Vec<Entry>,
    room: &mut PathRoom,
) -> Result<(), Error> {
    let mut last = None;
    for (name, value) in folder.entries().ok_or(MALFORMED)? {
        // The order of the files is that of the keys, so there must be no doubt about it.
        if last.replace(name).is_some_and(|last| last >= name) || !value.is_dict() {
            return Err(MALFORMED);
        }
        if name.is_empty() {
            if path.is_empty() || folder.entries().is_none_or(|mut entries| entries.nth(1).is_some()) {
                return Err(MALFORMED);
            }
            if files.len() == MAX_FILES {
                return Err(Error::TooManyFiles);
            }
            room.take(path)?;
            files.push(parse_file(value, path)?);
        } else {
            if path.len() == MAX_PATH_DEPTH {
                return Err(Error::PathTooDeep);
            }
            path.push(decode_name(name));
            walk(value, path, files, room)?;
            path.pop();
        }
    }
    Ok(())
}

fn parse_file(file: Value<'_>, path: &[String]) -> Result<Entry, Error> {
    let attributes = file.get("attr").and_then(|attributes| attributes.as_bytes()).unwrap_or_default();
    // Here, gaps between files say what padding says in version 1.
    if attributes.contains(&b'p') {
        return Err(Error::Invalid("attr".into()));
    }
    let length = file.get("length").ok_or(Error::Missing("length".into()))?;
    let length = length.as_int().and_then(|length| u64::try_from(length).ok());
    let length = length.ok_or(Error::Invalid("length".into()))?;
    let root = match file.get("pieces root") {
        _ if length == 0 => None,
        None => return Err(Error::Missing("pieces root".into())),
        Some(root) => {
            let root = root.as_bytes().and_then(|root| root.as_array().copied()).map(Hash::from_bytes);
            Some(root.filter(|root| *root != Hash::ZERO).ok_or(Error::Invalid("pieces root".into()))?)
        }
    };
    Ok(Entry { root, ..Entry::file(path.to_vec(), length) })
}

/// The folder at `depth` that all of `files` lie in.
fn folder(files: &[File], depth: usize) -> Item<'_> {
    let same_name = |a: &File, b: &File| a.path.get(depth) == b.path.get(depth);
    Item::dict(files.chunk_by(same_name).filter_map(|inside| {
        let name = inside[0].path.get(depth)?;
        let is_file = inside[0].path.len() == depth + 1;
        Some((&**name, if is_file { file(&inside[0]) } else { folder(inside, depth + 1) }))
    }))
}

fn file(file: &File) -> Item<'_> {
    // The limits on pieces keep every length far below the largest i64.
    let length = ("length", Item::Int(file.span.length.cast_signed()));
    let root = file.tree.as_ref().map(|tree| ("pieces root", Item::from(&tree.root().as_bytes()[..])));
    Item::dict([("", Item::dict([length].into_iter().chain(root)))])
}

/// What `pieces root` takes in a tree: its name, and the hash behind `32:`.
const ROOT_LENGTH: usize = 14 + 35;

const MALFORMED: Error = Error::Invalid(Cow::Borrowed("file tree"));
