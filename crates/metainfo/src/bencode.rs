//! Bencode, the encoding of torrent files and of extension messages (BEP 3).
//!
//! [`Value`] reads: it is a span of bytes that was checked once and is walked in place, so it costs no
//! memory whatever the bytes claim, and every value knows its exact source ([`Value::raw`]).
//! [`Item`] writes, and cannot write a dictionary out of order.
//!
//! Reading is as tolerant as the clients of the network are: keys may come in any order (the first of
//! two equal keys counts) and numbers may have leading zeros.
//!
//! ```
//! use metainfo::bencode::{Item, Value};
//!
//! let bytes = Item::dict([("piece", Item::from(7)), ("msg_type", Item::from(1))]).encode();
//! assert_eq!(bytes, b"d8:msg_typei1e5:piecei7ee");
//!
//! let (value, rest) = Value::split(b"d5:piecei7eetrailing")?;
//! assert_eq!(value.get("piece").and_then(|piece| piece.as_int()), Some(7));
//! assert_eq!(rest, b"trailing");
//! # Ok::<(), metainfo::Error>(())
//! ```

use litemap::LiteMap;

use crate::Error;

/// Lists and dictionaries may nest this deep; torrents need six levels.
pub const MAX_DEPTH: usize = 64;

/// One well-formed bencoded value, as a view of the bytes it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<'a> {
    raw: &'a [u8],
}

impl<'a> Value<'a> {
    /// Reads `bytes`, which must be one value and nothing more.
    ///
    /// # Errors
    ///
    /// As [`Value::split`], and [`Error::TrailingBytes`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        match Self::split(bytes)? {
            (value, []) => Ok(value),
            (value, _) => Err(Error::TrailingBytes { offset: value.raw.len() }),
        }
    }

    /// Reads the value that `bytes` starts with; also returns what follows it.
    ///
    /// Takes time linear in the length of the value and constant memory.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`], [`Error::Truncated`] or [`Error::TooDeep`].
    pub fn split(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), Error> {
        let (raw, rest) = bytes.split_at(scan(bytes)?);
        Ok((Self { raw }, rest))
    }

    /// The bytes that encode this value, exactly as they were read.
    #[must_use]
    pub const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The number, if this is one that fits.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        let digits = self.raw.strip_prefix(b"i")?.strip_suffix(b"e")?;
        std::str::from_utf8(digits).ok()?.parse().ok()
    }

    /// The byte string, if this is one.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&'a [u8]> {
        self.raw.first().filter(|byte| byte.is_ascii_digit())?;
        let colon = self.raw.iter().position(|&byte| byte == b':')?;
        self.raw.get(colon + 1..)
    }

    /// The byte string, if this is one and it is UTF-8.
    #[must_use]
    pub fn as_str(&self) -> Option<&'a str> {
        std::str::from_utf8(self.as_bytes()?).ok()
    }

    /// The elements of the list, if this is one.
    #[must_use]
    pub fn items(&self) -> Option<impl Iterator<Item = Self> + use<'a>> {
        Some(Items { rest: self.raw.strip_prefix(b"l")? })
    }

    /// Whether this is a dictionary.
    #[must_use]
    pub fn is_dict(&self) -> bool {
        self.raw.first() == Some(&b'd')
    }

    /// The keys and values of the dictionary, if this is one, in the order they were written.
    #[must_use]
    pub fn entries(&self) -> Option<impl Iterator<Item = (&'a [u8], Self)> + use<'a>> {
        let mut items = Items { rest: self.raw.strip_prefix(b"d")? };
        Some(std::iter::from_fn(move || Some((items.next()?.as_bytes()?, items.next()?))))
    }

    /// What the dictionary holds under `key`, if this is a dictionary that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Self> {
        self.entries()?.find(|(name, _)| *name == key.as_bytes()).map(|(_, value)| value)
    }
}

/// The values from here to the `e` that closes their container.
struct Items<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Items<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        // The container was scanned whole, so the only failure left is its closing `e`.
        let (value, rest) = Value::split(self.rest).ok()?;
        self.rest = rest;
        Some(value)
    }
}

/// What the innermost open container expects next.
#[derive(Clone, Copy)]
enum Expect {
    Item,
    Key,
    ValueOfKey,
}

/// The length of the value that `bytes` starts with.
fn scan(bytes: &[u8]) -> Result<usize, Error> {
    let mut open: Vec<Expect> = Vec::new();
    let mut at = 0;
    loop {
        match (*bytes.get(at).ok_or(Error::Truncated)?, open.last()) {
            (b'0'..=b'9', _) => at = string_end(bytes, at)?,
            (b'e', Some(Expect::Item | Expect::Key)) => {
                open.pop();
                at += 1;
            }
            (b'i', None | Some(Expect::Item | Expect::ValueOfKey)) => at = int_end(bytes, at)?,
            (kind @ (b'l' | b'd'), None | Some(Expect::Item | Expect::ValueOfKey)) => {
                if open.len() == MAX_DEPTH {
                    return Err(Error::TooDeep);
                }
                open.push(if kind == b'l' { Expect::Item } else { Expect::Key });
                at += 1;
                continue;
            }
            _ => return Err(Error::Malformed { offset: at }),
        }
        // A whole value ends here: in a dictionary, keys and values alternate.
        match open.last_mut() {
            None => return Ok(at),
            Some(Expect::Item) => {}
            Some(expect @ Expect::Key) => *expect = Expect::ValueOfKey,
            Some(expect @ Expect::ValueOfKey) => *expect = Expect::Key,
        }
    }
}

/// Where the byte string that starts at `at` ends.
fn string_end(bytes: &[u8], at: usize) -> Result<usize, Error> {
    let colon = digits_end(bytes, at);
    match bytes.get(colon) {
        Some(b':') => {}
        Some(_) => return Err(Error::Malformed { offset: colon }),
        None => return Err(Error::Truncated),
    }
    // A length too long for a `usize` is too long for any buffer.
    let length: Option<usize> =
        std::str::from_utf8(&bytes[at..colon]).ok().and_then(|digits| digits.parse().ok());
    let end = length.and_then(|length| length.checked_add(colon + 1));
    end.filter(|&end| end <= bytes.len()).ok_or(Error::Truncated)
}

/// Where the number that starts with the `i` at `at` ends.
fn int_end(bytes: &[u8], at: usize) -> Result<usize, Error> {
    let digits = at + 1 + usize::from(bytes.get(at + 1) == Some(&b'-'));
    let end = digits_end(bytes, digits);
    match bytes.get(end) {
        Some(b'e') if end > digits => Ok(end + 1),
        Some(_) => Err(Error::Malformed { offset: end }),
        None => Err(Error::Truncated),
    }
}

/// The first position from `at` on that holds no decimal digit.
fn digits_end(bytes: &[u8], at: usize) -> usize {
    at + bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// A value to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// A number.
    Int(i64),
    /// A byte string.
    Bytes(&'a [u8]),
    /// A byte string that is text, owned.
    Text(String),
    /// A list.
    List(Vec<Self>),
    /// A dictionary; the map keeps its keys in the order that BEP 3 asks for.
    Dict(LiteMap<&'a [u8], Self>),
    /// Bytes that are one encoded value already, written as they are.
    Raw(&'a [u8]),
}

impl<'a> Item<'a> {
    /// A dictionary of `entries`; of equal keys the last counts.
    #[must_use]
    pub fn dict(entries: impl IntoIterator<Item = (&'a str, Self)>) -> Self {
        let mut dict = LiteMap::new();
        for (key, item) in entries {
            dict.insert(key.as_bytes(), item);
        }
        Self::Dict(dict)
    }

    /// The canonical encoding.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.encode_into(&mut out);
        out
    }

    /// Appends the canonical encoding to `out`.
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        match self {
            Self::Int(number) => out.extend_from_slice(format!("i{number}e").as_bytes()),
            Self::Bytes(bytes) => encode_bytes(bytes, out),
            Self::Text(text) => encode_bytes(text.as_bytes(), out),
            Self::List(items) => {
                out.push(b'l');
                for item in items {
                    item.encode_into(out);
                }
                out.push(b'e');
            }
            Self::Dict(entries) => {
                out.push(b'd');
                for (key, item) in entries {
                    encode_bytes(key, out);
                    item.encode_into(out);
                }
                out.push(b'e');
            }
            Self::Raw(bytes) => out.extend_from_slice(bytes),
        }
    }
}

impl From<i64> for Item<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl<'a> From<&'a str> for Item<'a> {
    fn from(text: &'a str) -> Self {
        Self::Bytes(text.as_bytes())
    }
}

impl<'a> From<&'a [u8]> for Item<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl FromIterator<Self> for Item<'_> {
    fn from_iter<T: IntoIterator<Item = Self>>(items: T) -> Self {
        Self::List(items.into_iter().collect())
    }
}

fn encode_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(format!("{}:", bytes.len()).as_bytes());
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn error_of(bytes: &[u8]) -> Error {
        Value::parse(bytes).unwrap_err()
    }

    #[test]
    fn every_kind_of_value_is_read() {
        let value = Value::parse(b"d4:listli-3e3:twoe4:name0:e").unwrap();
        let items: Vec<_> = value.get("list").unwrap().items().unwrap().collect();
        assert_eq!(items[0].as_int(), Some(-3));
        assert_eq!(items[1].as_str(), Some("two"));
        assert_eq!(value.get("name").unwrap().as_bytes(), Some(&b""[..]));
        assert_eq!(value.get("nothing"), None);
    }

    #[test]
    fn values_know_their_exact_source() {
        let value = Value::parse(b"d1:ad1:zi01e1:b0:e1:b1:xe").unwrap();
        assert_eq!(value.get("a").unwrap().raw(), b"d1:zi01e1:b0:e");
    }

    #[test]
    fn a_value_is_split_from_what_follows() {
        let (value, rest) = Value::split(b"d1:ai1eed1:a").unwrap();
        assert_eq!((value.raw(), rest), (&b"d1:ai1ee"[..], &b"d1:a"[..]));
        assert_eq!(error_of(b"i1e "), Error::TrailingBytes { offset: 3 });
    }

    #[test]
    fn values_of_another_kind_read_as_nothing() {
        let (number, list) = (Value::parse(b"i5e").unwrap(), Value::parse(b"li5ee").unwrap());
        assert_eq!((number.as_bytes(), number.items().is_none(), number.get("a")), (None, true, None));
        assert_eq!((list.as_int(), list.as_bytes(), list.entries().is_none()), (None, None, true));
    }

    #[test]
    fn keys_may_be_out_of_order_and_the_first_of_equals_counts() {
        let value = Value::parse(b"d1:bi1e1:ai2e1:ai3ee").unwrap();
        assert_eq!(value.get("a").unwrap().as_int(), Some(2));
    }

    #[test]
    fn a_number_that_does_not_fit_is_no_number() {
        assert_eq!(Value::parse(b"i9223372036854775807e").unwrap().as_int(), Some(i64::MAX));
        assert_eq!(Value::parse(b"i9223372036854775808e").unwrap().as_int(), None);
        assert_eq!(Value::parse(b"i18446744073709551621e").unwrap().as_int(), None);
    }

    #[test]
    fn malformed_bytes_are_pointed_at() {
        for (bytes, offset) in [
            (&b"x"[..], 0),
            (b"e", 0),
            (b"-1:a", 0),
            (b"ie", 1),
            (b"i-e", 2),
            (b"i1.5e", 2),
            (b"1x", 1),
            (b"l1:a?e", 4),
            (b"di1e1:ae", 1),
            (b"dlee", 1),
            (b"d1:ae", 4),
        ] {
            assert_eq!(error_of(bytes), Error::Malformed { offset }, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn lengths_that_overflow_are_refused() {
        assert_eq!(error_of(b"18446744073709551617:a"), Error::Truncated);
        assert_eq!(error_of(b"18446744073709551615:a"), Error::Truncated);
        assert_eq!(error_of(b"4294967297:a"), Error::Truncated);
    }

    #[test]
    fn nesting_ends_at_the_limit() {
        let nested = |depth| [b"l".repeat(depth), b"e".repeat(depth)].concat();
        assert!(Value::parse(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(error_of(&nested(MAX_DEPTH + 1)), Error::TooDeep);
        assert_eq!(error_of(&b"d1:a".repeat(1 << 20)), Error::TooDeep);
    }

    #[derive(Clone, Debug)]
    enum Tree {
        Int(i64),
        Bytes(Vec<u8>),
        List(Vec<Self>),
        Dict(BTreeMap<Vec<u8>, Self>),
    }

    impl Tree {
        fn item(&self) -> Item<'_> {
            match self {
                Self::Int(number) => Item::Int(*number),
                Self::Bytes(bytes) => Item::Bytes(bytes),
                Self::List(trees) => trees.iter().map(Self::item).collect(),
                Self::Dict(entries) => {
                    Item::Dict(entries.iter().map(|(key, tree)| (&key[..], tree.item())).collect())
                }
            }
        }

        fn is(&self, value: Value<'_>) -> bool {
            match self {
                Self::Int(number) => value.as_int() == Some(*number),
                Self::Bytes(bytes) => value.as_bytes() == Some(bytes),
                Self::List(trees) => {
                    let items: Vec<_> = value.items().unwrap().collect();
                    items.len() == trees.len() && trees.iter().zip(items).all(|(tree, item)| tree.is(item))
                }
                Self::Dict(entries) => {
                    let found: Vec<_> = value.entries().unwrap().collect();
                    found.len() == entries.len()
                        && entries
                            .iter()
                            .zip(found)
                            .all(|((key, tree), (name, value))| key == name && tree.is(value))
                }
            }
        }
    }

    fn any_tree() -> impl Strategy<Value = Tree> {
        let leaf = prop_oneof![any::<i64>().prop_map(Tree::Int), any::<Vec<u8>>().prop_map(Tree::Bytes)];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Tree::List),
                prop::collection::btree_map(any::<Vec<u8>>(), inner, 0..4).prop_map(Tree::Dict),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(tree in any_tree()) {
            let bytes = tree.item().encode();
            prop_assert!(tree.is(Value::parse(&bytes).unwrap()));
        }

        #[test]
        fn a_value_cut_short_is_truncated(tree in any_tree(), cut: prop::sample::Index) {
            let bytes = tree.item().encode();
            prop_assert_eq!(Value::parse(&bytes[..cut.index(bytes.len())]), Err(Error::Truncated));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in "[ilde0-9:a-]{0,40}") {
            if let Ok((value, rest)) = Value::split(bytes.as_bytes()) {
                prop_assert_eq!([value.raw(), rest].concat(), bytes.as_bytes());
            }
        }
    }
}
