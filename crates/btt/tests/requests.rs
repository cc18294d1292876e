//! Addresses and transactions are, byte for byte, those of ethers and tronweb.

mod vectors;

use btt::{Account, Address, Amount, Chain, Memo, Note, PaymentRequest, Transaction, hex};
use vectors::text;

/// Payments, row 15.
#[test]
fn addresses_are_written_as_ethers_and_tronweb_write_them() {
    let vectors = vectors::ethers();
    let addresses = vectors["addresses"].as_array().unwrap();
    assert_eq!(addresses.len(), 32);
    for vector in addresses {
        let bytes = hex::decode(text(vector, "bytes")).unwrap().try_into().unwrap();
        let address = Address::from_bytes(bytes);
        assert_eq!(address.to_string(), text(vector, "evm"));
        assert_eq!(address.tron(), text(vector, "tron"));
        assert_eq!(text(vector, "evm").parse(), Ok(address));
        assert_eq!(text(vector, "tron").parse(), Ok(address));
    }
}

/// Payments, row 15.
#[test]
fn a_wallet_is_asked_for_the_transaction_that_ethers_asks_for() {
    let vectors = vectors::ethers();
    for vector in vectors["tips"].as_array().unwrap() {
        let amount: Amount = text(vector, "amount").parse().unwrap();
        assert_eq!(amount.units().to_string(), text(vector, "units"));
        let id = vector["chainId"].as_u64().unwrap();
        let chain = Chain::Eip155(id);
        let request = PaymentRequest {
            payee: Account { chain, address: text(vector, "to").parse().unwrap() },
            amount,
            memo: Memo {
                info_hash: text(vector, "infoHash").parse().unwrap(),
                note: Note::new(text(vector, "note")).unwrap(),
            },
        };
        let from = text(vector, "from").parse().unwrap();
        let gas_price = Amount::from_units(text(vector, "gasPrice").parse().unwrap());
        let asked = request.transaction().request(id, from, vector["gas"].as_u64().unwrap(), gas_price);
        assert_eq!(asked, vector["transaction"]);
    }
}

#[test]
fn a_transfer_takes_gas_for_itself_and_for_each_byte_with_it() {
    let (to, value) = (Address::from_bytes([1; 20]), Amount::default());
    let gas = |data: &[u8]| Transaction { to, value, data: data.to_vec() }.least_gas();
    assert_eq!([gas(&[]), gas(&[0]), gas(&[7]), gas(&[0, 7, 0])], [21_000, 21_004, 21_016, 21_024]);
}

#[test]
fn the_address_for_a_qr_code_names_chain_payee_and_amount() {
    let memo = Memo { info_hash: metainfo::InfoHash::of(b""), note: Note::default() };
    let payee: Account = "eip155:199:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed".parse().unwrap();
    let request = PaymentRequest { payee, amount: "0.5".parse().unwrap(), memo };
    let address = "ethereum:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed@199?value=500000000000000000";
    assert_eq!(request.erc681().as_deref(), Some(address));
    let on_tron = PaymentRequest { payee: Account { chain: Chain::TRON, ..payee }, ..request };
    assert_eq!(on_tron.erc681(), None);
}
