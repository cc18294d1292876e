//! What was remembered is remembered: by every later release, and whatever else is in the bytes.

use std::num::NonZeroU64;

use proptest::prelude::*;
use session::{Error, Exposure, FileStamp, Limits, Listing, Record, turn};
use swarm::Priority;
use wire::TipClaim;

/// As the first release wrote it, as version one is written, as it is for data without padding, and as it is for a torrent
/// that goes through relays alone. Further versions get files of their own; none is ever changed.
const FIRST_RELEASE: &[u8] = include_bytes!("records/0.1.0");
const ONE: &[u8] = include_bytes!("records/version-1");
const PACKED: &[u8] = include_bytes!("records/packed");
const GUARDED: &[u8] = include_bytes!("records/guarded");

/// What stands before records, and before those of the first release.
const MAGIC: turn::Magic = *b"seedrcrd";
const FIRST_MAGIC: turn::Magic = *b"seedst02";

fn before_limits() -> Record {
    Record {
        magnet: Some("magnet:?xt=urn:btih:d2474e86c95b19b8bcfdb92bc12c9d44667cfa36&dn=Leaves".to_owned()),
        added_at: 1_763_900_000_123.0,
        paused: true,
        listing: Listing::Forgotten,
        files: vec![FileStamp { length: 362_017, modified: 1_700_000_000_500.5 }],
        keep_copy: true,
        priorities: vec![(0, Priority::Skip), (3, Priority::Low), (300, Priority::High)],
        downloaded: 5_000_000_000,
        uploaded: 9,
        stored: vec![0xf0, 0x01],
        ..Record::default()
    }
}

fn before_tips() -> Record {
    let limits = Limits { down: NonZeroU64::new(1_000_000), up: NonZeroU64::new(50_000) };
    Record { limits, ..before_limits() }
}

fn latest() -> Record {
    let tip = |chain, byte| TipClaim { chain, transaction: [byte; 32] };
    Record { tips: vec![tip(1029, 7), tip(199, 255)], metadata_only: true, ..before_tips() }
}

fn guarded() -> Record {
    Record { packed: true, exposure: Exposure { relay_only: true, servers: false }, ..latest() }
}

#[test]
fn the_records_of_every_release_are_read() {
    assert_eq!(Record::decode(include_bytes!("records/before-limits")), Ok(Some((41, before_limits()))));
    assert_eq!(Record::decode(include_bytes!("records/before-tips")), Ok(Some((42, before_tips()))));
    assert_eq!(Record::decode(FIRST_RELEASE), Ok(Some((43, latest()))));
    assert_eq!(Record::decode(ONE), Ok(Some((44, latest()))));
    assert_eq!(Record::decode(PACKED), Ok(Some((45, Record { packed: true, ..latest() }))));
    assert_eq!(Record::decode(GUARDED), Ok(Some((46, guarded()))));
}

/// Issue 12, 5. The code of the first release made these.
#[test]
fn what_the_first_release_had_finished_half_done_or_shared_goes_on() {
    let magnet = "magnet:?xt=urn:btih:c3a5d1d4b8c5a2b0f6b6c2a1d3e4f5a6b7c8d9e0&dn=stored.bin&tr=wss%3A%2F%2Ftracker.example%2Fannounce";
    let finished = Record {
        magnet: Some(magnet.to_owned()),
        added_at: 1_763_900_000_123.0,
        downloaded: 49_157,
        uploaded: 98_314,
        stored: vec![0b1111_0000],
        limits: Limits { down: None, up: NonZeroU64::new(250_000) },
        tips: vec![TipClaim { chain: 1029, transaction: [7; 32] }],
        ..Record::default()
    };
    let half_done = Record {
        magnet: Some(magnet.to_owned()),
        added_at: 1_763_900_100_456.0,
        paused: true,
        priorities: vec![(0, Priority::High)],
        downloaded: 16_389,
        stored: vec![0b0101_0000],
        limits: Limits { down: NonZeroU64::new(1_000_000), up: None },
        ..Record::default()
    };
    let shared = Record {
        added_at: 1_763_900_200_789.0,
        files: vec![FileStamp { length: 49_157, modified: 1_700_000_000_500.0 }],
        uploaded: 1_234_567,
        stored: vec![0],
        ..Record::default()
    };
    assert_eq!(Record::decode(include_bytes!("records/first-finished")), Ok(Some((9, finished))));
    assert_eq!(Record::decode(include_bytes!("records/first-half-done")), Ok(Some((4, half_done))));
    assert_eq!(Record::decode(include_bytes!("records/first-shared")), Ok(Some((2, shared))));
}

#[test]
fn a_record_is_written_in_the_newest_version() {
    assert!(latest().encode(44) == ONE);
    assert!(Record { packed: true, ..latest() }.encode(45) == PACKED);
    assert!(guarded().encode(46) == GUARDED);
}

/// Issue 16, 3: whoever asked for a relay has it after a reload, too. A release that knows nothing of it leaves the torrent
/// alone, for it would connect directly.
#[test]
fn whom_the_address_may_be_shown_to_is_remembered() {
    for (relay_only, servers, packed) in [(true, false, false), (true, true, true), (false, true, false)] {
        let record = Record { exposure: Exposure { relay_only, servers }, packed, ..latest() };
        let bytes = record.encode(7);
        assert_eq!(bytes[turn::HEADER], 2, "the number of the version");
        assert_eq!(Record::decode(&bytes), Ok(Some((7, record))));
    }
}

#[test]
fn every_cut_and_every_flipped_bit_of_a_record_is_noticed() {
    for record in [FIRST_RELEASE, ONE, PACKED, GUARDED] {
        for length in 1..record.len() {
            assert_eq!(Record::decode(&record[..length]), Err(Error::Torn), "cut to {length}");
        }
        for bit in 0..record.len() * 8 {
            let mut flipped = record.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Record::decode(&flipped), Err(Error::Torn), "bit {bit}");
        }
    }
    assert_eq!(Record::decode(&[]), Ok(None));
}

/// Tips that could not be read were none, and soon written over.
#[test]
fn what_cannot_be_read_is_not_taken_for_what_is_not_there() {
    let readable = |magic, content: &[u8]| -> Vec<usize> {
        let read = |length: &usize| Record::decode(&turn::seal(magic, 1, &content[..*length])).is_ok();
        (1..=content.len()).filter(read).collect()
    };
    let content = &FIRST_RELEASE[turn::HEADER..];
    let [whole, limits] = [content.len(), content.len() - (1 + 2 + 32 + 2 + 32 + 1)];
    assert_eq!(readable(FIRST_MAGIC, content), [limits - (1 + 3 + 1 + 3), limits, whole]);
    let content = &ONE[turn::HEADER..];
    assert_eq!(readable(MAGIC, content), [content.len()]);
}

/// Issue 12, 5: what stood behind the fields was passed over, and lost when the record was written over.
#[test]
fn what_a_later_release_wrote_is_refused() {
    for (magic, record) in [(FIRST_MAGIC, FIRST_RELEASE), (MAGIC, ONE)] {
        let content = [&record[turn::HEADER..], &[0]].concat();
        assert_eq!(Record::decode(&turn::seal(magic, 1, &content)), Err(Error::Record));
    }
    let next_version = [&[3], &ONE[turn::HEADER + 1..]].concat();
    assert_eq!(Record::decode(&turn::seal(MAGIC, 1, &next_version)), Err(Error::Record));
}

/// Issue 11, A: work and memory for each byte of an input are bounded. A list may claim any length.
fn expect_modest(content: &[u8]) {
    for magic in [FIRST_MAGIC, MAGIC] {
        let bytes = turn::seal(magic, 1, content);
        let allocated = allocation_counter::measure(|| drop(Record::decode(&bytes)));
        let limit = 32 * content.len() as u64 + 1024;
        assert!(allocated.bytes_total <= limit, "{} bytes for {}", allocated.bytes_total, content.len());
    }
}

#[test]
fn lists_that_claim_to_be_long_allocate_no_more_than_they_hold() {
    for prefix in [&FIRST_RELEASE[turn::HEADER..], &ONE[turn::HEADER..]] {
        for claims in 0..prefix.len() {
            let long = [&prefix[..claims], &[0xff, 0xff, 0xff, 0xff, 0x0f]].concat();
            expect_modest(&long);
            expect_modest(&[&long[..], &[1; 4_000]].concat());
        }
    }
}

proptest! {
    #[test]
    fn any_content_allocates_a_few_bytes_for_each_of_its_own(content: Vec<u8>) {
        expect_modest(&content);
    }
}
