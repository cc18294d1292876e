use btt::Address;
use pay::SignedVoucher;
use relay::{Share, Split};

use crate::contract::{DEPLOYER, payments};
use crate::words::Words;
use crate::{BttPay, Receipt, Refusal, artefact};

/// The contract that shares what it redeems, beside the one that pays.
#[derive(Clone, Debug)]
pub struct BttSplit {
    /// The one that pays, and the chain.
    pub pay: BttPay,
    /// How it is called.
    pub split: Split,
    /// What creating it used.
    pub deployment_gas: u64,
}

impl BttSplit {
    /// Creates it on the chain of the contract that pays, as the one that shares for it.
    ///
    /// # Panics
    /// If it is not compiled, or cannot be created.
    #[must_use]
    pub fn beside(mut pay: BttPay) -> Self {
        let arguments = Words::default().address(pay.address).into_bytes();
        let receipt = pay.chain.create(DEPLOYER, [artefact("BttSplit"), arguments].concat());
        let receipt = receipt.expect("its constructor refuses nothing");
        let address = receipt.created.expect("a contract was created");
        Self { pay, split: Split { address }, deployment_gas: receipt.gas }
    }

    /// Redeems vouchers as if they were all signed to the purse of `owner`.
    ///
    /// # Errors
    /// What the contracts say.
    pub fn redeem(
        &mut self,
        caller: Address,
        owner: Address,
        share: Share,
        vouchers: &[SignedVoucher],
    ) -> Result<Receipt, Refusal> {
        let data = self.split.redeem(owner, share, &payments(vouchers));
        self.pay.chain.send(caller, self.split.address, 0, data)
    }

    /// Sends what is in a purse to its owner.
    ///
    /// # Errors
    /// What the contract says.
    pub fn release(&mut self, caller: Address, owner: Address, share: Share) -> Result<Receipt, Refusal> {
        self.pay.chain.send(caller, self.split.address, 0, self.split.release(owner, share))
    }

    /// What it says is the purse of an owner.
    ///
    /// # Panics
    /// If it says anything else.
    #[must_use]
    pub fn purse(&self, owner: Address, share: Share) -> Address {
        let answer = self.pay.chain.ask(self.split.address, self.split.ask_for_purse(owner, share));
        let answer = answer.expect("a question refuses nothing");
        Address::from_bytes(answer[12..].try_into().expect("one word"))
    }
}
