//! Where the maker of a torrent would like to be thanked: `paymentOptions` in `info`, as FrostWire names it.

use crate::bencode::{Item, Value};

/// Payment options of one torrent that are read.
pub const MAX_PAYMENT_OPTIONS: usize = 16;

/// Bytes in the name of a payment option.
const MAX_PAYMENT_KEY: usize = 32;

/// Bytes in the value of a payment option.
const MAX_PAYMENT_VALUE: usize = 256;

/// What it is called in `info`.
pub(crate) const KEY: &str = "paymentOptions";

/// The options that are text within the limits, in the order they were written. Whatever else a stranger put there
/// is left out: it must never make a torrent unreadable.
pub(crate) fn parse(info: Value<'_>) -> Vec<(String, String)> {
    let mut options: Vec<(String, String)> = Vec::new();
    let entries = info.get(KEY).and_then(|options| options.entries());
    for (key, value) in entries.into_iter().flatten() {
        if options.len() == MAX_PAYMENT_OPTIONS {
            break;
        }
        if let (Ok(key), Some(value)) = (std::str::from_utf8(key), value.as_str())
            && fits(key, value)
            && !options.iter().any(|(known, _)| known == key)
        {
            options.push((key.to_owned(), value.to_owned()));
        }
    }
    options
}

/// Whether all of these options would be read back.
pub(crate) fn can_be_read(options: &[(String, String)]) -> bool {
    let distinct = |(place, (key, _)): (usize, &(String, String))| {
        !options[..place].iter().any(|(earlier, _)| earlier == key)
    };
    options.len() <= MAX_PAYMENT_OPTIONS
        && options.iter().all(|(key, value)| fits(key, value))
        && options.iter().enumerate().all(distinct)
}

/// The options as they are written.
pub(crate) fn item(options: &[(String, String)]) -> Item<'_> {
    Item::dict(options.iter().map(|(key, value)| (&**key, Item::from(&**value))))
}

fn fits(key: &str, value: &str) -> bool {
    (1..=MAX_PAYMENT_KEY).contains(&key.len()) && (1..=MAX_PAYMENT_VALUE).contains(&value.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Error, Info, InfoBuilder, Version};

    fn owned(options: &[(&str, &str)]) -> Vec<(String, String)> {
        options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn made(options: &[(&str, &str)]) -> Result<Info, Error> {
        let builder = InfoBuilder::single("a", 3).version(Version::One).payment_options(owned(options));
        builder.finish(&[[b'x'; 20]], &[]).map(|(info, _)| info)
    }

    /// The options that are read of this bencoded value.
    fn read(options: &[u8]) -> Vec<(String, String)> {
        let info = [
            b"d6:lengthi3e4:name1:a14:paymentOptions".as_slice(),
            options,
            b"12:piece lengthi16384e6:pieces20:xxxxxxxxxxxxxxxxxxxxe",
        ];
        Info::parse(&info.concat()).unwrap().payment_options().to_vec()
    }

    fn dict(options: &[(&[u8], &[u8])]) -> Vec<u8> {
        let text = |text: &[u8]| [text.len().to_string().as_bytes(), b":", text].concat();
        let entries = options.iter().flat_map(|(key, value)| [text(key), text(value)]);
        [b"d".to_vec(), entries.collect::<Vec<_>>().concat(), b"e".to_vec()].concat()
    }

    #[test]
    fn what_would_be_left_out_cannot_be_written() {
        let long = "x".repeat(MAX_PAYMENT_VALUE + 1);
        let keys: Vec<String> = (0..=MAX_PAYMENT_OPTIONS).map(|n| n.to_string()).collect();
        let many: Vec<_> = keys.iter().map(|key| (&**key, "a")).collect();
        for options in [
            &[("", "a")][..],
            &[("a", "")],
            &[(&long[..=MAX_PAYMENT_KEY], "a")],
            &[("a", &long)],
            &[("a", "b"), ("a", "c")],
            &many,
        ] {
            assert_eq!(made(options), Err(Error::Invalid(KEY.into())));
        }
        assert!(made(&many[1..]).is_ok());
    }

    #[test]
    fn options_that_are_too_long_are_left_out() {
        let long = [b'x'; MAX_PAYMENT_VALUE + 1];
        let fit = &long[1..];
        let (key, long_key) = (&long[..MAX_PAYMENT_KEY], &long[..=MAX_PAYMENT_KEY]);
        assert_eq!(read(&dict(&[(b"", b"a"), (b"a", b""), (b"b", &long), (long_key, b"c")])), []);
        assert_eq!(read(&dict(&[(key, fit)])).len(), 1);
    }

    #[test]
    fn of_two_equal_names_the_first_counts() {
        assert_eq!(read(&dict(&[(b"btt", b"one"), (b"btt", b"two")])), owned(&[("btt", "one")]));
    }
}
