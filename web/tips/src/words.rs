//! What is said of tips: the words are in `web/words`.

use btt::tron::Tampered;
use btt::{Account, Amount, Error, Trust};
use language::{Word, number};

use crate::creator::Answer;
use crate::history::{Doubt, Outcome};
use wallet::Failure;

include!(concat!(env!("OUT_DIR"), "/words.rs"));

/// Questions that newcomers have, and answers.
pub(crate) const QUESTIONS: [(Word, Word); 6] = [
    (ASK_BTT, TOLD_BTT),
    (ASK_COST, TOLD_COST),
    (ASK_BACK, TOLD_BACK),
    (ASK_OTHERS, TOLD_OTHERS),
    (ASK_PAGE, TOLD_PAGE),
    (ASK_FAKE, TOLD_FAKE),
];

/// An amount as people write it.
pub(crate) fn btt(amount: Amount) -> String {
    format!("{} BTT", number::exact(&amount.to_string()))
}

/// An account as its chain writes it.
pub(crate) fn address(account: &Account) -> String {
    account.address_text()
}

/// What is wrong with a note.
pub(crate) const fn wrong_note(error: &Error) -> Word {
    match error {
        Error::NoteTooLong => NOTE_TOO_LONG,
        _ => NOTE_INVISIBLE,
    }
}

/// What vouches for an address, in plain words.
pub(crate) const fn trust(trust: Trust) -> Word {
    match trust {
        Trust::Link => TRUST_LINK,
        Trust::Torrent => TRUST_TORRENT,
        Trust::Endorsed => TRUST_ENDORSED,
        Trust::Domain => TRUST_DOMAIN,
        Trust::Pinned => TRUST_PINNED,
    }
}

/// What came of asking a site.
pub(crate) fn site(domain: &str, answer: &Answer) -> String {
    match answer {
        Answer::Lists => site_lists(domain),
        Answer::Denies => site_denies(domain),
        Answer::Unreadable => site_unreadable(domain),
        Answer::Silent => site_silent(domain),
    }
}

/// Why to look twice.
pub(crate) fn doubt(doubt: &Doubt) -> String {
    match doubt {
        Doubt::LooksLike(known) => doubt_looks_like(&known.to_string()),
        Doubt::Moved(known) => doubt_moved(&known.to_string()),
    }
}

/// Why a tip was not made, and what to do.
pub(crate) fn failure(failure: &Failure) -> String {
    let (sentence, words) = match failure {
        Failure::Rejected => (FAILURE_REJECTED, ""),
        Failure::Busy => (FAILURE_BUSY, ""),
        Failure::NoAccount => (FAILURE_NO_ACCOUNT, ""),
        Failure::WrongChain => (FAILURE_WRONG_CHAIN, ""),
        Failure::Changed => (FAILURE_CHANGED, ""),
        Failure::Insufficient { has, needs } => return failure_insufficient(&btt(*has), &btt(*needs)),
        Failure::TooMuch => (FAILURE_IMPOSSIBLE, TOO_MUCH.text()),
        Failure::Unreachable => (FAILURE_UNREACHABLE, ""),
        Failure::Impossible(why) => (FAILURE_IMPOSSIBLE, &why[..]),
        Failure::Tampered(part) => return failure_tampered(tampered(*part).text()),
        Failure::SignedOther(part) => return failure_signed_other(tampered(*part).text()),
        Failure::Locked => (FAILURE_WALLET, WALLET_LOCKED.text()),
        Failure::Lacks => (FAILURE_WALLET, WALLET_LACKS.text()),
        Failure::Wallet(why) => (FAILURE_WALLET, &why[..]),
        Failure::Unknown(why) => (FAILURE_UNKNOWN, &why[..]),
        Failure::NoHash => (FAILURE_UNKNOWN, NO_TRANSACTION.text()),
        Failure::Reverted => (FAILURE_REVERTED, ""),
        Failure::Replaced => (FAILURE_REPLACED, ""),
        Failure::Dropped => (FAILURE_DROPPED, ""),
    };
    if words.is_empty() { sentence.into() } else { it_says(sentence.text(), words) }
}

const fn tampered(part: Tampered) -> Word {
    match part {
        Tampered::Form => PART_FORM,
        Tampered::Id => PART_ID,
        Tampered::Kind => PART_KIND,
        Tampered::Token => PART_TOKEN,
        Tampered::From => PART_FROM,
        Tampered::To => PART_TO,
        Tampered::Amount => PART_AMOUNT,
        Tampered::FeeLimit => PART_FEE,
        Tampered::CallValue => PART_CALL_VALUE,
        Tampered::Memo => PART_MEMO,
    }
}

/// How far a tip is.
pub(crate) fn pending(confirmations: u64, needed: u64) -> String {
    match confirmations {
        0 => PENDING_SENT.into(),
        _ => pending_blocks(&number::whole(confirmations), &number::whole(needed)),
    }
}

/// What the button does.
pub(crate) fn confirm(amount: Amount) -> String {
    confirm_amount(&btt(amount))
}

/// A fee is more than the smallest amount that is offered.
pub(crate) fn fee_above_smallest(smallest: Amount) -> String {
    fee_above_preset(&btt(smallest))
}

/// Why a signature was not made.
pub(crate) fn not_signed(why: &Failure) -> String {
    match why {
        Failure::Rejected => SIGN_REJECTED.into(),
        Failure::NoAccount => SIGN_NO_ACCOUNT.into(),
        Failure::Changed => SIGN_CHANGED.into(),
        other => failure(other),
    }
}

/// A tip arrived.
pub(crate) fn arrived(amount: Amount) -> String {
    arrived_amount(&btt(amount))
}

/// An earlier tip whose end this page has not seen.
pub(crate) fn unanswered(amount: Amount) -> String {
    unanswered_amount(&btt(amount))
}

/// What all supporters gave.
pub(crate) fn total(amount: Amount, count: usize) -> String {
    total_given(count as u64, &btt(amount))
}

pub(crate) const fn outcome(outcome: Outcome) -> Word {
    match outcome {
        Outcome::Asked => OUTCOME_ASKED,
        Outcome::Pending => OUTCOME_PENDING,
        Outcome::Confirmed => OUTCOME_CONFIRMED,
        Outcome::Failed => OUTCOME_FAILED,
    }
}
