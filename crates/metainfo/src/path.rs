//! Which names and paths a torrent may give its files.
//!
//! A torrent is written by a stranger and its names end up in file systems, so a name that could leave the
//! download's folder, or that some system gives a meaning of its own, is refused rather than repaired: two
//! programs that repair differently store the same torrent differently.

use crate::Error;

/// Names in one path, the file's own included.
pub const MAX_PATH_DEPTH: usize = 64;

/// Reads a name as UTF-8, whatever its bytes.
///
/// Old torrents have names in the encoding of their author's system and do not say which. Bytes that are
/// not UTF-8 become `%XX`, so that names that differ stay different.
pub(crate) fn decode_name(bytes: &[u8]) -> String {
    if let Ok(name) = std::str::from_utf8(bytes) {
        return name.to_owned();
    }
    let mut name = String::with_capacity(bytes.len() * 2);
    for chunk in bytes.utf8_chunks() {
        // In Shift JIS, Big5 and GBK a backslash is often the second half of a character.
        name.push_str(&chunk.valid().replace('\\', "%5C"));
        for byte in chunk.invalid() {
            name.push_str(&format!("%{byte:02X}"));
        }
    }
    name
}

/// Refuses a name that is unsafe or impossible on some system.
pub(crate) fn check_name(name: &str) -> Result<(), Error> {
    match fault_of(name) {
        Some(reason) => Err(Error::Name { name: name.to_owned(), reason }),
        None => Ok(()),
    }
}

/// Refuses paths that cannot all exist side by side: duplicates, and files that are also folders.
pub(crate) fn check_paths<'a>(paths: impl Iterator<Item = &'a [String]>) -> Result<(), Error> {
    let mut paths: Vec<_> = paths.collect();
    paths.sort_unstable();
    // Compared name by name, everything below a folder sorts right behind the folder itself.
    for pair in paths.windows(2) {
        let [before, after] = [pair[0], pair[1]];
        if before == after {
            return Err(Error::DuplicatePath(after.join("/")));
        }
        if after.starts_with(before) {
            return Err(Error::FileIsFolder(before.join("/")));
        }
    }
    Ok(())
}

/// What is wrong with a name, to follow it in a sentence.
fn fault_of(name: &str) -> Option<&'static str> {
    let is_drive = matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    if name.is_empty() {
        Some("is empty")
    } else if name.contains('\0') {
        Some("contains a zero byte")
    } else if name.contains(['/', '\\']) {
        Some("contains a path separator")
    } else if is_drive {
        Some("starts with a drive letter")
    } else if name.trim_end_matches(['.', ' ']).is_empty() {
        Some("consists of dots and spaces")
    } else if is_device(name) {
        Some("is a device on Windows")
    } else {
        None
    }
}

/// Whether Windows opens a device by this name, whatever its case and extension.
fn is_device(name: &str) -> bool {
    let stem = name.split(['.', ':']).next().unwrap_or_default().trim_end_matches(' ').to_ascii_uppercase();
    if matches!(&*stem, "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$") {
        return true;
    }
    let port = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    port.is_some_and(|port| {
        matches!(port, "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³")
    })
}
