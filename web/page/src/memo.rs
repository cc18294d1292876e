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
        let mut text = String::new();
        let gone: Vec<String> = gone.iter().map(Magnet::to_string).collect();
        for magnet in magnets.iter().map(|(_, magnet)| *magnet).chain(gone.iter().map(String::as_str)) {
            text.push_str(magnet);
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
}
