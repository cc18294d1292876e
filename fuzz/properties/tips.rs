use wire::{MAX_TIPS, TipClaim};

/// What was understood of a message of `btt_tip` can be written and understood again.
pub(super) fn tips(data: &[u8]) {
    if let Ok(claims) = TipClaim::parse_all(data) {
        assert!(claims.len() <= MAX_TIPS);
        assert_eq!(TipClaim::parse_all(&TipClaim::encode_all(&claims)), Ok(claims));
    }
}
