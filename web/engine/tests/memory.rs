//! Where the browser denies its storage, memory stands in for it, for as long as the worker lives.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use js_sys::{ArrayBuffer, Uint8Array};
use metainfo::{FileSpan, InfoHash, PieceIndex};
use seedcast_engine::store::memory::Room;
use seedcast_engine::store::{self, Directory, StoredFile};
use session::{Error, File as _, Record, Storage as _, Suspect};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use wire::Bitfield;

wasm_bindgen_test_configure!(run_in_dedicated_worker);

const KIB: u64 = 1024;

fn place(room: u64) -> Directory {
    Directory::in_memory(Room::new(room))
}

async fn used(place: &Directory) -> u64 {
    place.estimate().await.unwrap().used
}

fn bytes(length: usize, seed: usize) -> Vec<u8> {
    (0..length).map(|at| ((at + seed) * 31 + (at >> 9)) as u8).collect()
}

fn read(file: &StoredFile, offset: u64, length: usize) -> Vec<u8> {
    let mut read = vec![0xaa; length];
    file.read(offset, &mut read).unwrap();
    read
}

#[wasm_bindgen_test]
async fn whatever_is_written_is_read_and_loaded_and_made_a_blob_of() {
    let place = place(4096 * KIB);
    let file = place.open("data").await.unwrap();
    let mut expected = Vec::new();
    // Across the borders of what is claimed at once, with gaps, and over what is there.
    for (step, (at, length)) in
        [(0, 10), (65_530, 12), (200_000, 150_000), (131_072, 65_536), (5, 300_000), (900_000, 1)]
            .into_iter()
            .enumerate()
    {
        let bytes = bytes(length, step);
        file.write(at as u64, &bytes).unwrap();
        expected.resize(expected.len().max(at + length), 0);
        expected[at..at + length].copy_from_slice(&bytes);
        assert_eq!(file.length().unwrap(), expected.len() as u64);
        assert!(read(&file, 0, expected.len()) == expected, "after step {step}");
    }
    let span = FileSpan { offset: 65_000, length: 700_000 };
    let expected = &expected[65_000..765_000];
    assert!(Uint8Array::new(&file.bytes(span).unwrap()).to_vec() == expected);
    let blob = file.blob(span).await.unwrap();
    file.write(65_000, &[0; 64]).unwrap();
    let copied: ArrayBuffer = JsFuture::from(blob.array_buffer()).await.unwrap().unchecked_into();
    assert!(Uint8Array::new(&copied).to_vec() == expected);
}

#[wasm_bindgen_test]
async fn what_lies_beyond_the_end_is_not_there() {
    let file = place(1024 * KIB).open("data").await.unwrap();
    file.write(0, &[1; 10]).unwrap();
    assert_eq!(file.read(5, &mut [0; 6]), Err(Error::NotFound));
    assert_eq!(file.bytes(FileSpan { offset: 10, length: 1 }).err(), Some(Error::NotFound));
}

#[wasm_bindgen_test]
async fn what_was_cut_off_is_zeros_when_the_file_grows_again() {
    let file = place(1024 * KIB).open("data").await.unwrap();
    file.write(0, &[9; 100_000]).unwrap();
    file.truncate(70_000).unwrap();
    file.truncate(100_000).unwrap();
    assert!(read(&file, 70_000, 30_000) == vec![0; 30_000]);
    file.replace(b"short").unwrap();
    assert_eq!(file.contents().unwrap(), b"short");
}

#[wasm_bindgen_test]
async fn a_full_memory_says_so_and_keeps_what_it_has() {
    let place = place(128 * KIB);
    let file = place.open("data").await.unwrap();
    file.write(0, &[1; 100_000]).unwrap();
    assert_eq!(file.write(131_072, &[2]), Err(Error::MemoryFull));
    assert!(read(&file, 0, 100_000) == vec![1; 100_000]);
    assert_eq!(used(&place).await, 128 * KIB);
}

#[wasm_bindgen_test]
async fn room_is_claimed_only_if_it_is_there() {
    let place = place(256 * KIB);
    let (file, other) = (place.open("data").await.unwrap(), place.open("other").await.unwrap());
    other.write(0, &[1]).unwrap();
    assert_eq!(file.truncate(192 * KIB + 1), Err(Error::MemoryFull));
    assert_eq!(file.length(), Ok(0));
    file.truncate(192 * KIB).unwrap();
    assert_eq!(used(&place).await, 64 * KIB, "a file of zeros needs none yet");
}

#[wasm_bindgen_test]
async fn what_is_removed_gives_its_room_back() {
    let place = place(256 * KIB);
    let folder = place.directory("torrent").await.unwrap();
    let file = folder.open("data").await.unwrap();
    file.write(0, &[1; 200_000]).unwrap();
    place.remove("torrent").await.unwrap();
    assert_eq!(place.names().await.unwrap(), Vec::<String>::new());
    assert_eq!(used(&place).await, 256 * KIB, "it is still open");
    drop((folder, file));
    assert_eq!(used(&place).await, 0);
    place.open("data").await.unwrap().write(0, &[1; 262_144]).unwrap();
}

#[wasm_bindgen_test]
async fn the_folder_of_a_torrent_is_found_again_while_the_worker_lives() {
    let place = place(1024 * KIB);
    let info_hash = InfoHash::from_bytes([7; 20]);
    let (mut folder, found) = store::open(&place, info_hash, Suspect::Leave).await.unwrap();
    assert!(found.is_empty());
    let mut stored = Bitfield::new(4);
    folder.write(0, &bytes(16_384, 0)).unwrap();
    stored.set(PieceIndex::new(0));
    folder.mark(&stored, PieceIndex::new(0)).unwrap();
    let mut record = Record { uploaded: 9, ..Record::default() };
    folder.save(&mut record, Some(&stored)).unwrap();
    drop(folder);
    let (folder, found) = store::open(&place, info_hash, Suspect::Leave).await.unwrap();
    assert_eq!(found.record, Some(record));
    let mut read = vec![0; 16_384];
    folder.read(0, &mut read).unwrap();
    assert!(read == bytes(16_384, 0));
}

/// Issue 11, A2. In memory, a file can be looked at while it is open.
#[wasm_bindgen_test]
async fn a_folder_is_marked_until_it_was_opened_or_is_closed() {
    let place = place(1024 * KIB);
    let info_hash = InfoHash::from_bytes([7; 20]);
    let directory = place.directory(&info_hash.to_string()).await.unwrap();
    let mark = directory.open("opening").await.unwrap();
    let (mut folder, _) = store::open(&place, info_hash, Suspect::Leave).await.unwrap();
    assert_eq!(mark.length(), Ok(1));
    folder.opened();
    assert_eq!(mark.length(), Ok(0));
    drop(folder);
    // One visit did not survive it: should this one not either, there are two.
    mark.write(0, b"!").unwrap();
    let opened = store::open(&place, info_hash, Suspect::Leave).await.unwrap();
    assert_eq!(mark.contents(), Ok(b"!!".to_vec()));
    drop(opened);
    assert_eq!(mark.length(), Ok(0));
}

#[wasm_bindgen_test]
fn a_device_spares_something_but_not_everything() {
    let room = Room::of_device().limit();
    assert!((64 << 20..=1 << 30).contains(&room), "{room}");
}
