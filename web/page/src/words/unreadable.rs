//! What is said of files that the user wants to share and the browser cannot read.

use language::Word;

use super::{NOT_READ_WHY, NOT_READ_WHY_OTHERS};
use crate::share::Unreadable;

/// The question what to do about them.
pub(crate) fn title(unreadable: &Unreadable) -> String {
    super::not_read(unreadable.paths.len() as u64)
}

/// What may be wrong with them, and what to do.
pub(crate) const fn why(unreadable: &Unreadable) -> Word {
    if unreadable.others > 0 { NOT_READ_WHY_OTHERS } else { NOT_READ_WHY }
}

/// The path of one.
pub(crate) fn path(path: &[String]) -> String {
    match path {
        [folders @ .., name] if name.is_empty() => super::nameless(&folders.join("/")),
        path => path.join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::share_others;
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
        assert!(!why(&one).text().contains("the rest"));
        assert_eq!(share_others(1), "Share the other file");
        assert_eq!(share_others(1_200), "Share the other 1,200 files");
    }
}
