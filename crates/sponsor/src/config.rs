use btt::Amount;
use pay::{Deployment, Voucher};

/// What a sponsor is set up with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Which contract on which chain pays.
    pub deployment: Deployment,
    /// How many peers each viewer can pay.
    pub slots: u32,
    /// What each of them can get from it.
    pub slot_cap: Amount,
    /// How many seconds a session lasts.
    pub lasts: u64,
    /// What may have left the account, and not come back.
    pub budget: Amount,
    /// Viewers that are noted at a time.
    pub max_viewers: usize,
    /// Blocks that a transaction is in, its own included, until it is certain.
    pub confirmations: u64,
}

impl Config {
    /// Slots at most: eight are what four peers at a time, and as many after them, take.
    pub const MAX_SLOTS: u32 = 64;
    /// A session has to last for a day at least, since sellers accept none that ends within six hours,
    pub const MIN_LASTS: u64 = DAY;
    /// and for as much less than the 30 days of the contract at most as a transaction may take.
    pub const MAX_LASTS: u64 = 29 * DAY;
    /// As many viewers as are written to disk at once without anybody noticing.
    pub const MAX_VIEWERS: usize = 10_000;

    /// What is locked up for a viewer.
    #[must_use]
    pub fn deposit(&self) -> Option<Amount> {
        self.slot_cap.checked_mul(self.slots.into())
    }

    /// What is wrong with it, if anything is: by the name of what it is.
    ///
    /// # Errors
    /// A sentence.
    pub fn check(&self) -> Result<(), String> {
        let is = |is_right: bool, what: String| if is_right { Ok(()) } else { Err(what) };
        is(
            (1..=Self::MAX_SLOTS).contains(&self.slots),
            format!("slots must be from 1 to {}", Self::MAX_SLOTS),
        )?;
        is(
            !self.slot_cap.is_zero() && self.slot_cap < Voucher::LIMIT,
            "slot_cap must be more than 0 and less than 2^96 units".to_owned(),
        )?;
        let (least, most) = (Self::MIN_LASTS / DAY, Self::MAX_LASTS / DAY);
        is(
            (Self::MIN_LASTS..=Self::MAX_LASTS).contains(&self.lasts),
            format!("days must be from {least} to {most}"),
        )?;
        is(
            self.deposit().is_some_and(|deposit| deposit < self.budget),
            "budget must be more than slots times slot_cap".to_owned(),
        )?;
        is(
            (1..=Self::MAX_VIEWERS).contains(&self.max_viewers),
            format!("max_viewers must be from 1 to {}", Self::MAX_VIEWERS),
        )?;
        is(self.confirmations > 0, "confirmations must be more than 0".to_owned())
    }
}

const DAY: u64 = 24 * 60 * 60;
