//! What pages, the engine and the purse say to each other of payments by the byte (`docs/pay.md`).
//!
//! The purse is a worker of the window that owns the engine. It has the keys of sessions, and decides all that has to do with
//! money. It speaks with the engine over a `MessagePort` ([`ToPurse`], [`FromPurse`]), and with pages by way of the engine,
//! which does not read that: [`PurseCommand`] and [`PurseNews`], as postcard bytes. So every tab reaches the one purse.
//!
//! Prices here are what people see: BTT for a GB, 10^9 bytes.

use btt::{Address, Amount, Transaction};
use metainfo::InfoHash;
use serde::{Deserialize, Serialize};

use crate::TorrentView;

/// What the window tells the purse, once and first. Parts: one `MessagePort`, to the engine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PurseSettings {
    /// What the deployment's `/config.json` has under `tips`, as JSON: the networks, and where the contract is.
    pub networks: String,
}

/// What the engine tells the purse.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ToPurse<T = Vec<TorrentView>> {
    /// A page says this: a [`PurseCommand`].
    Page(Vec<u8>),
    /// Every torrent; said first, and when something changed.
    Torrents(T),
    /// What happened with a peer of a torrent that speaks of payments.
    Peer {
        /// The torrent.
        torrent: InfoHash,
        /// Which of its peers, as [`Peer::key`](crate::Peer::key); no two torrents have the same.
        peer: u32,
        /// What happened.
        news: PeerNews,
    },
}

/// What the purse tells the engine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum FromPurse {
    /// To pages: a [`PurseNews`].
    Pages(Vec<u8>),
    /// To speak of payments in every torrent from now on, or to say something else of them than before.
    Begin {
        /// One bencoded value for handshakes, of who wants to be paid.
        terms: Option<Vec<u8>>,
    },
    /// Not to speak of payments any more.
    End,
    /// What a torrent is to do with one of its peers.
    Order {
        /// The torrent.
        torrent: InfoHash,
        /// Which of its peers.
        peer: u32,
        /// What to do.
        order: PeerOrder,
    },
}

/// What happened with a peer that speaks of payments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PeerNews {
    /// It speaks of payments, or says something else of them than before, or it is known now how long a piece is.
    Met {
        /// What its handshake says: one bencoded value, unchecked.
        terms: Option<Vec<u8>>,
        /// Bytes of a piece of the torrent, 0 while that is not known: so many have to be trusted before they are checked.
        piece_length: u32,
    },
    /// It sent a message.
    Said {
        /// The message, unchecked.
        payload: Vec<u8>,
        /// What was traded before.
        trade: Trade,
    },
    /// The oldest message to it that was not told of yet is on its way.
    Sent(Trade),
    /// How far it is.
    Traded(Trade),
    /// It gave what was wrong, and nobody else had part in it. It is about to be gone.
    Bad,
    /// It is gone.
    Gone(Trade),
}

/// What was traded over one connection so far, in bytes of blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trade {
    /// That the peer was given.
    pub given: u64,
    /// That it was asked for and gave.
    pub taken: u64,
    /// How many of these are not in pieces that turned out right: not yet, or not at all.
    pub unchecked: u64,
    /// Whether it serves us.
    pub serves: bool,
    /// Whether it says that it has all that it wants.
    pub complete: bool,
}

/// What a torrent is to do with a peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PeerOrder {
    /// To send it a message.
    Send(Vec<u8>),
    /// To give it bytes of blocks until they are so many in all on this connection; `None`: as many as it likes.
    Allow(Option<u64>),
    /// To mind what serving it is worth, in comparison with others.
    Prefer(u64),
    /// To have it work on pieces of its own where it can, or on any again.
    KeepApart(bool),
    /// To end the connection with it: it cheats.
    Drop,
}

/// What a page says to the purse.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PurseCommand {
    /// It shows payments: it wants to hear of them, at least once.
    Look,
    /// To be paid for what is given, or `None`: not to be.
    Earn(Option<EarnTerms>),
    /// To pay, from now on.
    Pay(PayTerms),
    /// To pay for nothing that is not here yet.
    Stop,
    /// What would paying change? Answered by [`PurseNews::Quote`].
    Quote {
        /// Names this question.
        id: u32,
        /// Which torrent is to go faster.
        torrent: InfoHash,
        /// What may be spent.
        budget: Amount,
        /// The highest price for a GB.
        highest: Amount,
    },
    /// What is a wallet to be asked for? Answered by [`PurseNews::Call`].
    Call {
        /// Names this question.
        id: u32,
        /// What the transaction is to do.
        wish: CallWish,
    },
    /// A wallet was asked for what [`PurseNews::Call`] said, and refused: what was noted down for it can be forgotten.
    Dropped {
        /// The question.
        id: u32,
    },
    /// The chain has carried out what a wallet was asked for: how things are is to be told as soon as that is settled.
    Done {
        /// Which deposit or whose bond it was about; `None`: what was earned.
        session: Option<[u8; 32]>,
    },
    /// To have a sponsor deposit for a torrent, and to pay from that, by the sponsor's terms. Answered by
    /// [`PurseNews::Sponsored`].
    Sponsor {
        /// Names this question.
        id: u32,
        /// For which torrent.
        torrent: InfoHash,
        /// Where the sponsor is, as [`Sponsorship::url`](crate::Sponsorship::url).
        url: String,
        /// What the creator gave to this viewer.
        ticket: String,
    },
}

/// How somebody wants to be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarnTerms {
    /// Who is paid.
    pub payee: Address,
    /// The least that is charged for a GB.
    pub floor: Amount,
}

/// How somebody wants to pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayTerms {
    /// All that may be spent from now on.
    pub budget: Amount,
    /// The highest price for a GB.
    pub highest: Amount,
    /// For which torrent alone; `None`: for all.
    pub only: Option<InfoHash>,
    /// From which sponsored deposit alone; `None`: from the user's own.
    pub from: Option<[u8; 32]>,
}

/// What a transaction with the contract is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CallWish {
    /// Lock up a deposit to pay from. The purse has made a key for it, and stored it, before it answers.
    Open {
        /// Whose wallet sends it.
        owner: Address,
        /// How many peers can be paid from it.
        slots: u32,
        /// What is in each slot.
        slot_cap: Amount,
        /// What is lost by paying two from one slot.
        bond: Amount,
        /// How many seconds from now on it lasts.
        lasts: u64,
    },
    /// Let a deposit last longer, or have more slots of what is in each of its.
    Extend {
        /// Which deposit.
        session: [u8; 32],
        /// Whose wallet sends it: the deposit's owner's, or nothing comes of it.
        owner: Address,
        /// How many seconds longer. No deposit lasts for more than about 30 days from now on.
        longer: u64,
        /// How many slots more.
        add_slots: u32,
    },
    /// Give back to its owner what a deposit has left, after it ended.
    Withdraw {
        /// Which deposit.
        session: [u8; 32],
    },
    /// Pay us what we have vouchers for.
    Redeem,
    /// Take the bond of somebody who paid two from one slot.
    Slash {
        /// The session that it was.
        session: [u8; 32],
    },
}

/// What the purse says to pages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PurseNews {
    /// How things are; said when a page [looks](PurseCommand::Look), and about once a second while something changes.
    State(Box<PurseView>),
    /// Answer to [`PurseCommand::Quote`].
    Quote {
        /// The question.
        id: u32,
        /// What paying would change.
        quote: Quote,
    },
    /// Answer to [`PurseCommand::Call`].
    Call {
        /// The question.
        id: u32,
        /// The transaction that a wallet is to be asked for, of the chain that [`PurseView::chain`] says; or why there is none.
        call: Result<Transaction, CallFault>,
    },
    /// Answer to [`PurseCommand::Sponsor`]: the sponsor has agreed, and a deposit is on its way or there.
    Sponsored {
        /// The question.
        id: u32,
        /// Or why not.
        agreed: Result<(), SponsorFault>,
    },
}

/// Why a sponsor does not pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SponsorFault {
    /// It does not answer, or cannot do it now.
    Unreachable,
    /// What it says makes no sense, or is of another chain or contract.
    Unfit,
    /// The browser does not store the key.
    NotStored,
    /// Too many deposits are noted down already.
    TooMany,
    /// The ticket is not good, or not any more.
    Ticket,
    /// It pays for this viewer already, in another browser.
    Other,
    /// It has spent all that it wanted to.
    Spent,
    /// It says no.
    Refused,
}

/// Why there is no transaction to ask a wallet for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CallFault {
    /// There is nothing that it could do: nothing to redeem, or no such deposit, or that has not ended.
    Nothing,
    /// The contract takes no such numbers.
    BadNumbers,
    /// The deposit is of another account.
    NotOwner,
    /// The browser does not store the key of the deposit, without which the money would lie there for nothing.
    NotStored,
    /// Too many deposits are noted down already.
    TooMany,
}

/// What somebody sees of payments.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PurseView {
    /// The chain's id (EIP-155), 0 if the deployment names no contract.
    pub chain: u64,
    /// What hinders payments, if anything does.
    pub fault: Option<PurseFault>,
    /// What is earned.
    pub earning: Earning,
    /// What is paid.
    pub paying: Paying,
    /// Deposits, the newest first, until their rest was given back.
    pub deposits: Vec<DepositView>,
    /// Peers that money goes to or comes from.
    pub peers: Vec<PeerMoney>,
    /// Cheats that are proven, whose bonds are still there.
    pub proofs: Vec<ProofView>,
}

/// What hinders payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PurseFault {
    /// The deployment names no contract to pay by.
    NotConfigured,
    /// The browser stores nothing, so no deposit and no account would outlast this visit.
    NoStorage,
    /// Another tab still has the purse; this one waits for it.
    InOtherTab,
    /// No node of the chain can be asked: everybody is served for nothing, and nobody is paid anew.
    NoNode,
}

/// What is earned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Earning {
    /// How it is asked for; `None` while nobody is asked for money.
    pub terms: Option<EarnTerms>,
    /// What came together since midnight, UTC.
    pub today: Amount,
    /// What vouchers are good for and the chain has not paid yet.
    pub unredeemed: Amount,
    /// What the chain has paid of what is noted here.
    pub redeemed: Amount,
    /// What redeeming all of it now would cost at most, by the network's gas price; `None` while that is not known.
    pub fee: Option<Amount>,
    /// When the first of it has to be redeemed, in seconds since 1970, since what it is paid from ends.
    pub redeem_by: Option<u64>,
}

/// What is paid.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Paying {
    /// How; `None` while nothing is bid. The budget is what it was when it was set.
    pub terms: Option<PayTerms>,
    /// How it stands.
    pub state: PayState,
    /// What was spent by these terms.
    pub spent: Amount,
    /// What may be spent by these terms yet.
    pub left: Amount,
    /// What the user's own deposits have left, apart from slots that are somebody's.
    pub deposited: Amount,
}

/// How paying stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PayState {
    /// Nothing is paid.
    #[default]
    Off,
    /// There is no deposit on the chain yet.
    Opening,
    /// Peers are paid, or would be.
    Open,
    /// What may be spent, or what was deposited, is used up.
    Spent,
    /// The deposit has ended.
    Expired,
}

/// A deposit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepositView {
    /// Its name in the contract.
    pub session: [u8; 32],
    /// Whose it is: who gets back what is left.
    pub owner: Address,
    /// What was or is to be locked up, the bond included.
    pub amount: Amount,
    /// What is in each of its slots.
    pub slot_cap: Amount,
    /// What of it nobody has a voucher for.
    pub left: Amount,
    /// When it ends, in seconds since 1970.
    pub expiry: u64,
    /// How it stands.
    pub state: DepositState,
    /// Who deposits it, if somebody does for the user.
    pub sponsor: Option<Sponsor>,
}

/// Who deposits for somebody else, and for what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sponsor {
    /// Where it is, as [`Sponsorship::url`](crate::Sponsorship::url).
    pub url: String,
    /// For which torrent alone.
    pub torrent: InfoHash,
    /// The highest price for a GB.
    pub highest: Amount,
}

/// How a deposit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DepositState {
    /// It is not on the chain yet.
    Opening,
    /// It can be paid from.
    Open,
    /// It has ended; what is left can be given back.
    Ended,
}

/// A proof that a session paid two from one slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofView {
    /// Which session.
    pub session: [u8; 32],
    /// What whoever shows the proof to the contract gets of the bond.
    pub reward: Amount,
}

/// What money goes between us and a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerMoney {
    /// In which torrent.
    pub torrent: InfoHash,
    /// Which of its peers.
    pub peer: u32,
    /// What it pays us for a GB.
    pub pays: Amount,
    /// What we pay it for a GB.
    pub paid: Amount,
}

/// What paying would change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// Seconds that the torrent takes without; `None` if it never ends as things are.
    pub without: Option<u64>,
    /// Seconds that it takes with it.
    pub with: Option<u64>,
    /// What that costs at most.
    pub at_most: Amount,
    /// How many peers would be paid.
    pub peers: u32,
    /// How many peers want to be paid at all.
    pub sellers: u32,
}
