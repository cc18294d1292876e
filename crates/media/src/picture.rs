//! Pictures: how large they may be to be drawn, and how one leads to the next.
//!
//! A picture of a few kilobytes can have a thousand million pixels, of which each takes four bytes once it is drawn. How many
//! there are is known before they are decoded.

/// Pixels of a picture that is drawn as it is: it takes half a gigabyte meanwhile.
pub const MAX_PIXELS: u64 = 1 << 27;
/// Pixels of a picture that is drawn small, beside others and unasked.
pub const MAX_SMALL_PIXELS: u64 = 1 << 26;
/// Bytes of the file of such a picture.
pub const MAX_SMALL_BYTES: u64 = 32 << 20;
/// Pixels of the shorter side of what is drawn small.
pub const SMALL: u32 = 320;
/// How much longer than that the other side may be.
const LONGEST: u32 = 4;

/// How far a finger moves, in CSS pixels, to turn to another picture.
const SWIPE: f64 = 48.0;

/// Whether a picture may be drawn as it is.
#[must_use]
pub fn is_drawn(width: u32, height: u32) -> bool {
    u64::from(width) * u64::from(height) <= MAX_PIXELS
}

/// To what a picture is scaled down, the other side as the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// It is small.
    Whole,
    /// To this width.
    Width(u32),
    /// To this height.
    Height(u32),
}

impl Scale {
    /// For a picture that is drawn small; `None` if it has too many pixels for that, or none.
    #[must_use]
    pub fn small(width: u32, height: u32) -> Option<Self> {
        let pixels = u64::from(width) * u64::from(height);
        if !(1..=MAX_SMALL_PIXELS).contains(&pixels) {
            return None;
        }
        let (short, long) = (width.min(height), width.max(height));
        let is_strip = u64::from(long) > u64::from(short) * u64::from(LONGEST);
        let (side, to) = if is_strip { (long, SMALL * LONGEST) } else { (short, SMALL) };
        Some(if side <= to {
            Self::Whole
        } else if width == side {
            Self::Width(to)
        } else {
            Self::Height(to)
        })
    }
}

/// A way from one picture to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// To the one before.
    Previous,
    /// To the one after.
    Next,
    /// To the first of all.
    First,
    /// To the last.
    Last,
}

impl Turn {
    /// What a key asks for that is called so in `KeyboardEvent.key`.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        Some(match key {
            "ArrowLeft" | "p" => Self::Previous,
            "ArrowRight" | "n" => Self::Next,
            "Home" => Self::First,
            "End" => Self::Last,
            _ => return None,
        })
    }

    /// What a finger asks for that moved so far to the right and down.
    #[must_use]
    pub fn of_swipe(right: f64, down: f64) -> Option<Self> {
        (right.abs() >= SWIPE && right.abs() > 2.0 * down.abs()).then_some(if right > 0.0 {
            Self::Previous
        } else {
            Self::Next
        })
    }

    /// Where it leads from this place among so many; `None` if it leads nowhere.
    #[must_use]
    pub fn from(self, place: usize, of: usize) -> Option<usize> {
        let to = match self {
            Self::Previous => place.checked_sub(1)?,
            Self::Next => place + 1,
            Self::First => 0,
            Self::Last => of.checked_sub(1)?,
        };
        (to < of && to != place).then_some(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Issue 13, C: pictures. 30,000 pixels square take 3.6 GB.
    #[test]
    fn a_picture_of_more_pixels_than_memory_has_room_for_is_not_drawn() {
        assert!(is_drawn(12_000, 9_000));
        for (width, height) in [(30_000, 30_000), (u32::MAX, u32::MAX), (1 << 14, (1 << 13) + 1)] {
            assert!(!is_drawn(width, height));
            assert_eq!(Scale::small(width, height), None);
        }
        assert!(Scale::small(8192, 8192).is_some() && Scale::small(8193, 8192).is_none());
        assert_eq!(Scale::small(0, 9), None);
    }

    #[test]
    fn what_is_drawn_small_has_a_short_side_of_one_length_and_no_side_that_is_much_longer() {
        for (width, height, scale) in [
            (4000, 3000, Scale::Height(SMALL)),
            (3000, 4000, Scale::Width(SMALL)),
            (3000, 3000, Scale::Width(SMALL)),
            (300, 4000, Scale::Height(4 * SMALL)),
            (40_000, 20, Scale::Width(4 * SMALL)),
            (1200, 20, Scale::Whole),
            (320, 1000, Scale::Whole),
            (16, 16, Scale::Whole),
        ] {
            assert_eq!(Scale::small(width, height), Some(scale), "{width} x {height}");
        }
    }

    #[test]
    fn keys_and_fingers_lead_from_one_to_the_next_and_not_beyond() {
        let to = |key: &str, place| Turn::of_key(key).and_then(|turn| turn.from(place, 3));
        assert_eq!(
            ["ArrowLeft", "ArrowRight", "Home", "End"].map(|key| to(key, 1)),
            [Some(0), Some(2), Some(0), Some(2)]
        );
        assert_eq!(
            (to("ArrowLeft", 0), to("ArrowRight", 2), to("Home", 0), to("End", 2)),
            (None, None, None, None)
        );
        assert_eq!(["Escape", "Tab", " ", "ArrowUp"].map(Turn::of_key), [None; 4]);
        assert_eq!(Turn::Last.from(0, 0), None);
        assert_eq!(Turn::of_swipe(-80.0, 20.0), Some(Turn::Next));
        assert_eq!(Turn::of_swipe(80.0, -20.0), Some(Turn::Previous));
        assert_eq!(
            [(40.0, 0.0), (80.0, 60.0), (0.0, -300.0)].map(|(right, down)| Turn::of_swipe(right, down)),
            [None; 3]
        );
    }
}
