//! One transaction at a time, from the click to what the chain makes of it.

use btt::{Address, Amount, Transaction};
use protocol::purse::{CallFault, CallWish, PayTerms, PurseCommand, PurseView};
use wallet::{Failure, Sent};

use super::{Effect, State};
use crate::deposit::{Deposit, Extension};

/// How far a transaction is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// There is none.
    Idle,
    /// The wallet shows its accounts, and goes to the chain.
    Connecting { wallet: usize, purpose: Purpose },
    /// The purse makes ready what the wallet is to be asked for.
    Preparing { id: u32, wallet: usize, from: Address, purpose: Purpose },
    /// The wallet asks the user for this. When it was made ready, the purse showed `before`.
    Asking { id: u32, purpose: Purpose, before: Option<Sight>, call: Transaction },
    /// It is sent, and the chain has not carried it out yet.
    Sent { id: u32, purpose: Purpose, before: Option<Sight>, hash: String },
    /// The chain has carried it out.
    Done(Purpose),
    /// It was not sent, or failed.
    Failed(Purpose, Failure),
    /// The purse has nothing that could be sent.
    Refused(CallFault),
}

/// What a transaction is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A deposit, to be paid from by these terms.
    Open(Deposit, PayTerms),
    /// To have what was earned.
    Redeem,
    /// To have a deposit last longer, or pay more people.
    Extend(Extension),
    /// To have back what a deposit has left.
    Withdraw([u8; 32]),
    /// To take the bond of a session that cheated.
    Slash([u8; 32]),
}

impl Purpose {
    /// What the purse is asked to make ready for a wallet that shows this account.
    fn wish(&self, from: Address) -> CallWish {
        match self {
            Self::Open(Deposit { slots, slot_cap, bond, lasts }, _) => {
                CallWish::Open { owner: from, slots: *slots, slot_cap: *slot_cap, bond: *bond, lasts: *lasts }
            }
            Self::Redeem => CallWish::Redeem,
            Self::Extend(Extension { session, longer, add_slots }) => {
                CallWish::Extend { session: *session, owner: from, longer: *longer, add_slots: *add_slots }
            }
            Self::Withdraw(session) => CallWish::Withdraw { session: *session },
            Self::Slash(session) => CallWish::Slash { session: *session },
        }
    }

    /// Whether one of them is not to be sent before the other is shown. The purse extends a deposit from what it shows of it.
    fn excludes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Extend(one), Self::Extend(other)) => one.session == other.session,
            _ => self == other,
        }
    }

    /// What the purse shows of what it changes. A deposit is looked for by the purse from when it was noted down.
    fn sight(&self, view: &PurseView) -> Option<Sight> {
        let deposit = |session| view.deposits.iter().find(|deposit| deposit.session == session);
        match *self {
            Self::Open(..) => None,
            Self::Redeem => Some(Sight::Redeemed(view.earning.redeemed)),
            Self::Extend(Extension { session, .. }) => {
                Some(Sight::Extent(deposit(session).map(|deposit| (deposit.expiry, deposit.amount))))
            }
            Self::Withdraw(session) => Some(Sight::Exists(deposit(session).is_some())),
            Self::Slash(session) => {
                Some(Sight::Exists(view.proofs.iter().any(|proof| proof.session == session)))
            }
        }
    }
}

/// What the purse shows of what a transaction changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// What the chain has paid of what was earned, as far as that is not forgotten.
    Redeemed(Amount),
    /// When a deposit ends, and what was locked up for it.
    Extent(Option<(u64, Amount)>),
    /// Whether the deposit or the proof is there.
    Exists(bool),
}

/// What the chain has carried out and the purse does not show yet.
#[derive(Debug)]
pub(super) struct Unseen {
    purpose: Purpose,
    /// What the purse showed last without it, or nothing yet.
    before: Option<Sight>,
}

impl Unseen {
    /// Whether the purse does not show it yet when it shows this.
    pub(super) fn stays(&mut self, view: &PurseView) -> bool {
        let Some(now) = self.purpose.sight(view) else { return false };
        let is_shown = match (self.before, now) {
            (Some(Sight::Redeemed(before)), Sight::Redeemed(now)) => now > before,
            (before, now) => before.is_some_and(|before| before != now),
        };
        self.before = Some(now);
        !is_shown
    }
}

impl State {
    /// Whether nothing is under way, and what failed was not sent after all: a second deposit is not to be had by a second
    /// click.
    pub(crate) const fn is_free(&self) -> bool {
        match &self.stage {
            Stage::Idle | Stage::Done(_) | Stage::Refused(_) => true,
            Stage::Failed(_, failure) => failure.is_harmless(),
            _ => false,
        }
    }

    /// Whether a click can have a wallet asked for something.
    pub(crate) fn can_ask(&self) -> bool {
        self.is_free() && self.is_ripe && self.wallets.get(self.form.wallet).is_some()
    }

    /// Whether a wallet may have to be asked for something, so that it matters which.
    pub(crate) fn needs_wallet(&self) -> bool {
        let Some(view) = &self.view else { return false };
        let opens = self.form.pays && self.deposit().is_some();
        opens || !view.deposits.is_empty() || !view.proofs.is_empty() || !view.earning.unredeemed.is_zero()
    }

    /// Whether this was sent, and what it changes is not seen yet: the same again would cost a fee for nothing.
    pub(crate) fn is_under_way(&self, purpose: &Purpose) -> bool {
        let is_sent = matches!(&self.stage, Stage::Sent { purpose: sent, .. } if sent.excludes(purpose));
        is_sent || self.unseen.iter().any(|unseen| unseen.purpose.excludes(purpose))
    }

    /// The user wants to pay as the fields say.
    pub(super) fn confirm(&mut self) -> Vec<Effect> {
        let Some(terms) = self.pay_terms().filter(|_| self.is_free() && self.is_ripe && self.view.is_some())
        else {
            return Vec::new();
        };
        match self.deposit() {
            None => {
                self.stage = Stage::Idle;
                vec![Effect::Tell(PurseCommand::Pay(terms))]
            }
            Some(deposit) if deposit.locked().is_some() => self.connect(Purpose::Open(deposit, terms)),
            Some(_) => Vec::new(),
        }
    }

    /// The user wants a transaction: a wallet is to show an account.
    pub(super) fn connect(&mut self, purpose: Purpose) -> Vec<Effect> {
        if !self.can_ask() {
            return Vec::new();
        }
        let wallet = self.form.wallet;
        self.stage = Stage::Connecting { wallet, purpose };
        vec![Effect::Connect { wallet }]
    }

    /// The wallet showed an account, or did not.
    pub(super) fn connected(&mut self, account: Result<Address, Failure>) -> Vec<Effect> {
        let Stage::Connecting { wallet, purpose } = &self.stage else { return Vec::new() };
        let (wallet, purpose) = (*wallet, purpose.clone());
        let from = match account {
            Ok(account) => account,
            Err(failure) => {
                self.stage = Stage::Failed(purpose, failure);
                return Vec::new();
            }
        };
        let wish = purpose.wish(from);
        let id = self.new_id();
        self.stage = Stage::Preparing { id, wallet, from, purpose };
        // Should this tab be closed meanwhile, the page finds the deposit again.
        self.remembered = Some(true);
        vec![Effect::Remember(true), Effect::Tell(PurseCommand::Call { id, wish }), Effect::Await(id)]
    }

    /// The purse has made ready what the wallet is to be asked for, or has nothing.
    pub(super) fn prepared(&mut self, id: u32, call: Result<Transaction, CallFault>) -> Vec<Effect> {
        match (&self.stage, call) {
            // What is called is the deployment's contract, or nothing.
            (Stage::Preparing { id: asked, purpose, .. }, Ok(call))
                if *asked == id && !self.is_of_contract(&call) =>
            {
                self.stage = Stage::Failed(purpose.clone(), Failure::Changed);
                vec![Effect::Tell(PurseCommand::Dropped { id })]
            }
            (Stage::Preparing { id: asked, wallet, from, purpose }, Ok(call)) if *asked == id => {
                let effect = Effect::Send { wallet: *wallet, from: *from, call: call.clone() };
                let before = self.known().and_then(|view| purpose.sight(view));
                self.stage = Stage::Asking { id, purpose: purpose.clone(), before, call };
                vec![effect]
            }
            (Stage::Preparing { id: asked, .. }, Err(fault)) if *asked == id => {
                self.stage = Stage::Refused(fault);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn is_of_contract(&self, call: &Transaction) -> bool {
        self.network.as_ref().is_some_and(|network| network.pay == Some(call.to))
    }

    /// The wallet sent, or did not.
    pub(super) fn sent(&mut self, sent: Result<Sent, Failure>) -> Vec<Effect> {
        let Stage::Asking { id, purpose, before, call } = &self.stage else { return Vec::new() };
        let (id, purpose, before, call) = (*id, purpose.clone(), *before, call.clone());
        match sent {
            Ok(sent) => {
                let pays = match &purpose {
                    Purpose::Open(_, terms) => Some(Effect::Tell(PurseCommand::Pay(terms.clone()))),
                    _ => None,
                };
                self.stage = Stage::Sent { id, purpose, before, hash: sent.hash.clone() };
                pays.into_iter().chain([Effect::Watch { sent, call }]).collect()
            }
            Err(failure) => {
                let is_harmless = failure.is_harmless();
                self.stage = Stage::Failed(purpose, failure);
                is_harmless.then_some(Effect::Tell(PurseCommand::Dropped { id })).into_iter().collect()
            }
        }
    }

    /// The chain carried it out, or did not.
    pub(super) fn ended(&mut self, ended: Result<(), Failure>) -> Vec<Effect> {
        let Stage::Sent { id, purpose, before, .. } = &self.stage else { return Vec::new() };
        let (id, purpose, before) = (*id, purpose.clone(), *before);
        match ended {
            Ok(()) => {
                let news = match &purpose {
                    // The purse looks for it from when it was noted down.
                    Purpose::Open(..) => PurseCommand::Look,
                    Purpose::Redeem => PurseCommand::Done { session: None },
                    Purpose::Extend(Extension { session, .. })
                    | Purpose::Withdraw(session)
                    | Purpose::Slash(session) => PurseCommand::Done { session: Some(*session) },
                };
                // The purse may have been the first to hear of it.
                let mut unseen = Unseen { purpose: purpose.clone(), before };
                if self.known().is_none_or(|view| unseen.stays(view)) {
                    self.unseen.push(unseen);
                }
                self.stage = Stage::Done(purpose);
                vec![Effect::Tell(news)]
            }
            Err(failure) => {
                let is_over = failure.is_harmless();
                let stops = is_over && matches!(purpose, Purpose::Open(..));
                self.stage = Stage::Failed(purpose, failure);
                let dropped = is_over.then_some(PurseCommand::Dropped { id });
                let stop = stops.then_some(PurseCommand::Stop);
                dropped.into_iter().chain(stop).map(Effect::Tell).collect()
            }
        }
    }
}
