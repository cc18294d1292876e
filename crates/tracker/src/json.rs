//! Writes messages.

use serde::Serialize;

use crate::binary::Binary;

/// A message as text, in a buffer that had room for it from the start. A buffer that doubles as it is filled copies a
/// session description three or four times.
pub(crate) fn json(message: &impl Serialize, size: usize) -> String {
    let mut text = Vec::with_capacity(size);
    serde_json::to_writer(&mut text, message).expect("ids, numbers and strings are always JSON");
    String::from_utf8(text).expect("JSON is UTF-8")
}

/// Room for a message with a few ids and numbers, and for each entry of a list of such.
pub(crate) const FIELDS: usize = 320;

/// Room for an entry of a scrape.
pub(crate) const SCRAPE_ENTRY: usize = size_of::<Binary>() * 2 + 80;

/// Room for a session description: its lines are short, and each ends with two characters that are escaped.
pub(crate) fn description(sdp: &str) -> usize {
    sdp.len() + sdp.len() / 8
}

#[cfg(test)]
mod tests {
    use litemap::LiteMap;
    use metainfo::InfoHash;
    use wire::PeerId;

    use super::*;
    use crate::{OfferId, Response, ScrapeStats};

    // Issue 11, B: JSON written into a buffer of the right size.
    #[test]
    fn a_relayed_description_is_written_without_moving_house() {
        let sdp = "a=candidate:1 1 udp 2122260223 192.0.2.1 54321 typ host\r\n".repeat(14);
        let (info_hash, peer_id) = (InfoHash::from_bytes([0xff; 20]), PeerId::from_bytes([0xff; 20]));
        let room = FIELDS + description(&sdp);
        let offer = Response::Offer { info_hash, peer_id, offer_id: OfferId::from_bytes([0xff; 20]), sdp };
        let text = offer.to_json();
        assert_eq!(text.capacity(), room);
        assert!(text.len() > room / 2, "{} of {room}", text.len());
    }

    #[test]
    fn a_long_scrape_is_written_without_moving_house() {
        let entry = |number: u8| {
            let counts = ScrapeStats { complete: u32::MAX, incomplete: u32::MAX, downloaded: u32::MAX };
            (InfoHash::from_bytes([0x80 + number; 20]), counts)
        };
        let files: LiteMap<_, _> = (0..100).map(entry).collect();
        let scrape = Response::Scrape { files, min_request_interval: Some(u32::MAX) };
        assert_eq!(scrape.to_json().capacity(), FIELDS + 100 * SCRAPE_ENTRY);
    }
}
