use metainfo::bencode::{Item, Value};
use metainfo::{BLOCK_LENGTH, FileSpan, InfoBuilder, MAX_FILES, MAX_PATH_DEPTH, check_files};

use crate::{Error, Salt, padded_length};

/// Bytes of a note.
pub const MAX_NOTE_LENGTH: usize = 4 << 10;

/// What a sealed share hides beside the content: names and lengths of the files, and where each lies.
///
/// Checked when it is made: names and paths obey the rules of any torrent, and there is some content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    name: String,
    files: Vec<File>,
    note: String,
    padded_length: u64,
}

/// A file before its place is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The folders from the share's own down to the file, then the file's name. Of one file in no folder, that is the
    /// name of the share alone.
    pub path: Vec<String>,
    /// Bytes in it.
    pub length: u64,
    /// When it was last changed, in seconds since the start of 1970 in UTC, if that is to be told.
    pub modified: Option<i64>,
}

/// A file of a sealed share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// As [`Entry::path`]. Each name is safe to create.
    pub path: Vec<String>,
    /// Where its bytes lie in the torrent: from a multiple of 16 KiB on. Between files are zeros.
    pub span: FileSpan,
    /// As [`Entry::modified`].
    pub modified: Option<i64>,
}

impl List {
    /// The list of these files, laid out in this order, in a folder called `name`; or of one file of that name. The
    /// `note` is for whoever opens the share, and may be empty.
    ///
    /// # Errors
    ///
    /// [`Error::NoteTooLong`], and [`Error::Torrent`]: names or paths are unsafe ([`check_files`]), there are no bytes
    /// in the files, or more than can be counted.
    pub fn new(
        name: impl Into<String>,
        entries: impl IntoIterator<Item = Entry>,
        note: impl Into<String>,
    ) -> Result<Self, Error> {
        Self::lay_out(name.into(), &mut entries.into_iter().map(Ok), note.into())
    }

    /// Reads what [`to_bytes`](Self::to_bytes) makes, for a torrent of `torrent_length` bytes.
    ///
    /// What it does not know it leaves to later programs. Allocates so many bytes for each byte at most.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new); [`Error::LaterVersion`], [`Error::Malformed`], or [`Error::Length`] if the files end
    /// behind the end of the torrent.
    pub fn parse(bytes: &[u8], torrent_length: u64) -> Result<Self, Error> {
        let list = Value::parse(bytes).ok().filter(Value::is_dict).ok_or(Error::Malformed("m"))?;
        check_version(list)?;
        let name = list.get("name").and_then(|name| name.as_str()).ok_or(Error::Malformed("name"))?;
        let note = list.get("note").map_or(Some(""), |note| note.as_str()).ok_or(Error::Malformed("note"))?;
        if note.len() > MAX_NOTE_LENGTH {
            return Err(Error::NoteTooLong);
        }
        let files = list.get("files").and_then(|files| files.items()).ok_or(Error::Malformed("files"))?;
        // One file too many is enough to see that there are too many.
        let mut entries =
            files.take(MAX_FILES + 1).map(|file| parse_entry(file).ok_or(Error::Malformed("files")));
        let list = Self::lay_out(name.to_owned(), &mut entries, note.to_owned())?;
        if list.content_end() > torrent_length {
            return Err(Error::Length);
        }
        Ok(list)
    }

    /// The list as it is sealed: bencoded, and padded to a multiple of 512 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // An empty `pad` takes two bytes: `0:`.
        let rest = self.item(&[]).encode().len() - 2;
        let length = |pad: usize| rest + pad.to_string().len() + 1 + pad;
        // Where a longer number takes the byte that was left, the next multiple has room.
        let fits = |pad: &usize| length(*pad).is_multiple_of(LIST_UNIT);
        let pad = (0..=2 * LIST_UNIT).find(fits).unwrap_or_default();
        self.item(&vec![0; pad]).encode()
    }

    /// What the folder of all files is called, or the only file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The files, in the order in which they are laid out.
    #[must_use]
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// What whoever shared it says to whoever opens it. Anything a stranger wrote.
    #[must_use]
    pub fn note(&self) -> &str {
        &self.note
    }

    /// Whether [`name`](Self::name) is a file's, not a folder's.
    #[must_use]
    pub fn is_single_file(&self) -> bool {
        matches!(&self.files[..], [only] if only.path == [&*self.name])
    }

    /// Bytes in the torrent: up to the end of the last file, and [padding](padded_length).
    #[must_use]
    pub const fn padded_length(&self) -> u64 {
        self.padded_length
    }

    /// The torrent of these files, which shows one file under a name that says nothing.
    #[must_use]
    pub fn torrent(&self, salt: &Salt) -> InfoBuilder {
        let [a, b, c, d, ..] = salt.as_bytes();
        InfoBuilder::single(format!("{a:02x}{b:02x}{c:02x}{d:02x}.sealed"), self.padded_length)
    }

    fn lay_out(
        name: String,
        entries: &mut dyn Iterator<Item = Result<Entry, Error>>,
        note: String,
    ) -> Result<Self, Error> {
        if note.len() > MAX_NOTE_LENGTH {
            return Err(Error::NoteTooLong);
        }
        let mut end = 0u64;
        let mut lay = |length| {
            let offset = end.checked_next_multiple_of(BLOCK_LENGTH.into())?;
            end = offset.checked_add(length)?;
            Some(FileSpan { offset, length })
        };
        let file = |entry: Result<Entry, Error>| {
            let Entry { path, length, modified } = entry?;
            let span = lay(length).ok_or(metainfo::Error::LengthOverflow)?;
            Ok(File { path, span, modified })
        };
        let files: Vec<File> = entries.map(file).collect::<Result<_, Error>>()?;
        check_files(&name, files.iter().map(|file| &file.path[..]))?;
        if files.iter().all(|file| file.span.length == 0) {
            return Err(metainfo::Error::Empty.into());
        }
        let padded_length = padded_length(end).ok_or(metainfo::Error::LengthOverflow)?;
        Ok(Self { name, files, note, padded_length })
    }

    fn content_end(&self) -> u64 {
        self.files.last().map_or(0, |file| file.span.end())
    }

    fn item<'a>(&'a self, pad: &'a [u8]) -> Item<'a> {
        let file = |file: &'a File| {
            let path = file.path.iter().map(|name| Item::from(&**name)).collect();
            let length = Item::Int(file.span.length.cast_signed());
            [path, length].into_iter().chain(file.modified.map(Item::Int)).collect()
        };
        Item::dict([
            ("files", self.files.iter().map(file).collect()),
            ("name", Item::from(&*self.name)),
            ("note", Item::from(&*self.note)),
            ("pad", Item::from(pad)),
            ("v", Item::Int(VERSION)),
        ])
    }
}

/// Refuses what is of a later version of the format than this program knows.
pub(crate) fn check_version(dict: Value<'_>) -> Result<(), Error> {
    match dict.get("v").and_then(|version| version.as_int()) {
        Some(VERSION) => Ok(()),
        Some(later) if later > VERSION => Err(Error::LaterVersion(later)),
        _ => Err(Error::Malformed("v")),
    }
}

/// `[[path...], length, modified]`, the last of which may be left out.
fn parse_entry(file: Value<'_>) -> Option<Entry> {
    let mut parts = file.items()?;
    let (path, length, modified) = (parts.next()?, parts.next()?, parts.next());
    // One name too many is enough to see that there are too many.
    let path = path.items()?.take(MAX_PATH_DEPTH + 1);
    let path = path.map(|name| name.as_str().map(str::to_owned)).collect::<Option<_>>()?;
    let length = u64::try_from(length.as_int()?).ok()?;
    let modified = modified.map(|modified| modified.as_int());
    if modified == Some(None) { None } else { Some(Entry { path, length, modified: modified.flatten() }) }
}

/// The version of the format.
pub(crate) const VERSION: i64 = 1;

/// The length of a sealed list says of names and files only in how many of these they fit.
pub(crate) const LIST_UNIT: usize = 512;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(path: &str, length: u64) -> Entry {
        Entry { path: path.split('/').map(str::to_owned).collect(), length, modified: None }
    }

    fn list_of(text: &str, torrent_length: u64) -> Result<List, Error> {
        List::parse(text.as_bytes(), torrent_length)
    }

    #[test]
    fn files_begin_with_a_block_each() {
        let list = List::new("a", [entry("b", 1), entry("empty", 0), entry("c/d", 70_000)], "").unwrap();
        let spans: Vec<_> = list.files().iter().map(|file| file.span.range()).collect();
        assert_eq!(spans, [0..1, 16_384..16_384, 16_384..86_384]);
        assert_eq!((list.padded_length(), list.is_single_file()), (98_304, false));
        assert!(List::new("a", [entry("a", 1)], "").unwrap().is_single_file());
        assert!(!List::new("a", [entry("a/a", 1)], "").unwrap().is_single_file());
    }

    #[test]
    fn a_list_is_bencoded_and_padded() {
        let file = Entry { modified: Some(-5), ..entry("é/b", 7) };
        let list = List::new("a", [file], "for you").unwrap();
        let bytes = list.to_bytes();
        let start = "d5:fileslll2:é1:bei7ei-5eee4:name1:a4:note7:for you3:pad444:";
        assert_eq!(
            bytes[..start.len()].escape_ascii().to_string(),
            start.as_bytes().escape_ascii().to_string()
        );
        assert!(bytes[start.len()..].ends_with(b"\0\0\x001:vi1ee"));
        assert_eq!(bytes.len(), 512);
        assert_eq!(List::parse(&bytes, 65_536), Ok(list));
    }

    #[test]
    fn a_list_ends_with_a_whole_unit_whatever_its_length() {
        for length in 1..=MAX_NOTE_LENGTH / 2 {
            let list = List::new("a", [entry("a", 1)], "n".repeat(length)).unwrap();
            let bytes = list.to_bytes();
            assert!(bytes.len().is_multiple_of(LIST_UNIT) && bytes.len() < length + 3 * LIST_UNIT / 2);
            assert_eq!(List::parse(&bytes, 65_536), Ok(list));
        }
    }

    #[test]
    fn files_that_no_torrent_may_have_are_refused() {
        let refused = |name: &str, entries: Vec<Entry>| List::new(name, entries, "").unwrap_err();
        use metainfo::Error as Fault;
        assert!(matches!(refused("a/b", vec![entry("c", 1)]), Error::Torrent(Fault::Name { .. })));
        assert!(matches!(refused("a", vec![entry("../c", 1)]), Error::Torrent(Fault::Name { .. })));
        let twice = Fault::DuplicatePath("c".to_owned());
        assert_eq!(refused("a", vec![entry("c", 1), entry("c", 2)]), Error::Torrent(twice));
        assert_eq!(refused("a", vec![entry("c", 0)]), Error::Torrent(Fault::Empty));
        assert_eq!(refused("a", vec![]), Error::Torrent(Fault::Empty));
        let overflow = Error::Torrent(Fault::LengthOverflow);
        assert_eq!(refused("a", vec![entry("c", u64::MAX - 1), entry("d", 1)]), overflow);
        assert_eq!(refused("a", vec![entry("c", u64::MAX)]), overflow);
        assert_eq!(List::new("a", [entry("c", 1)], "n".repeat(MAX_NOTE_LENGTH + 1)), Err(Error::NoteTooLong));
        let many = (0..=MAX_FILES).map(|n| entry(&n.to_string(), 1));
        assert_eq!(List::new("a", many, ""), Err(Error::Torrent(Fault::TooManyFiles)));
    }

    #[test]
    fn a_list_of_another_form_is_refused() {
        let with = |files: &str| format!("d5:files{files}4:name1:a1:vi1ee");
        assert!(list_of(&with("lll1:bei7eee"), 7).is_ok());
        assert!(list_of(&with("lll1:bei7ei1e5:lateree"), 7).is_ok());
        for files in ["i1e", "li1ee", "ll1:bee", "lll1:beee", "lll1:bei-1eee", "lll1:bei7e1:xee"] {
            assert_eq!(list_of(&with(files), 7), Err(Error::Malformed("files")), "{files}");
        }
        let no_path = metainfo::Error::Invalid("path".into());
        assert_eq!(list_of(&with("lllei7eee"), 7), Err(Error::Torrent(no_path)));
        let not_text: Vec<u8> =
            with("lll1:bei7eee").bytes().map(|byte| if byte == b'b' { 0xff } else { byte }).collect();
        assert_eq!(List::parse(&not_text, 7), Err(Error::Malformed("files")));
        assert_eq!(list_of("i1e", 7), Err(Error::Malformed("m")));
        assert_eq!(list_of("de", 7), Err(Error::Malformed("v")));
        assert_eq!(list_of("d1:vi2ee", 7), Err(Error::LaterVersion(2)));
        assert_eq!(list_of("d1:vi1ee", 7), Err(Error::Malformed("name")));
        assert_eq!(list_of("d4:name1:a1:vi1ee", 7), Err(Error::Malformed("files")));
        assert_eq!(list_of("d4:name1:a4:notei1e1:vi1ee", 7), Err(Error::Malformed("note")));
    }

    #[test]
    fn files_end_within_the_torrent() {
        let bytes = List::new("a", [entry("b", 1), entry("c", 7)], "").unwrap().to_bytes();
        assert!(List::parse(&bytes, 16_391).is_ok());
        assert_eq!(List::parse(&bytes, 16_390), Err(Error::Length));
    }

    proptest! {
        #[test]
        fn a_list_is_read_back(
            name in "[a-zé]{1,9}",
            files in prop::collection::btree_map("[a-c]{1,3}(/[d-f]{1,3}){0,3}", (0..1_u64 << 40, any::<Option<i64>>()), 1..9),
            note in ".{0,99}",
        ) {
            let entries = files.into_iter().map(|(path, (length, modified))| Entry { modified, ..entry(&path, length) });
            if let Ok(list) = List::new(name, entries, note) {
                let bytes = list.to_bytes();
                prop_assert!(bytes.len().is_multiple_of(LIST_UNIT));
                prop_assert_eq!(List::parse(&bytes, list.padded_length()), Ok(list));
            }
        }
    }
}
