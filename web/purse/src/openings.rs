//! Which deposits were noted down for which questions of pages.

use std::collections::BTreeMap;

use pay::SessionId;

/// Questions of pages by their numbers, and the deposits that were noted down for them. Tabs choose the numbers of their
/// questions without knowing of each other: a deposit is not to be forgotten because another tab's wallet refused.
#[derive(Debug, Default)]
pub struct Openings(BTreeMap<u32, Asked>);

/// What was asked by a number.
#[derive(Debug, PartialEq)]
enum Asked {
    /// One question: the deposit that was noted down for it, if one was and it is not known to be on the chain yet.
    Once(Option<SessionId>),
    /// Several, so that the number says nothing of which is meant.
    Twice,
}

impl Openings {
    /// A question of this number came, whatever it is.
    pub fn asked(&mut self, id: u32) {
        let asked = if self.0.contains_key(&id) { Asked::Twice } else { Asked::Once(None) };
        self.0.insert(id, asked);
    }

    /// A deposit was noted down for a question that came before.
    pub fn noted(&mut self, id: u32, session: SessionId) {
        if let Some(Asked::Once(opens)) = self.0.get_mut(&id) {
            *opens = Some(session);
        }
    }

    /// The wallet refused what a question was for: the deposit that it opens, if it is clear which.
    pub fn refused(&mut self, id: u32) -> Option<SessionId> {
        match self.0.get_mut(&id)? {
            Asked::Once(opens) => opens.take(),
            Asked::Twice => None,
        }
    }

    /// A deposit is on the chain, or forgotten: whatever a wallet says, nothing follows for it any more.
    pub fn settled(&mut self, session: SessionId) {
        let of_it = Asked::Once(Some(session));
        self.0.values_mut().filter(|asked| **asked == of_it).for_each(|asked| *asked = Asked::Once(None));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: SessionId = SessionId::from_bytes([1; 32]);
    const OTHER: SessionId = SessionId::from_bytes([2; 32]);

    /// A question for a deposit, up to when that is noted down.
    fn opens(openings: &mut Openings, id: u32, session: SessionId) {
        openings.asked(id);
        openings.noted(id, session);
    }

    #[test]
    fn a_refusal_forgets_the_deposit_that_was_asked_for_and_once() {
        let mut openings = Openings::default();
        opens(&mut openings, 5, ONE);
        opens(&mut openings, 6, OTHER);
        assert_eq!(openings.refused(7), None);
        assert_eq!(openings.refused(5), Some(ONE));
        assert_eq!(openings.refused(5), None);
        assert_eq!(openings.refused(6), Some(OTHER));
    }

    #[test]
    fn a_number_that_two_tabs_use_forgets_no_deposit() {
        // The other tab asks for something else before, while the key is sealed, or when the deposit is noted down.
        let steps: [fn(&mut Openings); 2] = [|openings| openings.asked(5), |openings| openings.noted(5, ONE)];
        for place in 0..=steps.len() {
            let mut openings = Openings::default();
            steps[..place].iter().for_each(|step| step(&mut openings));
            openings.asked(5);
            steps[place..].iter().for_each(|step| step(&mut openings));
            assert_eq!(openings.refused(5), None, "{place}");
        }
    }

    #[test]
    fn of_two_deposits_that_two_tabs_ask_for_by_one_number_none_is_forgotten() {
        let mut openings = Openings::default();
        opens(&mut openings, 6, ONE);
        opens(&mut openings, 6, OTHER);
        assert_eq!((openings.refused(6), openings.refused(6)), (None, None));
        opens(&mut openings, 6, ONE);
        assert_eq!(openings.refused(6), None, "it stays unclear");
        opens(&mut openings, 7, ONE);
        assert_eq!(openings.refused(7), Some(ONE), "another number is clear");
    }

    #[test]
    fn what_is_on_the_chain_is_forgotten_by_no_refusal() {
        let mut openings = Openings::default();
        opens(&mut openings, 5, ONE);
        opens(&mut openings, 6, OTHER);
        openings.settled(ONE);
        assert_eq!((openings.refused(5), openings.refused(6)), (None, Some(OTHER)));
    }
}
