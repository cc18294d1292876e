//! The examples of `docs/pay.md` are what is written.

use btt::{Address, Amount, hex};
use pay::keys::SessionKey;
use pay::message::{Claim, Fraud, Message, Payment, Reason, Terms};
use pay::{Credit, Deployment, Rate, SessionId, SlotId, Voucher};

#[test]
fn row_19_the_examples_of_the_documents_are_what_is_written() {
    let document = include_str!("../../../docs/pay.md");
    let blocks = document.split("```text").skip(1).filter_map(|rest| rest.split("```").next());
    let written: Vec<String> =
        blocks.map(|block| block.chars().filter(|digit| !digit.is_whitespace()).collect()).collect();
    for bytes in examples() {
        let text = hex::encode(&bytes);
        assert!(written.contains(&text), "{text} is not in the document");
    }
}

fn examples() -> Vec<Vec<u8>> {
    let [contract, owner, payee] = [
        "0x5FbDB2315678afecb367f032d93F642f64180aa3",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    ]
    .map(|text| text.parse().expect("it is an address"));
    let deployment = Deployment { chain: 1029, contract };
    let key = SessionKey::from_bytes(&[0x11; 32]).expect("it is a key");
    let slot = SlotId { session: SessionId::of(owner, key.address()), slot: 7 };
    let sign = |payee: Address, cumulative| key.sign(&Voucher { slot, payee, cumulative }, &deployment);
    let (rate, nothing, paid) = (Rate::per_mib(20 * 10_u128.pow(18)), Amount::default(), Amount::from_btt(3));
    let claim = |payee| Claim { payee, cumulative: nothing, signature: sign(payee, nothing) };
    let (key, claims) = (key.address(), [claim(payee), claim(owner)]);
    let signature = sign(payee, nothing);
    let messages = [
        Message::Bid { rate, number: 1 },
        Message::Grant { rate, number: 1 },
        Message::Session { owner, key, slot: 7, cumulative: nothing, signature },
        Message::Ack { slot },
        Message::Voucher(Payment { slot, cumulative: paid, signature: sign(payee, paid) }),
        Message::Fraud(Box::new(Fraud { owner, key, slot: 7, claims })),
        Message::Reject(Reason::SlotTaken),
    ];
    let terms = Terms { deployment, payee, floor: rate, credit: Credit::default() };
    messages.iter().map(Message::encode).chain([terms.encode()]).collect()
}
