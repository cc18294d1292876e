use chacha20::ChaCha20Legacy;
use chacha20poly1305::aead::consts::U8;
use chacha20poly1305::aead::{AeadInOut as _, Nonce};
use chacha20poly1305::{ChaChaPoly1305, KeyInit as _, Tag};
use metainfo::Info;
use metainfo::bencode::{Item, Value};
use sha2::{Digest as _, Sha256};

use crate::keys::{Keys, LABEL};
use crate::list::{LIST_UNIT, VERSION, check_version};
use crate::{Cipher, Error, Key, List, Salt};

/// Whether the torrent is a sealed share, of whatever version of the format: with several files, or without a version, it
/// is none. Takes time linear in the length of `info`.
#[must_use]
pub fn is_sealed(info: &Info) -> bool {
    info.entry(ENTRY).is_some_and(|entry| match check_version(entry) {
        Ok(()) => info.is_single_file(),
        Err(error) => matches!(error, Error::LaterVersion(_)),
    })
}

/// The sealed share of `info`, which is [that of the list](List::torrent) with the hashes of the encrypted content.
///
/// A salt is for one torrent: with another list or other content under the same key and salt, each says what the other
/// hides.
///
/// # Errors
///
/// [`Error::Length`] or [`Error::Malformed`] if `info` is another list's, and [`Error::Torrent`] if the list does not
/// fit into a torrent.
pub fn seal(info: &Info, list: &List, key: &Key, salt: &Salt) -> Result<Info, Error> {
    let associated = Associated::of(info, salt)?;
    if associated.length != list.padded_length() {
        return Err(Error::Length);
    }
    let keys = Keys::new(key, salt);
    let mut sealed = list.to_bytes();
    let tag = aead(&keys)
        .encrypt_inout_detached(
            &Nonce::<ListCipher>::default(),
            &associated.bytes,
            sealed.as_mut_slice().into(),
        )
        .expect("a list is far shorter than 256 GiB");
    sealed.extend_from_slice(&tag);
    let check = keys.check();
    let entry = Item::dict([
        ("c", Item::from(&check[..])),
        ("m", Item::from(&sealed[..])),
        ("s", Item::from(&salt.as_bytes()[..])),
        ("v", Item::Int(VERSION)),
    ]);
    Ok(info.with_entry(ENTRY, entry)?)
}

/// What a key opens.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The files and where they lie.
    pub list: List,
    /// What decrypts them, and encrypts them for others.
    pub cipher: Cipher,
    /// What makes the torrent's other [`Keys`].
    pub salt: Salt,
}

/// Opens a sealed share. A key that is not its key is told first, before anything is done with the list.
///
/// That the content is what was shared follows from the hashes of the torrent, to which the list is bound.
///
/// # Errors
///
/// [`Error::NotSealed`], [`Error::LaterVersion`], [`Error::Malformed`], [`Error::WrongKey`], [`Error::Changed`], or as
/// [`List::parse`].
pub fn open(info: &Info, key: &Key) -> Result<Opened, Error> {
    let entry = info.entry(ENTRY).ok_or(Error::NotSealed)?;
    check_version(entry)?;
    let salt = Salt::from_bytes(array(entry, "s")?);
    let keys = Keys::new(key, &salt);
    let check: [u8; 32] = array(entry, "c")?;
    let difference = check.iter().zip(keys.check()).fold(0, |all, (theirs, ours)| all | (theirs ^ ours));
    if difference != 0 {
        return Err(Error::WrongKey);
    }
    let associated = Associated::of(info, &salt)?;
    let (list, tag) = bytes(entry, "m")?.split_last_chunk::<TAG_LENGTH>().ok_or(Error::Malformed("m"))?;
    if list.is_empty() || !list.len().is_multiple_of(LIST_UNIT) {
        return Err(Error::Malformed("m"));
    }
    let mut list = list.to_vec();
    aead(&keys)
        .decrypt_inout_detached(
            &Nonce::<ListCipher>::default(),
            &associated.bytes,
            list.as_mut_slice().into(),
            &Tag::from(*tag),
        )
        .ok()
        .ok_or(Error::Changed)?;
    let list = List::parse(&list, associated.length)?;
    Ok(Opened { list, cipher: keys.cipher(), salt })
}

/// What the tag of the list covers beside it.
struct Associated {
    /// Bytes of the torrent's only file.
    length: u64,
    bytes: Vec<u8>,
}

impl Associated {
    fn of(info: &Info, salt: &Salt) -> Result<Self, Error> {
        let [file] = info.files() else { return Err(Error::Malformed("files")) };
        if !info.is_single_file() {
            return Err(Error::Malformed("files"));
        }
        let (length, geometry) = (file.span.length, info.geometry());
        let mut bytes = LABEL.to_vec();
        bytes.extend_from_slice(salt.as_bytes());
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&geometry.piece_length().to_le_bytes());
        if info.hashes().v1().is_some() {
            let mut pieces = Sha256::new();
            geometry.pieces().filter_map(|piece| info.piece_hash(piece)).for_each(|hash| pieces.update(hash));
            bytes.extend_from_slice(&pieces.finalize());
        }
        if let Some(tree) = &file.tree {
            bytes.extend_from_slice(tree.root().as_bytes());
        }
        Ok(Self { length, bytes })
    }
}

/// ChaCha20-Poly1305 with the counter of the [`Cipher`], which is compiled anyway: with a nonce of zeros, 12 or 8, its
/// keystream is that of RFC 8439.
type ListCipher = ChaChaPoly1305<ChaCha20Legacy, U8>;

fn aead(keys: &Keys) -> ListCipher {
    ListCipher::new(&keys.list().into())
}

fn bytes<'a>(entry: Value<'a>, name: &'static str) -> Result<&'a [u8], Error> {
    entry.get(name).and_then(|value| value.as_bytes()).ok_or(Error::Malformed(name))
}

fn array<const N: usize>(entry: Value<'_>, name: &'static str) -> Result<[u8; N], Error> {
    bytes(entry, name)?.try_into().ok().ok_or(Error::Malformed(name))
}

/// Where the seal is in `info`.
const ENTRY: &str = "sc-seal";

const TAG_LENGTH: usize = 16;

#[cfg(test)]
mod tests {
    use chacha20poly1305::ChaCha20Poly1305;

    use super::*;

    #[test]
    fn what_seals_the_list_is_that_of_the_rfc() {
        // RFC 8439, 2.8.2.
        let key: [u8; 32] = std::array::from_fn(|place| 0x80 + place as u8);
        let nonce = [7, 0, 0, 0, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47];
        let associated = [0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7];
        let mut text = *b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for \
                          the future, sunscreen would be it.";
        let aead = ChaCha20Poly1305::new(&key.into());
        let tag =
            aead.encrypt_inout_detached(&nonce.into(), &associated, text.as_mut_slice().into()).unwrap();
        let hex = |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
        assert_eq!(hex(&text[..16]), "d31a8d34648e60db7b86afbc53ef7ec2");
        assert_eq!(hex(&text[text.len() - 16..]), "def08e4b7a9de576d26586cec64b6116");
        assert_eq!(hex(&tag), "1ae10b594f09e26a7e902ecbd0600691");
    }

    #[test]
    fn with_a_nonce_of_zeros_it_is_the_cipher_of_the_rfc() {
        let key = std::array::from_fn(|place| place as u8);
        for length in [0, 1, 64, 1000] {
            let (mut ours, mut rfc) = (vec![7; length], vec![7; length]);
            let tag = ListCipher::new(&key.into()).encrypt_inout_detached(
                &Nonce::<ListCipher>::default(),
                b"head",
                ours.as_mut_slice().into(),
            );
            let expected = ChaCha20Poly1305::new(&key.into()).encrypt_inout_detached(
                &[0; 12].into(),
                b"head",
                rfc.as_mut_slice().into(),
            );
            assert_eq!((ours, tag), (rfc, expected));
        }
    }
}
