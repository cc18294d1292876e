//! What happens, and what follows from it.

use btt::{Address, Amount, Transaction};
use protocol::Sponsorship;
use protocol::purse::{PurseCommand, PurseNews};
use wallet::{Card, Failure, Sent};

use super::{Form, Torrent};
use crate::deposit::Extension;

/// What happened.
#[derive(Clone, Debug)]
pub(crate) enum Message {
    /// The purse says this.
    Purse(PurseNews),
    /// This torrent is open.
    Torrent(Torrent),
    /// The purse had time enough to answer.
    Late,
    /// What is drawn was there for a while.
    Ripe,
    /// The purse had time enough to make a transaction ready.
    Unprepared(u32),
    /// A wallet was found.
    Found(Card),
    /// A unit of gas costs so much.
    GasPrice(Amount),
    /// The user typed or chose something.
    Typed(fn(&mut Form, String), String),
    /// The user chose whether to pay for all torrents.
    Everything(bool),
    /// The user turned earning on or off, or is done with its fields.
    Earn(bool),
    /// The user is done with a field of earning.
    EarnEdited,
    /// The user turned paying on or off.
    Pay(bool),
    /// The user wants to pay as the fields say.
    Confirm,
    /// The link that led to the torrent names a sponsor, or none; and whether the user has agreed already.
    Offered(Option<Sponsorship>, bool),
    /// The user wants that to pay.
    Accept,
    /// The user wants what was earned.
    Redeem,
    /// The user wants a deposit to last longer, or to pay more people.
    Extend(Extension),
    /// The user wants back what a deposit has left.
    Withdraw([u8; 32]),
    /// The user wants the bond of a session that cheated.
    Slash([u8; 32]),
    /// The wallet showed an account.
    Connected(Result<Address, Failure>),
    /// The wallet sent a transaction, or did not.
    Sent(Result<Sent, Failure>),
    /// The user sped a transaction up in the wallet: it goes by this hash now.
    Renamed(String),
    /// The chain carried a transaction out, or did not.
    Ended(Result<(), Failure>),
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effect {
    /// To tell the purse this.
    Tell(PurseCommand),
    /// To have a wallet show an account, on the network's chain.
    Connect { wallet: usize },
    /// To ask a wallet for a transaction.
    Send { wallet: usize, from: Address, call: Transaction },
    /// To say so when the purse had time enough to make a transaction ready.
    Await(u32),
    /// To watch a transaction.
    Watch { sent: Sent, call: Transaction },
    /// To have the page start the purse the next time, or not.
    Remember(bool),
    /// To remember who is paid.
    RememberPayee(String),
}
