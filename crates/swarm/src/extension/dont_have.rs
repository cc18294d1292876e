//! HAVE taken back (BEP 54).

use metainfo::PieceIndex;
use wire::{LT_DONT_HAVE, encode_dont_have, parse_dont_have};

use super::{Context, Extension};
use crate::{CloseReason, PeerKey};

/// Tells peers of pieces that we lost, and hears of theirs.
#[derive(Debug)]
pub(crate) struct DontHave;

impl Extension for DontHave {
    fn name(&self) -> &'static str {
        LT_DONT_HAVE
    }

    fn message(&mut self, cx: &mut Context<'_>, peer: PeerKey, payload: &[u8]) -> Result<(), CloseReason> {
        let piece = parse_dont_have(payload).map_err(CloseReason::Protocol)?;
        cx.unset(peer, piece);
        Ok(())
    }

    fn lost(&mut self, cx: &mut Context<'_>, piece: PieceIndex) {
        for peer in cx.peers().collect::<Vec<_>>() {
            cx.send(peer, &encode_dont_have(piece));
        }
    }
}
