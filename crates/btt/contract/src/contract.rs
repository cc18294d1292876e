use btt::{Address, Amount};
use pay::abi::{Call, Opening};
use pay::message::{Claim, Fraud, Payment};
use pay::seller::SlotStatus;
use pay::{Deployment, SessionId, Signature, SignedVoucher, SlotId, Time, Voucher};

use crate::words::Words;
use crate::{Chain, Key, Receipt, Refusal, artefact};

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

/// What a session is opened with, but for its key.
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
    /// A session on these terms, of this key.
    #[must_use]
    pub fn of(self, key: Address) -> Opening {
        let Self { slots, cap, expiry, bond } = self;
        let [slot_cap, bond] = [cap, bond].map(Amount::from_units);
        Opening { key, slots, slot_cap, expiry: Time::from_secs(expiry), bond }
    }

    /// The coins that have to be sent along, in the smallest unit.
    ///
    /// # Panics
    /// If they are more than an amount can be.
    #[must_use]
    pub fn value(self) -> u128 {
        self.of(Address::from_bytes([0; 20])).value().expect("an amount").units()
    }
}

/// What the contract says of a session and one of its slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Who deposited.
    pub owner: Address,
    /// Whose signatures are vouchers.
    pub key: Address,
    /// What it was opened with and extended to.
    pub terms: Terms,
    /// What all slots together can still pay.
    pub balance: u128,
    /// Whom the slot pays, if anybody yet.
    pub payee: Option<Address>,
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

    /// Which contract on which chain it is.
    #[must_use]
    pub fn deployment(&self) -> Deployment {
        Deployment { chain: self.chain.id(), contract: self.address }
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
        self.call(owner, value, Call::Open(terms.of(key)))
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
        add_slots: u32,
        value: u128,
    ) -> Result<Receipt, Refusal> {
        self.chain.give(caller, value);
        self.call(caller, value, Call::Extend { session, expiry: Time::from_secs(expiry), add_slots })
    }

    /// Redeems vouchers as if they were all signed to `payee`.
    ///
    /// # Errors
    /// What the contract says.
    pub fn redeem(
        &mut self,
        caller: Address,
        payee: Address,
        vouchers: &[SignedVoucher],
    ) -> Result<Receipt, Refusal> {
        let payments = payments(vouchers);
        self.call(caller, 0, Call::Redeem { payee, payments: &payments })
    }

    /// Shows two vouchers of a slot.
    ///
    /// # Errors
    /// What the contract says.
    pub fn slash(&mut self, reporter: Address, fraud: &Fraud) -> Result<Receipt, Refusal> {
        self.call(reporter, 0, Call::Slash(fraud))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// What the contract says.
    pub fn withdraw(&mut self, caller: Address, session: SessionId) -> Result<Receipt, Refusal> {
        self.call(caller, 0, Call::Withdraw(session))
    }

    /// What it says of a session and one of its slots; `None` if there never was such a session.
    ///
    /// # Panics
    /// If crate `pay` cannot read it.
    #[must_use]
    pub fn status(&self, session: SessionId, slot: u32) -> Option<Status> {
        let slot = SlotId { session, slot };
        let answer = self.ask(Call::Status(slot).encode());
        let status = SlotStatus::parse(slot, &answer).expect("an answer of this contract");
        if status == SlotStatus::ABSENT {
            return None;
        }
        // Balance and bond are nothing that a payee needs to know.
        let number = |word: usize| {
            let units = answer[word * 32 + 16..].first_chunk().expect("nine words");
            u128::from_be_bytes(*units)
        };
        let SlotStatus { owner, key, expiry, slots, slot_cap, payee, paid } = status;
        let terms = Terms { slots, cap: slot_cap.units(), expiry: expiry.as_secs(), bond: number(6) };
        Some(Status { owner, key, terms, balance: number(5), payee, paid: paid.units() })
    }

    /// The id that it gives to a session.
    #[must_use]
    pub fn session_id(&self, owner: Address, key: Address) -> [u8; 32] {
        self.ask_for_hash(Words::of("sessionId(address,address)").address(owner).address(key))
    }

    /// What it says that the signature of a voucher signs.
    #[must_use]
    pub fn digest(&self, voucher: &Voucher) -> [u8; 32] {
        let data = Words::of("voucherDigest(bytes32,uint32,address,uint96)");
        let data = data.bytes(voucher.slot.session.as_bytes()).number(voucher.slot.slot);
        self.ask_for_hash(data.address(voucher.payee).number(voucher.cumulative.units()))
    }

    /// What it says makes a voucher its own.
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
    ) -> SignedVoucher {
        let cumulative = Amount::from_units(cumulative);
        let voucher = Voucher { slot: SlotId { session, slot }, payee, cumulative };
        let signature = Signature::from_bytes(key.sign(&voucher.digest(&self.deployment())));
        SignedVoucher { voucher, signature }
    }

    /// What the contract holds, in the smallest unit.
    #[must_use]
    pub fn holds(&mut self) -> u128 {
        self.chain.balance(self.address)
    }

    fn call(&mut self, from: Address, value: u128, call: Call<'_>) -> Result<Receipt, Refusal> {
        self.chain.send(from, self.address, value, call.encode())
    }

    fn ask(&self, data: Vec<u8>) -> Vec<u8> {
        self.chain.ask(self.address, data).expect("a view refuses nothing")
    }

    fn ask_for_hash(&self, data: Words) -> [u8; 32] {
        self.ask(data.into_bytes()).try_into().expect("one word")
    }
}

/// What is redeemed of vouchers: all but their payees.
#[must_use]
pub fn payments(vouchers: &[SignedVoucher]) -> Vec<Payment> {
    let payment = |SignedVoucher { voucher, signature }: &SignedVoucher| Payment {
        slot: voucher.slot,
        cumulative: voucher.cumulative,
        signature: *signature,
    };
    vouchers.iter().map(payment).collect()
}

/// Two vouchers, shown as if the second were for the session and slot of the first: that of this owner and key.
#[must_use]
pub fn fraud(owner: Address, key: Address, a: &SignedVoucher, b: &SignedVoucher) -> Fraud {
    let claims = [a, b].map(|SignedVoucher { voucher, signature }| Claim {
        payee: voucher.payee,
        cumulative: voucher.cumulative,
        signature: *signature,
    });
    Fraud { owner, key, slot: a.voucher.slot.slot, claims }
}

/// Whose first contract is at the address that the vectors of vouchers name: the first account of anvil and the like.
pub(crate) const DEPLOYER: Address = Address::from_bytes([
    0xf3, 0x9f, 0xd6, 0xe5, 0x1a, 0xad, 0x88, 0xf6, 0xf4, 0xce, 0x6a, 0xb8, 0x82, 0x72, 0x79, 0xcf, 0xff,
    0xb9, 0x22, 0x66,
]);
