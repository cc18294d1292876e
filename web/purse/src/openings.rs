//! Which deposits were noted down for which questions of pages.

use std::collections::BTreeMap;

use pay::SessionId;

/// Questions that are remembered.
const MOST: usize = 64;

/// Deposits that were noted down, by the questions of pages for them. Tabs choose the numbers of their questions without
/// knowing of each other: a deposit is not to be forgotten because another tab's wallet refused.
#[derive(Debug, Default)]
pub struct Openings(BTreeMap<u32, Option<SessionId>>);

impl Openings {
    /// Whether no more can be noted.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.0.len() >= MOST
    }

    /// Any question of this number came: if a deposit has it, the number says nothing of that any more.
    pub fn asked(&mut self, id: u32) {
        if let Some(session) = self.0.get_mut(&id) {
            *session = None;
        }
    }

    /// A deposit was noted down for a question.
    pub fn noted(&mut self, id: u32, session: SessionId) {
        self.0.entry(id).and_modify(|session| *session = None).or_insert(Some(session));
    }

    /// The wallet refused what a question was for: the deposit that it opens, if it is clear which.
    pub fn refused(&mut self, id: u32) -> Option<SessionId> {
        let session = (*self.0.get(&id)?)?;
        self.0.remove(&id);
        Some(session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: SessionId = SessionId::from_bytes([1; 32]);
    const OTHER: SessionId = SessionId::from_bytes([2; 32]);

    #[test]
    fn a_refusal_forgets_the_deposit_that_was_asked_for_and_once() {
        let mut openings = Openings::default();
        openings.asked(5);
        openings.noted(5, ONE);
        openings.noted(6, OTHER);
        assert_eq!(openings.refused(7), None);
        assert_eq!(openings.refused(5), Some(ONE));
        assert_eq!(openings.refused(5), None);
        assert_eq!(openings.refused(6), Some(OTHER));
    }

    #[test]
    fn a_number_that_two_tabs_use_forgets_no_deposit() {
        let mut openings = Openings::default();
        // The other tab asks for something else, or for a deposit, while the first is noted down or when it is.
        openings.noted(5, ONE);
        openings.asked(5);
        openings.noted(6, ONE);
        openings.noted(6, OTHER);
        for id in [5, 6, 5, 6] {
            assert_eq!(openings.refused(id), None);
        }
        openings.noted(5, OTHER);
        assert_eq!(openings.refused(5), None, "it stays unclear");
    }

    #[test]
    fn so_many_are_remembered_and_no_more() {
        let mut openings = Openings::default();
        for id in 0..64 {
            assert!(!openings.is_full());
            openings.noted(id, ONE);
        }
        assert!(openings.is_full());
    }
}
