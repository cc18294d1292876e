//! How words are written down.
//!
//! ```text
//! # A comment.
//! open = Open
//! saved = {name} is saved.
//! people = one: {count} person | other: {count} people
//! ```
//!
//! A line is a message: its key, and behind ` = ` its text to the end. `{name}` stands for what the program puts there. A
//! message about a number has a form for each plural category of the language (CLDR), `other` last, and calls the number
//! `{count}`. Every language has the messages in the order of the English file: programs know them by their places.

use metainfo::visible;

/// What parts the forms of a message.
const FORM: &str = " | ";
/// What parts a category from its form.
const CATEGORY: &str = ": ";
/// The categories that languages have.
pub const CATEGORIES: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];
/// The placeholder of the number that decides about the form.
pub const COUNT: &str = "count";

/// The messages of a file, keys and texts, in its order.
pub fn messages(file: &str) -> impl Iterator<Item = (&str, &str)> {
    file.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "))
}

/// A hash of keys in their order (FNV-1a): files with equal ones have the same messages at the same places.
pub fn fingerprint<'a>(keys: impl IntoIterator<Item = &'a str>) -> u32 {
    let bytes = keys.into_iter().flat_map(|key| key.bytes().chain([b'\n']));
    bytes.fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// The plural forms of a message, each with its category; none if it is not about a number.
pub fn forms(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let is_plural = text.split_once(CATEGORY).is_some_and(|(category, _)| CATEGORIES.contains(&category));
    text.split(FORM).filter(move |_| is_plural).filter_map(|form| form.split_once(CATEGORY))
}

/// The form for a category, or the last one, which is for all others.
pub(crate) fn form<'a>(text: &'a str, category: &str) -> &'a str {
    let form = forms(text).find(|(name, _)| *name == category).or_else(|| forms(text).last());
    form.map_or(text, |(_, form)| form)
}

/// The placeholders of a message, sorted by name.
#[must_use]
pub fn placeholders(text: &str) -> Vec<&str> {
    let mut names: Vec<&str> =
        text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// A text with its placeholders replaced. Values may be what strangers say, so one sees what is in them.
pub(crate) fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        filled.push_str(before);
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            filled.push_str(&visible(value));
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_message_and_the_first_equals_sign_ends_its_key() {
        let file = "# open = no\nopen = Open\n\nlink = a = b\n";
        assert_eq!(messages(file).collect::<Vec<_>>(), [("open", "Open"), ("link", "a = b")]);
    }

    #[test]
    fn forms_are_told_by_their_category() {
        let text = "one: {count} file | other: {count} files";
        assert_eq!([form(text, "one"), form(text, "many")], ["{count} file", "{count} files"]);
        assert_eq!(form("Note: this", "one"), "Note: this");
        assert_eq!(forms("Note: this | that").count(), 0);
    }

    #[test]
    fn values_are_put_where_their_names_stand_and_are_no_patterns_themselves() {
        let values = [("a", "{b}"), ("b", "2")];
        assert_eq!(fill("{b} and {a}, {b}", &values), "2 and {b}, 2");
        assert_eq!(placeholders("{b} and {a}, {b}"), ["a", "b"]);
        assert_eq!(fill("{c", &values), "");
        // Issue 13, A4.
        assert_eq!(fill("Save {a}", &[("a", "invoice\u{202e}gpj.exe")]), "Save invoice[U+202E]gpj.exe");
    }
}
