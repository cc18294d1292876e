//! What the purse says.

use protocol::purse::{PurseFault, PurseNews, PurseView};

use super::{Effect, State};

impl State {
    /// Takes in what the purse says.
    pub(super) fn hear(&mut self, news: PurseNews) -> Vec<Effect> {
        match news {
            PurseNews::State(view) => {
                if is_known(&view) {
                    self.unseen.retain_mut(|unseen| unseen.stays(&view));
                }
                let was_known = self.known().is_some();
                let is_first = is_known(&view) && !was_known && !self.is_touched;
                if is_first && let Some(terms) = &view.earning.terms {
                    self.form.payee = terms.payee.to_string();
                    self.form.floor = terms.floor.to_string();
                }
                if is_first
                    && let Some(terms) = view.paying.terms.as_ref().filter(|terms| terms.from.is_none())
                {
                    self.form.pays = true;
                    self.form.budget = terms.budget.to_string();
                    self.form.highest = terms.highest.to_string();
                    self.form.everything = terms.only.is_none();
                }
                self.is_late = false;
                if !is_known(&view) {
                    self.view = Some(*view);
                    return self.ask_quote();
                }
                let on = view.earning.terms.is_some()
                    || view.paying.terms.is_some()
                    || !view.deposits.is_empty()
                    || !view.proofs.is_empty()
                    || !view.earning.unredeemed.is_zero();
                self.view = Some(*view);
                let is_new = self.remembered.replace(on) != Some(on);
                let mut effects: Vec<_> = is_new.then_some(Effect::Remember(on)).into_iter().collect();
                effects.extend(self.ask_quote());
                effects.extend(self.ask_sponsor());
                effects
            }
            PurseNews::Quote { id, quote } => {
                if id == self.quoted {
                    self.quote = Some(quote);
                }
                Vec::new()
            }
            PurseNews::Call { id, call } => self.prepared(id, call),
            PurseNews::Sponsored { id, agreed } => {
                self.sponsored(id, agreed);
                Vec::new()
            }
        }
    }

    /// What the purse said last, if that says what there is.
    pub(super) fn known(&self) -> Option<&PurseView> {
        self.view.as_ref().filter(|view| is_known(view))
    }
}

/// Whether a view says what there is. What a purse has stored is not known to one that cannot read it.
const fn is_known(view: &PurseView) -> bool {
    use PurseFault::{InOtherTab, NoNode, NoStorage, NotConfigured};
    match view.fault {
        None | Some(NoNode) => true,
        Some(NotConfigured | NoStorage | InOtherTab) => false,
    }
}
