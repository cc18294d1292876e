use crate::Time;

/// A file of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File<'a> {
    /// Folders and name, with `/` between them.
    pub path: &'a str,
    /// Its bytes.
    pub length: u64,
    /// Their [`Crc32`](crate::Crc32).
    pub crc: u32,
}

/// Why something cannot be put into an archive.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A path of more than 65,535 bytes.
    #[error("A zip cannot hold a path that is this long: \u{201c}{start}\u{2026}\u{201d}.")]
    PathTooLong {
        /// How it starts.
        start: String,
    },
}

/// An archive that grows by a file at a time.
#[derive(Debug)]
pub struct Archive {
    time: Time,
    /// Bytes of all that stands before the directory so far.
    length: u64,
    files: u64,
    /// What is known of each file is told again at the end (APPNOTE 4.3.12).
    directory: Vec<u8>,
}

impl Archive {
    /// An archive without files, all of which will be of this time.
    #[must_use]
    pub const fn new(time: Time) -> Self {
        Self { time, length: 0, files: 0, directory: Vec::new() }
    }

    /// Adds a file: what stands right before its bytes (APPNOTE 4.3.7).
    ///
    /// # Errors
    /// [`Error::PathTooLong`]; the archive is then as before.
    pub fn file(&mut self, file: &File<'_>) -> Result<Vec<u8>, Error> {
        let path = file.path.as_bytes();
        if u16::try_from(path.len()).is_err() {
            return Err(Error::PathTooLong { start: file.path.chars().take(40).collect() });
        }
        let place = self.length;

        let mut header = Vec::with_capacity(30 + path.len() + 20);
        let extra = Extra::new(file.length, None);
        header.extend(LOCAL_FILE);
        self.describe(&mut header, file, &extra);
        header.extend(path);
        header.extend(extra.0);

        let extra = Extra::new(file.length, Some(place));
        let mut entry = std::mem::take(&mut self.directory);
        entry.extend(DIRECTORY_ENTRY);
        entry.extend((MADE_ON_UNIX | extra.version()).to_le_bytes());
        self.describe(&mut entry, file, &extra);
        // No comment, first disk, no internal attributes.
        entry.extend([0; 6]);
        entry.extend(PLAIN_FILE.to_le_bytes());
        entry.extend(escaped(place));
        entry.extend(path);
        entry.extend(extra.0);
        self.directory = entry;

        self.files += 1;
        self.length += header.len() as u64 + file.length;
        Ok(header)
    }

    /// What stands behind the bytes of the last file: the directory, and where to find it.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        let Self { length: start, files, directory: mut end, .. } = self;
        let length = end.len() as u64;
        if start >= ESCAPE || length >= ESCAPE || files >= u64::from(u16::MAX) {
            let place = start + length;
            end.extend(END_64);
            end.extend(44_u64.to_le_bytes());
            end.extend((MADE_ON_UNIX | VERSION_64).to_le_bytes());
            end.extend(VERSION_64.to_le_bytes());
            // This disk, and the one with the directory.
            end.extend([0; 8]);
            end.extend(files.to_le_bytes());
            end.extend(files.to_le_bytes());
            end.extend(length.to_le_bytes());
            end.extend(start.to_le_bytes());
            end.extend(END_64_LOCATOR);
            end.extend(0_u32.to_le_bytes());
            end.extend(place.to_le_bytes());
            end.extend(1_u32.to_le_bytes());
        }
        let count = u16::try_from(files).unwrap_or(u16::MAX);
        end.extend(END);
        end.extend([0; 4]);
        end.extend(count.to_le_bytes());
        end.extend(count.to_le_bytes());
        end.extend(escaped(length));
        end.extend(escaped(start));
        end.extend([0; 2]);
        end
    }

    /// What both headers of a file have in common.
    fn describe(&self, header: &mut Vec<u8>, file: &File<'_>, extra: &Extra) {
        header.extend(extra.version().to_le_bytes());
        header.extend(UTF_8.to_le_bytes());
        header.extend(STORED.to_le_bytes());
        header.extend(self.time.time.to_le_bytes());
        header.extend(self.time.date.to_le_bytes());
        header.extend(file.crc.to_le_bytes());
        header.extend(escaped(file.length));
        header.extend(escaped(file.length));
        header.extend((file.path.len() as u16).to_le_bytes());
        header.extend((extra.0.len() as u16).to_le_bytes());
    }
}

/// The field that holds what 32 bits cannot (APPNOTE 4.5.3); nothing if all of it fits.
#[derive(Debug)]
struct Extra(Vec<u8>);

impl Extra {
    /// The length counts twice, as stored and as unpacked. Only the directory tells the place.
    fn new(length: u64, place: Option<u64>) -> Self {
        let lengths = [length, length].into_iter().filter(|length| *length >= ESCAPE);
        let numbers = lengths.chain(place.filter(|place| *place >= ESCAPE));
        let bytes: Vec<u8> = numbers.flat_map(u64::to_le_bytes).collect();
        if bytes.is_empty() {
            return Self(bytes);
        }
        let mut field = ZIP_64.to_le_bytes().to_vec();
        field.extend((bytes.len() as u16).to_le_bytes());
        field.extend(bytes);
        Self(field)
    }

    /// The version of the format that who reads it has to know.
    fn version(&self) -> u16 {
        if self.0.is_empty() { VERSION } else { VERSION_64 }
    }
}

/// A number in 32 bits, or the sign that it stands elsewhere.
fn escaped(number: u64) -> [u8; 4] {
    u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes()
}

/// From here on a number stands elsewhere.
const ESCAPE: u64 = u32::MAX as u64;

const LOCAL_FILE: [u8; 4] = *b"PK\x03\x04";
const DIRECTORY_ENTRY: [u8; 4] = *b"PK\x01\x02";
const END: [u8; 4] = *b"PK\x05\x06";
const END_64: [u8; 4] = *b"PK\x06\x06";
const END_64_LOCATOR: [u8; 4] = *b"PK\x06\x07";

/// The version that knows folders, and the one that knows zip64 (APPNOTE 4.4.3.2).
const VERSION: u16 = 20;
const VERSION_64: u16 = 45;

/// Attributes are those of Unix (APPNOTE 4.4.2).
const MADE_ON_UNIX: u16 = 3 << 8;

/// A file that its owner may write and everybody may read.
const PLAIN_FILE: u32 = 0o100_644 << 16;

/// The path is UTF-8 (APPNOTE 4.4.4, bit 11).
const UTF_8: u16 = 1 << 11;

/// Not compressed.
const STORED: u16 = 0;

const ZIP_64: u16 = 1;
