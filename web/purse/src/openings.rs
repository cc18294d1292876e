//! Which deposits were noted down for which questions of pages.

use pay::SessionId;

/// Deposits that were noted down and are not known to be on the chain yet, by the questions of pages for them. Tabs choose the
/// numbers of their questions without knowing of each other: a deposit is not to be forgotten because another tab's wallet
/// refused.
#[derive(Debug, Default)]
pub struct Openings(Vec<Noted>);

#[derive(Debug)]
struct Noted {
    session: SessionId,
    id: u32,
    /// Nothing else was asked by this number.
    is_clear: bool,
}

impl Openings {
    /// Any question of this number came: if a deposit has it, the number says nothing of that any more.
    pub fn asked(&mut self, id: u32) {
        for noted in self.0.iter_mut().filter(|noted| noted.id == id) {
            noted.is_clear = false;
        }
    }

    /// A deposit was noted down for a question.
    pub fn noted(&mut self, id: u32, session: SessionId) {
        let is_clear = self.0.iter().all(|noted| noted.id != id);
        self.asked(id);
        self.0.push(Noted { session, id, is_clear });
    }

    /// The wallet refused what a question was for: the deposit that it opens, if it is clear which.
    pub fn refused(&mut self, id: u32) -> Option<SessionId> {
        let place = self.0.iter().position(|noted| noted.id == id && noted.is_clear)?;
        Some(self.0.swap_remove(place).session)
    }

    /// A deposit is on the chain, or forgotten: whatever a wallet says, nothing follows for it any more.
    pub fn settled(&mut self, session: SessionId) {
        self.0.retain(|noted| noted.session != session);
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
    fn what_is_on_the_chain_takes_no_room_and_is_forgotten_by_no_refusal() {
        let mut openings = Openings::default();
        for id in 0..100 {
            openings.noted(id, ONE);
            openings.settled(ONE);
            assert_eq!((openings.refused(id), openings.0.len()), (None, 0));
        }
    }
}
