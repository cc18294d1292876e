//! Who has no key can change a share, and then nobody takes it for what it was.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use metainfo::bencode::{Item, Value};
use metainfo::merkle::Hash;
use metainfo::{Info, InfoHash, Version};
use seal::{Entry, Error, Key, Keys, List, Salt, is_sealed, open, seal};

const PIECE_LENGTH: u32 = 32 << 10;

fn key() -> Key {
    Key::from_bytes(*b"sixteen bytes...")
}

fn list() -> List {
    let entry = |name: &str, length| Entry { path: vec![name.to_owned()], length, modified: Some(7) };
    List::new("folder", [entry("a", 100_000), entry("b", 5)], "a note").unwrap()
}

fn shared(version: Version) -> Info {
    let (list, salt) = (list(), Salt::from_bytes([3; 16]));
    let mut content = vec![0; list.padded_length() as usize];
    Keys::new(&key(), &salt).cipher().apply(0, &mut content);
    let pieces: Vec<_> =
        content.chunks(PIECE_LENGTH as usize).map(|piece| *InfoHash::of(piece).as_bytes()).collect();
    let leaves: Vec<_> = content.chunks(16 << 10).map(Hash::of_block).collect();
    let torrent = list.torrent(&salt).piece_length(PIECE_LENGTH).version(version);
    let (info, _) = match version {
        Version::One => torrent.finish(&pieces, &[]),
        Version::Two => torrent.finish(&[], &leaves),
        Version::Hybrid => torrent.finish(&pieces, &leaves),
    }
    .unwrap();
    assert!(!is_sealed(&info));
    assert_eq!(open(&info, &key()).unwrap_err(), Error::NotSealed);
    let sealed = seal(&info, &list, &key(), &salt).unwrap();
    assert!(is_sealed(&sealed));
    sealed
}

/// A dictionary with other bytes for one value.
fn with(dict: &[u8], key: &str, value: &[u8]) -> Vec<u8> {
    let entries = Value::parse(dict).unwrap().entries().unwrap();
    let entries = entries.map(|(name, own)| {
        (std::str::from_utf8(name).unwrap(), if name == key.as_bytes() { value } else { own.raw() })
    });
    Item::dict(entries.map(|(name, raw)| (name, Item::Raw(raw)))).encode()
}

fn value<'a>(dict: &'a [u8], key: &str) -> Value<'a> {
    Value::parse(dict).unwrap().get(key).unwrap()
}

fn string(bytes: &[u8]) -> Vec<u8> {
    Item::from(bytes).encode()
}

/// What somebody without the key can change.
#[derive(Clone, Copy, Debug)]
enum Change {
    List,
    ListLength,
    Salt,
    Check,
    Length,
    PieceLength,
    Pieces,
    PiecesSwapped,
    Root,
    Version,
}

const CHANGES: [Change; 10] = [
    Change::List,
    Change::ListLength,
    Change::Salt,
    Change::Check,
    Change::Length,
    Change::PieceLength,
    Change::Pieces,
    Change::PiecesSwapped,
    Change::Root,
    Change::Version,
];

/// The changed `info`, and what whoever has the key is told.
fn changed(info: &[u8], change: Change, random: &mut fastrand::Rng) -> (Vec<u8>, Vec<Error>) {
    let seal = value(info, "sc-seal").raw();
    let flipped = |random: &mut fastrand::Rng, bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        let at = random.usize(..bytes.len());
        bytes[at] ^= 1 << random.u8(..8);
        bytes
    };
    let sealed = |key, bytes: &[u8]| with(info, "sc-seal", &with(seal, key, &string(bytes)));
    let part = |key| value(seal, key).as_bytes().unwrap();
    let pieces = || value(info, "pieces").as_bytes().unwrap();
    let length = value(info, "length").as_int().unwrap();
    let number = |key, value: i64| with(info, key, format!("i{value}e").as_bytes());
    match change {
        Change::List => (sealed("m", &flipped(random, part("m"))), vec![Error::Changed]),
        Change::ListLength => {
            let (bytes, other) = (part("m"), random.usize(..2000));
            let other = if other == bytes.len() { 0 } else { other };
            let mut bytes = bytes.to_vec();
            bytes.resize(other, 0);
            (sealed("m", &bytes), vec![Error::Malformed("m"), Error::Changed])
        }
        Change::Salt => (sealed("s", &flipped(random, part("s"))), vec![Error::WrongKey]),
        Change::Check => (sealed("c", &flipped(random, part("c"))), vec![Error::WrongKey]),
        Change::Length => {
            // As many pieces: only then is it a torrent at all.
            let least = (length - 1) / i64::from(PIECE_LENGTH) * i64::from(PIECE_LENGTH) + 1;
            (number("length", random.i64(least..length)), vec![Error::Changed])
        }
        Change::PieceLength => {
            let longer = i64::from(PIECE_LENGTH) + random.i64(1..1000);
            (number("piece length", longer), vec![Error::Changed])
        }
        Change::Pieces => (with(info, "pieces", &string(&flipped(random, pieces()))), vec![Error::Changed]),
        Change::PiecesSwapped => {
            let mut hashes: Vec<[u8; 20]> = pieces().as_chunks().0.to_vec();
            let last = hashes.len() - 1;
            hashes.swap(random.usize(..last), last);
            (with(info, "pieces", &string(hashes.as_flattened())), vec![Error::Changed])
        }
        // A hybrid becomes one of version 1 only, of which everything else is right.
        Change::Root => {
            let entries = Value::parse(info).unwrap().entries().unwrap();
            let kept = entries.filter(|(key, _)| ![&b"file tree"[..], b"meta version"].contains(key));
            let kept = kept.map(|(key, own)| (std::str::from_utf8(key).unwrap(), Item::Raw(own.raw())));
            (Item::dict(kept).encode(), vec![Error::Changed])
        }
        Change::Version => {
            let version = random.i64(2..1 << 40);
            let seal = with(seal, "v", format!("i{version}e").as_bytes());
            (with(info, "sc-seal", &seal), vec![Error::LaterVersion(version)])
        }
    }
}

#[test]
fn of_1000_changed_shares_none_opens() {
    let mut random = fastrand::Rng::with_seed(1000);
    let (hybrid, one) = (shared(Version::Hybrid), shared(Version::One));
    let mut torrents = 0;
    for n in 0..1000 {
        let change = CHANGES[n % CHANGES.len()];
        // In a hybrid the lengths stand twice, and would contradict each other.
        let info = if matches!(change, Change::Length | Change::PieceLength) { &one } else { &hybrid };
        let (raw, told) = changed(info.raw(), change, &mut random);
        assert_ne!(raw, info.raw(), "{change:?}");
        let Ok(info) = Info::parse(&raw) else { continue };
        torrents += 1;
        let error = open(&info, &key()).expect_err("it was changed");
        assert!(told.contains(&error), "{change:?}: {error:?}");
    }
    // So what refused them was the seal.
    assert_eq!(torrents, 1000);
}

#[test]
fn a_root_of_other_content_does_not_open() {
    let info = shared(Version::Two);
    let tree = value(info.raw(), "file tree").raw();
    let place = tree.windows(11).position(|part| part == b"pieces root").unwrap() + 14;
    for bit in 0..256 {
        let mut tree = tree.to_vec();
        tree[place + bit / 8] ^= 1 << (bit % 8);
        let changed = Info::parse(&with(info.raw(), "file tree", &tree)).unwrap();
        assert_eq!(open(&changed, &key()).unwrap_err(), Error::Changed);
    }
}

#[test]
fn a_wrong_key_is_told_before_anything_else_is_looked_at() {
    let info = shared(Version::Hybrid);
    let seal = value(info.raw(), "sc-seal").raw();
    let broken = with(info.raw(), "sc-seal", &with(seal, "m", b"le"));
    let broken = Info::parse(&broken).unwrap();
    for bit in 0..128 {
        let mut wrong = *key().as_bytes();
        wrong[bit / 8] ^= 1 << (bit % 8);
        let wrong = Key::from_bytes(wrong);
        assert_eq!(open(&info, &wrong).unwrap_err(), Error::WrongKey);
        assert_eq!(open(&broken, &wrong).unwrap_err(), Error::WrongKey);
    }
    assert_eq!(open(&broken, &key()).unwrap_err(), Error::Malformed("m"));
}

#[test]
fn a_seal_of_another_form_is_refused_with_the_part_that_is_wrong() {
    let info = shared(Version::Hybrid);
    let seal = value(info.raw(), "sc-seal").raw();
    let opened = |seal: &[u8]| open(&Info::parse(&with(info.raw(), "sc-seal", seal)).unwrap(), &key());
    for (part, values) in [
        ("s", ["le", "0:", "17:aaaaaaaaaaaaaaaaa"]),
        ("c", ["i1e", "0:", "1:a"]),
        ("m", ["de", "0:", "16:aaaaaaaaaaaaaaaa"]),
    ] {
        for value in values {
            assert_eq!(
                opened(&with(seal, part, value.as_bytes())).unwrap_err(),
                Error::Malformed(part),
                "{value}"
            );
        }
    }
    for version in ["le", "1:1", "i0e", "i-1e"] {
        assert_eq!(opened(&with(seal, "v", version.as_bytes())).unwrap_err(), Error::Malformed("v"));
    }
    assert_eq!(opened(b"le").unwrap_err(), Error::Malformed("v"));
}

#[test]
fn a_seal_belongs_to_one_file_of_the_lists_length() {
    let (list, salt) = (list(), Salt::from_bytes([3; 16]));
    let folder = metainfo::InfoBuilder::new("a").file(vec!["b".to_owned()], list.padded_length());
    let pieces = vec![[0; 20]; list.padded_length().div_ceil(PIECE_LENGTH.into()) as usize];
    let finish = |torrent: metainfo::InfoBuilder, pieces: &[[u8; 20]]| {
        torrent.version(Version::One).piece_length(PIECE_LENGTH).finish(pieces, &[]).unwrap().0
    };
    let folder = finish(folder, &pieces);
    assert_eq!(seal(&folder, &list, &key(), &salt), Err(Error::Malformed("files")));
    let shorter = metainfo::InfoBuilder::single("a", list.padded_length() - 1);
    let shorter = finish(shorter, &pieces);
    assert_eq!(seal(&shorter, &list, &key(), &salt), Err(Error::Length));
}

#[test]
fn nothing_that_is_kept_shows_the_key_or_the_names() {
    let info = shared(Version::Hybrid);
    let opened = open(&info, &key()).unwrap();
    let keys = Keys::new(&key(), &opened.salt);
    let shown = format!("{:?} {:?} {keys:?}", opened.cipher, key());
    assert_eq!(shown, "Cipher(…) SealKey(…) Keys(…)");
    for secret in [&b"folder"[..], b"a note", key().as_bytes()] {
        assert!(!info.raw().windows(secret.len()).any(|part| part == secret));
    }
}
