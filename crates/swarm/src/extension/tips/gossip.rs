use std::collections::VecDeque;
use std::time::Duration;

use wire::{MAX_TIPS, TipClaim};

use crate::Time;
use crate::extension::Allowance;

/// Claims that one side of a connection makes to the other. Of more genuine tips a newcomer is told the newest.
const MAX_CLAIMS: u32 = 500;

/// Claims of a peer that may turn out wrong; then it is not listened to any more.
const MAX_WRONG: u32 = 20;

/// How many messages of a peer are read: so many at once, and then one in each such time.
const HEARING: (u32, Duration) = (20, Duration::from_secs(1));

/// How many messages it is sent, well within what it reads. Ten hold all that a newcomer is told.
const TELLING: (u32, Duration) = (10, Duration::from_secs(2));

/// What one peer said of tips, and what it is told.
#[derive(Debug)]
pub(crate) struct Gossip {
    claims: u32,
    wrong: u32,
    hearing: Allowance,
    /// It was told what is genuine, or will be.
    greeted: bool,
    /// Claims that it is still to be told.
    untold: VecDeque<TipClaim>,
    told: u32,
    telling: Allowance,
}

impl Default for Gossip {
    fn default() -> Self {
        Self {
            claims: 0,
            wrong: 0,
            hearing: Allowance::new(HEARING.0, HEARING.1),
            greeted: false,
            untold: VecDeque::new(),
            told: 0,
            telling: Allowance::new(TELLING.0, TELLING.1),
        }
    }
}

impl Gossip {
    /// A message came; whether to read it.
    pub(crate) fn admit(&mut self, now: Time) -> bool {
        self.is_heard() && self.hearing.take(now)
    }

    /// It makes a claim, and so is not to be told of that; whether to listen.
    pub(crate) fn hear(&mut self, claim: TipClaim) -> bool {
        let is_heard = self.is_heard();
        if is_heard {
            self.claims += 1;
            self.spare(claim);
        }
        is_heard
    }

    /// One of its claims was wrong.
    pub(crate) const fn wronged(&mut self) {
        self.wrong = self.wrong.saturating_add(1);
    }

    /// It turned out to speak the extension: it is to be told of these, once.
    pub(crate) fn greet(&mut self, genuine: &[TipClaim]) {
        if !std::mem::replace(&mut self.greeted, true) {
            let first = genuine.len().saturating_sub(MAX_CLAIMS as usize);
            self.untold.extend(&genuine[first..]);
        }
    }

    /// It is to be told of this, if it speaks the extension.
    pub(crate) fn queue(&mut self, claim: TipClaim) {
        if self.greeted && self.told as usize + self.untold.len() < MAX_CLAIMS as usize {
            self.untold.push_back(claim);
        }
    }

    /// It is not to be told of this: it knows, or it is not true.
    pub(crate) fn spare(&mut self, claim: TipClaim) {
        self.untold.retain(|untold| *untold != claim);
    }

    /// The next message to it.
    pub(crate) fn tell(&mut self, now: Time) -> Option<Vec<TipClaim>> {
        if self.is_told_enough() || !self.telling.take(now) {
            return None;
        }
        let count = self.untold.len().min(MAX_TIPS).min((MAX_CLAIMS - self.told) as usize);
        self.told += count as u32;
        Some(self.untold.drain(..count).collect())
    }

    /// When there can be another message to it, if there is one to come.
    pub(crate) fn next(&self) -> Option<Time> {
        (!self.is_told_enough()).then(|| self.telling.next())
    }

    fn is_heard(&self) -> bool {
        self.wrong < MAX_WRONG && self.claims < MAX_CLAIMS
    }

    fn is_told_enough(&self) -> bool {
        self.untold.is_empty() || self.told >= MAX_CLAIMS
    }
}
