//! A message taken apart into fields that are each read on their own.

use metainfo::InfoHash;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::binary::Binary;
use crate::{Action, Error, MAX_MESSAGE, MAX_SDP};

/// Every key that either side knows, unread. `null` counts as absent.
#[derive(Deserialize)]
pub(crate) struct Fields<'a> {
    #[serde(borrow)]
    pub(crate) action: Field<'a>,
    #[serde(borrow)]
    pub(crate) info_hash: Field<'a>,
    #[serde(borrow)]
    pub(crate) peer_id: Field<'a>,
    #[serde(borrow)]
    pub(crate) to_peer_id: Field<'a>,
    #[serde(borrow)]
    pub(crate) offer_id: Field<'a>,
    #[serde(borrow)]
    pub(crate) event: Field<'a>,
    #[serde(borrow)]
    pub(crate) uploaded: Field<'a>,
    #[serde(borrow)]
    pub(crate) downloaded: Field<'a>,
    #[serde(borrow)]
    pub(crate) left: Field<'a>,
    #[serde(borrow)]
    pub(crate) numwant: Field<'a>,
    #[serde(borrow)]
    pub(crate) to_seeds: Field<'a>,
    #[serde(borrow)]
    pub(crate) offers: Field<'a>,
    #[serde(borrow)]
    pub(crate) offer: Field<'a>,
    #[serde(borrow)]
    pub(crate) answer: Field<'a>,
    #[serde(borrow)]
    pub(crate) complete: Field<'a>,
    #[serde(borrow)]
    pub(crate) incomplete: Field<'a>,
    #[serde(borrow)]
    pub(crate) interval: Field<'a>,
    #[serde(borrow, rename = "min interval")]
    pub(crate) min_interval: Field<'a>,
    #[serde(borrow, rename = "warning message")]
    pub(crate) warning: Field<'a>,
    #[serde(borrow, rename = "failure reason")]
    pub(crate) failure: Field<'a>,
    #[serde(borrow)]
    pub(crate) files: Field<'a>,
    #[serde(borrow)]
    pub(crate) flags: Field<'a>,
}

/// The JSON text of one value.
pub(crate) type Field<'a> = Option<&'a RawValue>;

impl<'a> Fields<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, Error> {
        if text.len() > MAX_MESSAGE {
            return Err(Error::TooLong);
        }
        serde_json::from_str(text).map_err(|_where| Error::Json)
    }

    pub(crate) fn action(&self) -> Option<Action> {
        read(self.action)
    }

    pub(crate) fn info_hash(&self) -> Option<InfoHash> {
        read::<Binary>(self.info_hash).map(InfoHash::from)
    }
}

/// The value of a field, if it is there and has the right type.
pub(crate) fn read<'a, T: Deserialize<'a>>(field: Field<'a>) -> Option<T> {
    field.and_then(|raw| serde_json::from_str(raw.get()).ok())
}

/// A 20-byte id that the message cannot do without.
pub(crate) fn id<T: From<Binary>>(field: Field<'_>, name: &'static str) -> Result<T, Error> {
    read::<Binary>(field).map(T::from).ok_or(Error::Id(name))
}

/// A count. JavaScript knows no integers, so `5.0` and `1e3` are counts too.
pub(crate) fn count(field: Field<'_>) -> Option<u64> {
    let number: f64 = match read::<u64>(field) {
        Some(count) => return Some(count),
        None => read(field)?,
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
    (number >= 0.0 && number < 2f64.powi(64)).then_some(number as u64)
}

/// The text of an offer or answer of acceptable length.
pub(crate) fn sdp(field: Field<'_>) -> Option<String> {
    #[derive(Deserialize)]
    struct Description {
        sdp: String,
    }
    read::<Description>(field).map(|description| description.sdp).filter(|sdp| sdp.len() <= MAX_SDP)
}
