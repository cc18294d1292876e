//! Texts as QR codes.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};

/// Light modules around a code, without which cameras do not find it (ISO/IEC 18004).
const QUIET_ZONE: i32 = 4;

/// A QR code as the `d` of a path, and the side of the square that it is drawn in, quiet zone included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// Dark modules, as runs of one row each.
    pub path: String,
    /// Side in modules.
    pub side: i32,
}

/// Draws `text`, unless it is longer than a code can hold (about 2,900 characters).
#[must_use]
pub fn draw(text: &str) -> Option<Drawing> {
    // A screen has no scratches: the least redundancy gives the largest modules.
    let code = QrCode::encode_text(text, QrCodeEcc::Low).ok()?;
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let length = (x..code.size()).take_while(|x| code.get_module(*x, y)).count() as i32;
            if length > 0 {
                // Writing to a string cannot fail.
                let _ = write!(path, "M{} {}h{length}v1h-{length}z", x + QUIET_ZONE, y + QUIET_ZONE);
            }
            x += length.max(1);
        }
    }
    Some(Drawing { path, side: code.size() + 2 * QUIET_ZONE })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_covers_exactly_the_dark_modules() {
        let text = "https://host.example/#magnet:?xt=urn:btih:dd8255ecdc7ca55fb0bbf81323d87062db1f6d1c";
        let code = QrCode::encode_text(text, QrCodeEcc::Low).unwrap();
        let dark = (0..code.size())
            .flat_map(|y| (0..code.size()).map(move |x| (x, y)))
            .filter(|&(x, y)| code.get_module(x, y))
            .count();
        let drawn = draw(text).unwrap();
        let lengths = drawn.path.split('h').skip(1).step_by(2);
        let covered: usize =
            lengths.map(|run| run.split('v').next().unwrap().parse::<usize>().unwrap()).sum();
        assert_eq!(covered, dark);
        assert_eq!(drawn.side, code.size() + 8);
    }

    #[test]
    fn a_text_too_long_for_any_code_has_none() {
        assert_eq!(draw(&"x".repeat(4_000)), None);
    }
}
