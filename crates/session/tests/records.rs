//! What was remembered is remembered: by every later release, and whatever else is in the bytes.

use std::num::NonZeroU64;

use proptest::prelude::*;
use session::{Error, FileStamp, Limits, Listing, Record, turn};
use swarm::Priority;
use wire::TipClaim;

/// As the last release wrote it. Further releases get a file of their own; none is ever changed.
const RELEASE: &[u8] = include_bytes!("records/0.1.0");

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

fn release() -> Record {
    let tip = |chain, byte| TipClaim { chain, transaction: [byte; 32] };
    Record { tips: vec![tip(1029, 7), tip(199, 255)], metadata_only: true, ..before_tips() }
}

/// A file with this content behind a checksum that is right.
fn sealed(content: &[u8]) -> Vec<u8> {
    turn::seal(*b"seedst02", 1, content)
}

#[test]
fn the_records_of_every_release_are_read() {
    assert_eq!(Record::decode(include_bytes!("records/before-limits")), Ok(Some((41, before_limits()))));
    assert_eq!(Record::decode(include_bytes!("records/before-tips")), Ok(Some((42, before_tips()))));
    assert_eq!(Record::decode(RELEASE), Ok(Some((43, release()))));
}

#[test]
fn a_record_is_written_as_the_last_release_wrote_it() {
    assert!(release().encode(43) == RELEASE);
}

#[test]
fn every_cut_and_every_flipped_bit_of_a_record_is_noticed() {
    for length in 1..RELEASE.len() {
        assert_eq!(Record::decode(&RELEASE[..length]), Err(Error::Torn), "cut to {length}");
    }
    for bit in 0..RELEASE.len() * 8 {
        let mut flipped = RELEASE.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(Record::decode(&flipped), Err(Error::Torn), "bit {bit}");
    }
    assert_eq!(Record::decode(&[]), Ok(None));
}

/// Tips that could not be read were none, and soon written over.
#[test]
fn what_cannot_be_read_is_not_taken_for_what_is_not_there() {
    let content = &RELEASE[turn::HEADER..];
    let ends: Vec<usize> =
        (1..=content.len()).filter(|length| Record::decode(&sealed(&content[..*length])).is_ok()).collect();
    let [whole, limits] = [content.len(), content.len() - (1 + 2 + 32 + 2 + 32 + 1)];
    assert_eq!(ends, [limits - (1 + 3 + 1 + 3), limits, whole]);
}

#[test]
fn what_a_later_release_adds_is_passed_over() {
    let content = [&RELEASE[turn::HEADER..], b"and more"].concat();
    assert_eq!(Record::decode(&sealed(&content)), Ok(Some((1, release()))));
}

/// Issue 11, A: work and memory for each byte of an input are bounded. A list may claim any length.
fn expect_modest(content: &[u8]) {
    let bytes = sealed(content);
    let allocated = allocation_counter::measure(|| drop(Record::decode(&bytes)));
    let limit = 32 * content.len() as u64 + 1024;
    assert!(allocated.bytes_total <= limit, "{} bytes for {}", allocated.bytes_total, content.len());
}

#[test]
fn lists_that_claim_to_be_long_allocate_no_more_than_they_hold() {
    let prefix = &RELEASE[turn::HEADER..];
    for claims in 0..prefix.len() {
        let long = [&prefix[..claims], &[0xff, 0xff, 0xff, 0xff, 0x0f]].concat();
        expect_modest(&long);
        expect_modest(&[&long[..], &[1; 4_000]].concat());
    }
}

proptest! {
    #[test]
    fn any_content_allocates_a_few_bytes_for_each_of_its_own(content: Vec<u8>) {
        expect_modest(&content);
    }
}
