//! What the user should hear.

use std::collections::VecDeque;

/// More notices than this at once help nobody.
const MOST: usize = 3;

/// What the user should hear, and has not dismissed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notices {
    /// The oldest first.
    pub shown: VecDeque<Notice>,
    next: u32,
}

/// Something that the user should hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Distinguishes notices.
    pub key: u32,
    /// A sentence.
    pub text: String,
    /// Whether something went wrong.
    pub problem: bool,
}

impl Notices {
    pub(super) fn add(&mut self, text: String, problem: bool) {
        self.shown.retain(|notice| notice.text != text);
        self.shown.push_back(Notice { key: self.next, text, problem });
        self.next += 1;
        while self.shown.len() > MOST {
            self.shown.pop_front();
        }
    }

    pub(super) fn dismiss(&mut self, key: u32) {
        self.shown.retain(|notice| notice.key != key);
    }
}
