//! What the engine stores, noted in another place: browsers that run out of space delete whole file systems, and then
//! only this tells what was there. (Chromium and Safari leave local storage alone; Firefox deletes both, or nothing.)

use std::cell::RefCell;

use metainfo::{InfoHash, Magnet};

use crate::browser::storage;

/// Where it is noted: one magnet link per line.
const KEY: &str = "seedcast-torrents";

/// The note, and what it says that is not there any more.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    text: RefCell<String>,
    /// `None` until the engine has said what is there.
    gone: RefCell<Option<Vec<Magnet>>>,
}

impl Memo {
    /// Compares the note of the last visit with the torrents that are in storage; what is gone.
    pub(crate) fn compare(&self, stored: &[InfoHash]) -> Vec<Magnet> {
        let text = storage().and_then(|storage| storage.get_item(KEY).ok().flatten()).unwrap_or_default();
        let gone = missing(&text, stored);
        self.text.replace(text);
        self.gone.replace(Some(gone.clone()));
        gone
    }

    /// Notes the torrents that are in storage. What is gone stays in the note until it is there again or let go.
    pub(crate) fn note(&self, magnets: &[(InfoHash, &str)]) {
        let mut gone = self.gone.borrow_mut();
        let Some(gone) = &mut *gone else { return };
        gone.retain(|magnet| magnets.iter().all(|(info_hash, _)| *info_hash != magnet.hashes.id()));
        let mut text = note_of(magnets, &self.text.borrow());
        for magnet in gone.iter() {
            text.push_str(&magnet.to_string());
            text.push('\n');
        }
        if *self.text.borrow() != text
            && let Some(storage) = storage()
        {
            // Browsers that store nothing have nothing to evict.
            let _ = storage.set_item(KEY, &text);
            self.text.replace(text);
        }
    }

    /// Nobody misses what is gone.
    pub(crate) fn let_go(&self) {
        self.gone.replace(Some(Vec::new()));
    }
}

/// The note of these torrents. Of one that cannot be opened, the link says nothing but which it is; then what was noted
/// before stays.
fn note_of(magnets: &[(InfoHash, &str)], before: &str) -> String {
    let mut text = String::new();
    for (info_hash, magnet) in magnets {
        let is_it = |line: &&str| Magnet::parse(line).is_ok_and(|noted| noted.hashes.id() == *info_hash);
        let bare = *magnet == Magnet::new(*info_hash).to_string();
        let noted = if bare { before.lines().find(is_it) } else { None };
        text.push_str(noted.unwrap_or(magnet));
        text.push('\n');
    }
    text
}

/// The torrents of a note that are not `stored`.
fn missing(note: &str, stored: &[InfoHash]) -> Vec<Magnet> {
    let noted = note.lines().filter_map(|line| Magnet::parse(line).ok());
    noted.filter(|magnet| !stored.contains(&magnet.hashes.id())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_and_not_stored_is_gone() {
        let magnet = |digit: &str| format!("magnet:?xt=urn:btih:{}&dn={digit}", digit.repeat(40));
        let note = format!("{}\n{}\nnonsense\n", magnet("a"), magnet("b"));
        let gone = missing(&note, &["a".repeat(40).parse().unwrap()]);
        assert_eq!(gone.iter().map(Magnet::to_string).collect::<Vec<_>>(), [magnet("b")]);
    }

    /// Issue 11, A2: nothing is lost of a torrent that is left alone.
    #[test]
    fn a_torrent_that_is_not_opened_stays_noted_with_all_of_its_link() {
        let info_hash: InfoHash = "a".repeat(40).parse().unwrap();
        let bare = Magnet::new(info_hash).to_string();
        let full = format!("{bare}&dn=film&tr=wss%3A%2F%2Fa");
        let noted = format!("{full}\n");
        assert_eq!(note_of(&[(info_hash, &full)], ""), noted);
        assert_eq!(note_of(&[(info_hash, &bare)], &noted), noted);
        assert_eq!(note_of(&[(info_hash, &bare)], ""), format!("{bare}\n"));
        assert_eq!(note_of(&[(info_hash, &full)], &format!("{bare}&dn=older\n")), noted);
    }
}
