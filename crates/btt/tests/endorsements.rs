//! Signatures of creators, as wallets make them.

mod vectors;

use btt::{Endorsement, hex};
use metainfo::InfoHash;
use vectors::text;

fn endorsements() -> Vec<(Endorsement, InfoHash, String)> {
    let vectors = vectors::ethers();
    let read = |vector: &serde_json::Value| {
        let endorsement = Endorsement {
            account: text(vector, "account").parse().expect("the vectors are sound"),
            issued: vector["issued"].as_i64().expect("the vectors are sound"),
            signature: hex::decode_prefixed(text(vector, "signature")).expect("the vectors are sound"),
        };
        (
            endorsement,
            text(vector, "infoHash").parse().expect("the vectors are sound"),
            text(vector, "text").to_owned(),
        )
    };
    vectors["endorsements"].as_array().expect("the vectors are sound").iter().map(read).collect()
}

/// Payments, row 15.
#[test]
fn what_ethers_signed_is_the_text_and_verifies() {
    for (endorsement, info_hash, text) in endorsements() {
        assert_eq!(Endorsement::text(&endorsement.account, info_hash, endorsement.issued), text);
        assert!(endorsement.verify(info_hash), "{endorsement:?}");
    }
}

#[test]
fn a_signature_holds_for_its_account_time_and_torrent_only() {
    let all = endorsements();
    for ((endorsement, info_hash, _), (other, _, _)) in all.iter().zip(all.iter().cycle().skip(1)) {
        assert!(!endorsement.verify(InfoHash::from_bytes([9; 20])));
        assert!(!Endorsement { issued: endorsement.issued + 1, ..endorsement.clone() }.verify(*info_hash));
        assert!(!Endorsement { account: other.account, ..endorsement.clone() }.verify(*info_hash));
        assert!(!Endorsement { signature: other.signature, ..endorsement.clone() }.verify(*info_hash));
        let chain = btt::Chain::LOCAL;
        let account = btt::Account { chain, ..endorsement.account };
        assert!(!Endorsement { account, ..endorsement.clone() }.verify(*info_hash));
    }
}

#[test]
fn no_byte_of_a_signature_can_be_changed() {
    let (endorsement, info_hash, _) = endorsements().remove(0);
    for place in 0..65 {
        let mut changed = endorsement.clone();
        changed.signature[place] ^= 1;
        assert!(!changed.verify(info_hash), "byte {place}");
    }
    for v in [0, 1, 2, 26, 29, 30, 255] {
        let mut changed = endorsement.clone();
        changed.signature[64] = v;
        assert!(!changed.verify(info_hash), "v = {v}");
    }
    assert!(!Endorsement { signature: [0; 65], ..endorsement }.verify(info_hash));
}

#[test]
fn of_two_signatures_that_fit_only_the_lower_counts() {
    for (endorsement, info_hash, _) in endorsements() {
        let mut high = endorsement.clone();
        let s = subtract_from_order(endorsement.signature[32..64].try_into().unwrap());
        high.signature[32..64].copy_from_slice(&s);
        high.signature[64] ^= 27 ^ 28;
        assert!(!high.verify(info_hash));
        // It is the high s alone that it is refused for: made low again, it verifies.
        let s = subtract_from_order(s);
        high.signature[32..64].copy_from_slice(&s);
        high.signature[64] ^= 27 ^ 28;
        assert!(high.verify(info_hash));
    }
}

#[test]
fn a_torrent_file_keeps_it_as_it_is() {
    for (endorsement, ..) in endorsements() {
        assert_eq!(Endorsement::from_torrent(&endorsement.to_torrent()), Some(endorsement.clone()));
        let mut short = endorsement.to_torrent();
        short.signature.pop();
        assert_eq!(Endorsement::from_torrent(&short), None);
    }
}

/// The order of secp256k1's group minus a number below it.
fn subtract_from_order(number: [u8; 32]) -> [u8; 32] {
    let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    let mut result: [u8; 32] = hex::decode(order).and_then(|order| order.try_into().ok()).expect("32 bytes");
    let mut borrow = false;
    for (digit, other) in result.iter_mut().rev().zip(number.iter().rev()) {
        let (difference, first) = digit.overflowing_sub(*other);
        let (difference, second) = difference.overflowing_sub(borrow.into());
        (*digit, borrow) = (difference, first || second);
    }
    result
}
