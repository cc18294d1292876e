//! Names of strangers, so that one sees what they are.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character cannot be seen and changes what can be: zero-width characters, those that set the direction of
/// writing, line separators, tags. Joiners (U+200C, U+200D), without which some scripts and pictures cannot be written,
/// are not among them.
#[must_use]
pub const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text with a mark in place of each character that [is invisible](is_invisible) or controls something: with U+202E
/// among them, `invoice\u{202e}gpj.exe` looks like a picture, and now like `invoice[U+202E]gpj.exe`.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    let is_hidden = |c: char| is_invisible(c) || (c.is_control() && !c.is_whitespace());
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut visible = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hidden(c) {
            // Writing to a string cannot fail.
            let _ = write!(visible, "[U+{:04X}]", u32::from(c));
        } else {
            visible.push(c);
        }
    }
    Cow::Owned(visible)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Issue 13, A4.
    #[test]
    fn what_hides_or_turns_text_is_seen() {
        assert_eq!(visible("invoice\u{202e}gpj.exe"), "invoice[U+202E]gpj.exe");
        assert_eq!(
            visible("a\u{200b}b\u{2067}c\u{0}\u{7f}\u{feff}"),
            "a[U+200B]b[U+2067]c[U+0000][U+007F][U+FEFF]"
        );
        for plain in ["", "Ünïcödé.txt", "كتاب.pdf", "ספר", "👩\u{200d}🚀", "نمی\u{200c}خواهم", "two\nlines"]
        {
            assert!(matches!(visible(plain), Cow::Borrowed(same) if same == plain), "{plain:?}");
        }
    }
}
