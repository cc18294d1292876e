//! What is said of files that the user wants to share and the browser cannot read.

use super::quantity::{count, grouped};
use crate::share::Unreadable;

/// The question what to do about them.
#[must_use]
pub fn title(unreadable: &Unreadable) -> String {
    format!("{} be read", count(unreadable.paths.len() as u64, "file cannot", "files cannot"))
}

/// What may be wrong with them, and what to do.
#[must_use]
pub const fn why(unreadable: &Unreadable) -> &'static str {
    if unreadable.others > 0 {
        "Moved or deleted meanwhile, perhaps, or this browser may not open it. Put that right and choose everything \
         again, or share the rest without it."
    } else {
        "Moved or deleted meanwhile, perhaps, or this browser may not open it. Put that right and choose again."
    }
}

/// The path of one.
#[must_use]
pub fn path(path: &[String]) -> String {
    match path {
        [folders @ .., name] if name.is_empty() => {
            format!("{}/ (a file whose name is not text)", folders.join("/"))
        }
        path => path.join("/"),
    }
}

/// How many more there are than are named.
#[must_use]
pub fn and_more(more: usize) -> String {
    format!("and {} more", grouped(more as u64))
}

/// The button that shares what can be read.
#[must_use]
pub fn share_others(others: usize) -> String {
    match others {
        1 => "Share the other file".to_owned(),
        others => format!("Share the other {} files", grouped(others as u64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(path: &str) -> Vec<String> {
        path.split('/').map(str::to_owned).collect()
    }

    /// Issue 11, A2.2.
    #[test]
    fn what_cannot_be_read_is_named_also_without_a_name() {
        assert_eq!(path(&names("trip/a: b.txt")), "trip/a: b.txt");
        assert_eq!(path(&names("trip/")), "trip/ (a file whose name is not text)");
        let one = Unreadable { paths: vec![names("a")], others: 0 };
        assert_eq!(title(&one), "1 file cannot be read");
        assert!(!why(&one).contains("the rest"));
        assert_eq!(share_others(1), "Share the other file");
        assert_eq!(share_others(1_200), "Share the other 1,200 files");
    }
}
