//! What a program in JavaScript that shares nothing with this crate makes of the same shares: `vectors/seal.mjs`.

use std::path::Path;
use std::process::Command;

use metainfo::merkle::Hash;
use metainfo::{InfoHash, Version};
use seal::{Entry, Key, Keys, List, Salt, open, seal};
use serde_json::Value;

const VECTORS: &str = include_str!("../vectors/node.json");

#[test]
fn the_vectors_are_what_the_script_beside_them_makes() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/seal.mjs");
    let output = Command::new("node").arg(script).output().expect("Node.js is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout == VECTORS.as_bytes(), "vectors/node.json is out of date");
}

#[test]
fn a_film_as_a_hybrid_is_the_same_byte_by_byte() {
    let film = Share { name: "film.mp4", files: &[(&["film.mp4"], 300_000, 1, None)], note: String::new() };
    film.check("hybrid", Version::Hybrid, 32 << 10);
}

#[test]
fn a_folder_of_version_one_is_the_same_byte_by_byte() {
    let folder = Share {
        name: "Für dich",
        files: &[
            (&["b", "日本語.txt"], 70_000, 2, Some(1_700_000_000)),
            (&["b", "empty"], 0, 3, Some(-1)),
            (&["a"], 16_384, 4, None),
            (&["z", "y", "x"], 1, 5, Some(0)),
        ],
        note: "Tax return, as promised 🦀".to_owned(),
    };
    folder.check("one", Version::One, 16 << 10);
}

#[test]
fn a_letter_of_version_two_is_the_same_byte_by_byte() {
    let letter = Share { name: "l", files: &[(&["l"], 5, 6, None)], note: "n".repeat(4096) };
    letter.check("two", Version::Two, 64 << 10);
}

#[test]
fn a_range_across_2_to_the_38_is_the_same_byte_by_byte() {
    let vector = &vectors()["far"];
    let (key, salt) = secrets(vector, 16);
    let mut range = bytes(300, 18);
    Keys::new(&key, &salt).cipher().apply((1 << 38) - 100, &mut range);
    assert_eq!(hex(&range), vector["cipher"]);
}

/// Path, length, seed of the content, and when it was changed.
type File = (&'static [&'static str], usize, usize, Option<i64>);

struct Share {
    name: &'static str,
    files: &'static [File],
    note: String,
}

impl Share {
    #[track_caller]
    fn check(&self, case: &str, version: Version, piece_length: u32) {
        let vectors = vectors();
        let vector = &vectors[case];
        let seed = 10 + 2 * ["hybrid", "one", "two"].iter().position(|name| *name == case).expect("a case");
        let (key, salt) = secrets(vector, seed);
        assert_eq!(hex(&Keys::new(&key, &salt).talk()), vector["talk"]);

        let entries = self.files.iter().map(|(path, length, _, modified)| Entry {
            path: path.iter().map(|name| (*name).to_owned()).collect(),
            length: *length as u64,
            modified: *modified,
        });
        let list = List::new(self.name, entries, &*self.note).expect("the list is sound");
        let mut content = vec![0; list.padded_length() as usize];
        for (file, (_, length, seed, _)) in list.files().iter().zip(self.files) {
            content[file.span.offset as usize..][..*length].copy_from_slice(&bytes(*length, *seed));
        }
        let plain = content.clone();
        Keys::new(&key, &salt).cipher().apply(0, &mut content);

        let pieces: Vec<_> =
            content.chunks(piece_length as usize).map(|piece| *InfoHash::of(piece).as_bytes()).collect();
        let leaves: Vec<_> = content.chunks(16 << 10).map(Hash::of_block).collect();
        let torrent = list.torrent(&salt).piece_length(piece_length).version(version);
        let (info, _) = match version {
            Version::One => torrent.finish(&pieces, &[]),
            Version::Two => torrent.finish(&[], &leaves),
            Version::Hybrid => torrent.finish(&pieces, &leaves),
        }
        .expect("the hashes are as many as the pieces");
        let sealed = seal(&info, &list, &key, &salt).expect("the torrent is the list's");
        assert_eq!(hex(sealed.raw()), vector["info"]);
        let (v1, v2) = (sealed.hashes().v1(), sealed.hashes().v2());
        assert_eq!(v1.map(|v1| v1.to_string()), vector["v1"].as_str().map(str::to_owned));
        assert_eq!(v2.map(|v2| v2.to_string()), vector["v2"].as_str().map(str::to_owned));

        let opened = open(&sealed, &key).expect("the key is right");
        assert_eq!(opened.list, list);
        opened.cipher.apply(0, &mut content);
        assert!(content == plain);
    }
}

fn vectors() -> Value {
    serde_json::from_str(VECTORS).expect("JSON")
}

/// The key and the salt of a case: bytes of the script's first seed and of the next, as it tells them.
fn secrets(vector: &Value, seed: usize) -> (Key, Salt) {
    let array = |seed| bytes(16, seed).try_into().expect("16 bytes");
    let (key, salt) = (Key::from_bytes(array(seed)), Salt::from_bytes(array(seed + 1)));
    assert_eq!(key.to_text(), vector["key"]);
    assert_eq!(hex(salt.as_bytes()), vector["salt"]);
    (key, salt)
}

/// The script's content of files.
fn bytes(length: usize, seed: usize) -> Vec<u8> {
    (0..length).map(|n| (n * 31 + seed * 7 + (n >> 8)) as u8).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
