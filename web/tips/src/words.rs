//! Every word about tips. English.

use btt::{Account, Amount, Trust};

use crate::browser::grouped;
use crate::creator::Answer;
use crate::failure::Failure;
use crate::history::{Doubt, Outcome};

pub(crate) const TIP: &str = "Tip the creator";
pub(crate) const TITLE: &str = "Send a tip";
pub(crate) const CLOSE: &str = "Close";
pub(crate) const AMOUNT: &str = "Amount in BTT";
pub(crate) const AMOUNT_WRONG: &str =
    "Write an amount as digits with at most one point, such as 250 or 12.5.";
pub(crate) const NOTE: &str = "Note to the creator (everybody can read it, for ever)";
pub(crate) const PAYEE: &str = "Goes to";
pub(crate) const NETWORK: &str = "Network";
pub(crate) const TEST_NETWORK: &str = "Test network: play money, worth nothing";
pub(crate) const FEE: &str = "Fee of the network";
pub(crate) const FEE_UNKNOWN: &str = "Not known: the network does not answer. Try again in a moment.";
pub(crate) const FEE_ASKED: &str = "Being asked for";
pub(crate) const FEE_BY_WALLET: &str = "At most 100 TRX, which your wallet shows before you agree";
pub(crate) const WALLET: &str = "Wallet";
pub(crate) const NO_WALLET: &str = "There is no wallet in this browser";
pub(crate) const NO_WALLET_WHY: &str = "A wallet is a browser extension or an app on a phone that keeps your coins and asks you before \
     anything is paid. Install one from its maker's own site, put some BTT into it, and come back. Or scan this code with a \
     wallet on your phone: address and amount are in it, the note and the thanks on this page are not.";
pub(crate) const NO_TRON_WALLET: &str = "There is no wallet for TRON in this browser";
pub(crate) const NO_TRON_WALLET_WHY: &str = "A wallet is a browser extension or an app on a phone that keeps your coins and asks you before \
     anything is paid. Install one that knows TRON from its maker's own site, put some BTT and a little TRX for the fee into \
     it, and come back.";
pub(crate) const PHONE: &str = "Pay with a phone instead";
pub(crate) const PHONE_WHY: &str =
    "Address and amount are in the code. The note is not, and nobody here will see who it was from.";
pub(crate) const PUBLISH: &str = "Show my tip to people who open this";
pub(crate) const PUBLISH_WHY: &str =
    "Your address, the amount and the note are public on the chain in any case.";
pub(crate) const CONFIRM: &str = "Confirm in wallet";
pub(crate) const OUT_OF_TOUCH: &str = "Sent. The network does not answer just now, so nobody can say how far it is; this page keeps asking. Do not send it again.";
pub(crate) const AGAIN: &str = "Send another tip";
pub(crate) const TRY_AGAIN: &str = "Try again";
pub(crate) const EXPLORER: &str = "See the transaction";
pub(crate) const SUPPORTERS: &str = "Supporters";
pub(crate) const NOBODY_YET: &str = "Nobody has tipped here yet, as far as this page knows.";
pub(crate) const HISTORY: &str = "Tips that you gave";
pub(crate) const HISTORY_WHY: &str = "Only this browser remembers them.";
pub(crate) const EXPORT: &str = "Export as a file";
pub(crate) const EXPLAIN: &str = "What is a tip?";
pub(crate) const CHECK_SITE: &str = "Ask the site";
pub(crate) const FRAMED: &str = "Tips are given in a window of their own. Open this page by itself.";
pub(crate) const NO_NETWORK: &str =
    "Whoever runs this site has not set up the network that this creator takes tips on.";
pub(crate) const NO_PAYEE: &str = "This torrent names nobody to tip.";
pub(crate) const TYPE_PAYEE: &str = "Address to tip";
pub(crate) const ENDORSE: &str = "Sign this torrent as its creator";
pub(crate) const ENDORSE_WHY: &str = "For the creator: sign with the wallet that holds the address above. People then see that the \
     holder of the address stands behind this very torrent. It costs nothing.";
pub(crate) const ENDORSED: &str =
    "Signed. The .torrent file that you export from now on carries the signature.";

/// Questions that newcomers have, and answers.
pub(crate) const QUESTIONS: [(&str, &str); 6] = [
    (
        "What is BTT?",
        "BitTorrent Token: a coin on public chains (BTTC and TRON). Its price changes; a thousand BTT have been worth a \
         fraction of a cent. You buy it at an exchange and keep it in a wallet.",
    ),
    (
        "What does a tip cost?",
        "The amount that you type, plus the fee of the network, which is shown before you confirm. This page takes nothing, \
         and so does whoever runs it.",
    ),
    (
        "Can I take it back?",
        "No. What the chain has confirmed is final. That is why the page shows the whole address and waits for twelve blocks \
         before it says that the tip arrived.",
    ),
    (
        "What can others see?",
        "A chain is a public book: your address, the creator's, the amount, the note and which torrent it was for stay there \
         for ever. Whoever knows that an address is yours can read all of its payments. Use an address of its own for tips if \
         you mind.",
    ),
    (
        "What can this page see?",
        "The account that you choose in your wallet, and what it asks the chain. It never sees your keys or recovery words: \
         if anybody asks you for these, it is theft.",
    ),
    (
        "How do I spot a fake creator?",
        "Anybody can share a copy of a film with an address of their own in it. Look at what vouches for the address, compare it \
         with the one on the creator's own site, and be wary of names alone: a name proves nothing.",
    ),
];

/// An amount as people write it.
pub(crate) fn btt(amount: Amount) -> String {
    let exact = amount.to_string();
    let (whole, fraction) = exact.split_once('.').unwrap_or((&exact, ""));
    let whole = grouped(whole);
    if fraction.is_empty() { format!("{whole} BTT") } else { format!("{whole}.{fraction} BTT") }
}

/// An account as its chain writes it.
pub(crate) fn address(account: &Account) -> String {
    account.address_text()
}

/// What vouches for an address, in plain words.
pub(crate) const fn trust(trust: Trust) -> &'static str {
    match trust {
        Trust::Link => {
            "The link suggests an address, the torrent does not. Whoever passed the link on may have put it there. Type the \
             address only if the creator told it to you."
        }
        Trust::Torrent => {
            "The address stands in this torrent and cannot be changed without making another one. Whoever made the torrent \
             put it there; that need not be the creator of what is in it."
        }
        Trust::Endorsed => {
            "The holder of this address has signed this very torrent. That proves that they stand behind it, and not that they \
             made what is in it."
        }
        Trust::Domain => "The site that this torrent names lists this address as its creator's.",
        Trust::Pinned => "You tipped this address before.",
    }
}

/// What came of asking a site.
pub(crate) fn site(domain: &str, answer: &Answer) -> String {
    match answer {
        Answer::Lists => format!("Verified: {domain} lists this address."),
        Answer::Denies => format!(
            "{domain} has a list of its creator's addresses, and this one is not on it. Do not tip before you have asked them."
        ),
        Answer::Unreadable => format!(
            "{domain} has no list of its creator's addresses where one should be, or one that is too long. Nothing is confirmed."
        ),
        Answer::Silent => format!(
            "{domain} cannot be reached, has no list of addresses, or does not let this page read it. Nothing is confirmed."
        ),
    }
}

/// Offers to ask a site.
pub(crate) fn ask_site(domain: &str) -> String {
    format!(
        "The torrent says that its creator is at {domain}. The site can confirm that; it then learns that you look."
    )
}

/// Why to look twice.
pub(crate) fn doubt(doubt: &Doubt) -> String {
    match doubt {
        Doubt::LooksLike(known) => format!(
            "Careful: this address begins and ends like one that you tipped before, and is another. That is a known trick. \
             The one you know is {known}."
        ),
        Doubt::Moved(known) => format!(
            "Careful: the last time, something of this name paid another address, {known}. Ask the creator whether they \
             have a new one before you tip."
        ),
    }
}

/// Why a tip was not made, and what to do.
pub(crate) fn failure(failure: &Failure) -> String {
    match failure {
        Failure::Rejected => "You said no in the wallet. Nothing was paid.".to_owned(),
        Failure::Busy => {
            "Your wallet is already waiting for you. Open it, answer what it asks, and try again. Nothing was paid.".to_owned()
        }
        Failure::NoAccount => {
            "The wallet shows this page no account. Unlock it, allow this page to see an account, and try again.".to_owned()
        }
        Failure::WrongChain => {
            "The wallet stayed on another network, where this tip cannot be paid. Switch it to the network above and try again. \
             Nothing was paid."
                .to_owned()
        }
        Failure::Changed => {
            "The account or the network changed in your wallet meanwhile, so nothing was sent. Look at the details and confirm \
             again."
                .to_owned()
        }
        Failure::Insufficient { has, needs } => format!(
            "This account has {}, and tip and fee take {}. Choose a smaller amount or put more into the account.",
            btt(*has),
            btt(*needs)
        ),
        Failure::Unreachable => {
            "The network does not answer. Nothing was sent. Check your connection and try again.".to_owned()
        }
        Failure::Impossible(why) => told("The network would not carry out this tip, so nothing was sent.", why),
        Failure::Tampered(part) => format!(
            "The transaction that the wallet's network prepared is not the one you asked for ({part}). It was not signed and \
             nothing was paid. Do not use that network before you know why."
        ),
        Failure::SignedOther(part) => format!(
            "Your wallet signed another transaction than the one you asked for ({part}). This page did not send it, but the \
             wallet may have. Look at its list of transactions, and do not use it before you know why."
        ),
        Failure::Wallet(why) => told("The wallet could not do it. Nothing was paid.", why),
        Failure::Unknown(why) => told(
            "The wallet did not say whether it sent the tip. Look at its list of transactions before you try again.",
            why,
        ),
        Failure::Reverted => {
            "The chain took the transaction and did not carry it out. The tip was not paid, the fee was.".to_owned()
        }
        Failure::Replaced => {
            "Another transaction from your account took this one's place: you cancelled or changed it in the wallet. This tip \
             was not paid."
                .to_owned()
        }
        Failure::Dropped => {
            "The network has forgotten the transaction, most likely because its fee was too low. The tip was not paid; look into \
             your wallet before you try again."
                .to_owned()
        }
    }
}

fn told(sentence: &str, words: &str) -> String {
    if words.is_empty() {
        sentence.to_owned()
    } else {
        format!("{sentence} It says: \u{201c}{words}\u{201d}")
    }
}

/// How far a tip is.
pub(crate) fn pending(confirmations: u64, needed: u64) -> String {
    if confirmations == 0 {
        "Sent. Waiting for the network to take it up; you may close this.".to_owned()
    } else {
        format!("On the chain: {confirmations} of {needed} blocks until it is certain. You may close this.")
    }
}

/// What the button does.
pub(crate) fn confirm(amount: Amount) -> String {
    format!("Send {} with your wallet", btt(amount))
}

/// Why a signature was not made.
pub(crate) fn not_signed(why: &Failure) -> String {
    match why {
        Failure::Rejected => "You said no in the wallet. Nothing was signed.".to_owned(),
        Failure::NoAccount => {
            "The wallet does not show this page the account that is to be tipped. Choose it there.".to_owned()
        }
        Failure::Changed => {
            "The signature is not by the account that is to be tipped, and was not kept.".to_owned()
        }
        other => failure(other),
    }
}

/// A tip arrived.
pub(crate) fn arrived(amount: Amount) -> String {
    format!("{} arrived. Thank you!", btt(amount))
}

/// The wallet is asked.
pub(crate) fn asked(wallet: &str) -> String {
    format!("Look into your wallet ({wallet}) and compare address and amount before you agree.")
}

/// An earlier tip whose end this page has not seen.
pub(crate) fn unanswered(amount: Amount) -> String {
    format!(
        "The last time you were here, your wallet was asked for {} and this page did not hear what became of it. Look at the \
         wallet's list of transactions before you send it again.",
        btt(amount)
    )
}

/// What all supporters gave.
pub(crate) fn total(amount: Amount, count: usize) -> String {
    let people = if count == 1 { "1 tip".to_owned() } else { format!("{count} tips") };
    format!("{} in {people}, checked on the chain", btt(amount))
}

pub(crate) const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Asked => "wallet was asked",
        Outcome::Pending => "on its way",
        Outcome::Confirmed => "arrived",
        Outcome::Failed => "not paid",
    }
}
