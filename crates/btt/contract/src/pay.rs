use btt::Address;

use crate::words::Words;
use crate::{Chain, Key, Receipt, Refusal, artefact, call};

/// The id of a session.
pub type SessionId = [u8; 32];

/// The contract on a [`Chain`].
#[derive(Clone, Debug)]
pub struct BttPay {
    /// Its chain.
    pub chain: Chain,
    /// Where it is there.
    pub address: Address,
    /// What creating it used.
    pub deployment_gas: u64,
}

/// What a session is opened with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How many slots.
    pub slots: u32,
    /// What each pays at most, in the smallest unit.
    pub cap: u128,
    /// When it expires, in seconds (Unix).
    pub expiry: u64,
    /// What promising a slot twice costs, in the smallest unit.
    pub bond: u128,
}

impl Terms {
    /// The coins that have to be sent along.
    #[must_use]
    pub fn value(&self) -> u128 {
        u128::from(self.slots) * self.cap + self.bond
    }
}

/// A signed promise of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voucher {
    /// The session that pays.
    pub session: SessionId,
    /// The slot that pays.
    pub slot: u32,
    /// Whom it pays.
    pub payee: Address,
    /// What it owes in all, in the smallest unit.
    pub cumulative: u128,
    /// The signature in its compact form.
    pub signature: [u8; 64],
}

/// What the contract says of a session and one of its slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// Who deposited; zero if the session was never opened.
    pub owner: Address,
    /// When it expires, in seconds (Unix).
    pub expiry: u64,
    /// How many slots it has.
    pub slots: u32,
    /// Whose signatures are vouchers.
    pub key: Address,
    /// What each slot pays at most.
    pub cap: u128,
    /// What all slots together can still pay.
    pub balance: u128,
    /// What promising a slot twice costs.
    pub bond: u128,
    /// Whom the slot pays; zero if nobody yet.
    pub payee: Address,
    /// What the slot has paid.
    pub paid: u128,
}

impl BttPay {
    /// The contract on a chain of its own, at `0x5FbDB2315678afecb367f032d93F642f64180aa3`.
    ///
    /// # Panics
    /// If it is not compiled, or cannot be created.
    #[must_use]
    pub fn deployed() -> Self {
        let mut chain = Chain::default();
        let receipt = chain.create(DEPLOYER, artefact("BttPay")).expect("its constructor refuses nothing");
        let address = receipt.created.expect("a contract was created");
        Self { chain, address, deployment_gas: receipt.gas }
    }

    /// Opens a session of `owner`'s, who is given the coins for it first.
    ///
    /// # Errors
    /// What the contract says.
    pub fn open(&mut self, owner: Address, key: Address, terms: Terms) -> Result<Receipt, Refusal> {
        self.open_with(owner, key, terms, terms.value())
    }

    /// The same with so many coins, which may be wrong.
    ///
    /// # Errors
    /// What the contract says.
    pub fn open_with(
        &mut self,
        owner: Address,
        key: Address,
        terms: Terms,
        value: u128,
    ) -> Result<Receipt, Refusal> {
        self.chain.give(owner, value);
        self.call(owner, value, call::open(key, terms))
    }

    /// Moves a session's expiry and adds slots, with so many coins, which the caller is given first.
    ///
    /// # Errors
    /// What the contract says.
    pub fn extend(
        &mut self,
        caller: Address,
        session: SessionId,
        expiry: u64,
        slots: u32,
        value: u128,
    ) -> Result<Receipt, Refusal> {
        self.chain.give(caller, value);
        self.call(caller, value, call::extend(session, expiry, slots))
    }

    /// Redeems vouchers as if they were all signed to `payee`.
    ///
    /// # Errors
    /// What the contract says.
    pub fn redeem(
        &mut self,
        caller: Address,
        payee: Address,
        vouchers: &[Voucher],
    ) -> Result<Receipt, Refusal> {
        self.call(caller, 0, call::redeem(payee, vouchers))
    }

    /// Shows two vouchers of the session and slot of the first.
    ///
    /// # Errors
    /// What the contract says.
    pub fn slash(&mut self, reporter: Address, a: &Voucher, b: &Voucher) -> Result<Receipt, Refusal> {
        self.call(reporter, 0, call::slash(a, b))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// What the contract says.
    pub fn withdraw(&mut self, caller: Address, session: SessionId) -> Result<Receipt, Refusal> {
        self.call(caller, 0, call::withdraw(session))
    }

    /// What it says of a session and one of its slots.
    ///
    /// # Panics
    /// If it answers anything but nine words that fit.
    #[must_use]
    pub fn status(&self, session: SessionId, slot: u32) -> Status {
        let answer = self.ask(Words::of("status(bytes32,uint32)").bytes(&session).number(slot).into_bytes());
        let ([owner, expiry, slots, key, cap, balance, bond, payee, paid], []) = answer.as_chunks::<32>()
        else {
            panic!("{} bytes are not nine words", answer.len())
        };
        Status {
            owner: address(owner),
            expiry: number(expiry).try_into().expect("a time"),
            slots: number(slots).try_into().expect("a number of slots"),
            key: address(key),
            cap: number(cap),
            balance: number(balance),
            bond: number(bond),
            payee: address(payee),
            paid: number(paid),
        }
    }

    /// The id of a session.
    #[must_use]
    pub fn session(&self, owner: Address, key: Address) -> SessionId {
        self.ask_for_hash(Words::of("sessionId(address,address)").address(owner).address(key))
    }

    /// What the signature of a voucher signs.
    #[must_use]
    pub fn digest(&self, session: SessionId, slot: u32, payee: Address, cumulative: u128) -> [u8; 32] {
        let data = Words::of("voucherDigest(bytes32,uint32,address,uint96)").bytes(&session).number(slot);
        self.ask_for_hash(data.address(payee).number(cumulative))
    }

    /// What makes a voucher that of this contract.
    #[must_use]
    pub fn domain(&self) -> [u8; 32] {
        self.ask_for_hash(Words::of("domainSeparator()"))
    }

    /// A voucher that the key signs.
    #[must_use]
    pub fn voucher(
        &self,
        key: &Key,
        session: SessionId,
        slot: u32,
        payee: Address,
        cumulative: u128,
    ) -> Voucher {
        let signature = key.sign(&self.digest(session, slot, payee, cumulative));
        Voucher { session, slot, payee, cumulative, signature }
    }

    /// What the contract holds.
    #[must_use]
    pub fn holds(&mut self) -> u128 {
        self.chain.balance(self.address)
    }

    fn call(&mut self, from: Address, value: u128, data: Vec<u8>) -> Result<Receipt, Refusal> {
        self.chain.send(from, self.address, value, data)
    }

    fn ask(&self, data: Vec<u8>) -> Vec<u8> {
        self.chain.ask(self.address, data).expect("a view refuses nothing")
    }

    fn ask_for_hash(&self, data: Words) -> [u8; 32] {
        self.ask(data.into_bytes()).try_into().expect("one word")
    }
}

/// Whose first contract is at the address that the vectors of vouchers name: the first account of anvil and the like.
const DEPLOYER: Address = Address::from_bytes([
    0xf3, 0x9f, 0xd6, 0xe5, 0x1a, 0xad, 0x88, 0xf6, 0xf4, 0xce, 0x6a, 0xb8, 0x82, 0x72, 0x79, 0xcf, 0xff,
    0xb9, 0x22, 0x66,
]);

fn address(word: &[u8; 32]) -> Address {
    let (zeros, address) = word.split_at(12);
    assert_eq!(zeros, [0; 12]);
    Address::from_bytes(address.try_into().expect("32 bytes without 12 are 20"))
}

fn number(word: &[u8; 32]) -> u128 {
    let (zeros, number) = word.split_at(16);
    assert_eq!(zeros, [0; 16]);
    u128::from_be_bytes(number.try_into().expect("half of 32 bytes"))
}
