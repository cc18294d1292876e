//! Peers that show a proof of a cheat.

use pay::Voucher;
use pay::message::Claim;

use super::*;

#[test]
fn row_28_a_proof_that_a_peer_shows_is_handed_out_once_and_a_forged_one_never() {
    let mut pair = Pair::new();
    pair.users[0].sells(11);
    pair.meet(1 << 20);
    let Deposit { owner, key, session, .. } = deposit(2);
    let claim = |payee| {
        let (payee, cumulative) = (Address::from_bytes([payee; 20]), Amount::from_units(7));
        let voucher = Voucher { slot: SlotId { session, slot: 1 }, payee, cumulative };
        Claim { payee, cumulative, signature: pair.users[1].till.keyring.sign(&voucher).unwrap() }
    };
    let proof = Fraud { owner, key, slot: 1, claims: [claim(21), claim(22)] };
    let mut forged = proof;
    forged.claims[1].signature = proof.claims[0].signature;
    for (fraud, known) in [(forged, vec![]), (proof, vec![proof]), (proof, vec![proof])] {
        let payload = Message::Fraud(Box::new(fraud)).encode();
        let trade = pair.users[0].trade;
        pair.users[0].till.hear(pair.now, TORRENT, PEER, PeerNews::Said { payload, trade });
        pair.pump();
        pair.pass(Duration::from_secs(60));
        assert_eq!(pair.users[0].proofs, known);
    }
}
