use wire::{MAX_TIPS, TipClaim};

use super::cost::Cost;

/// A claim takes about as much as it is long.
const MESSAGE: Cost = Cost { flat: 256, per_byte: 8 };

/// What was understood of a message of `btt_tip` can be written and understood again.
pub(super) fn tips(data: &[u8]) {
    if let Ok(claims) = MESSAGE.limits(data.len(), || TipClaim::parse_all(data)) {
        assert!(claims.len() <= MAX_TIPS);
        assert_eq!(TipClaim::parse_all(&TipClaim::encode_all(&claims)), Ok(claims));
    }
}
