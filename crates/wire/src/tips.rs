use metainfo::bencode::{Item, Value};

use crate::Error;

/// The name of the extension by which peers tell each other of tips (`docs/tips.md`).
pub const BTT_TIP: &str = "btt_tip";

/// The most tips that one message names.
pub const MAX_TIPS: usize = 50;

/// Somebody says that a transaction is a tip for this torrent. Only the chain can tell whether that is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TipClaim {
    /// The chain, by its id (EIP-155).
    pub chain: u64,
    /// Hash of the transaction.
    pub transaction: [u8; 32],
}

impl TipClaim {
    /// Reads the payload of an EXTENDED message.
    ///
    /// # Errors
    ///
    /// [`Error::Bencode`], or [`Error::Extension`] if something is missing, of the wrong type, or there are more than
    /// [`MAX_TIPS`].
    pub fn parse_all(payload: &[u8]) -> Result<Vec<Self>, Error> {
        let value = Value::parse(payload).map_err(|_error| Error::Bencode)?;
        let items = value.get("tips").and_then(|tips| tips.items()).ok_or(MALFORMED)?;
        // One too many is enough to see that there are too many.
        let claims: Vec<Self> =
            items.take(MAX_TIPS + 1).map(Self::parse).collect::<Option<_>>().ok_or(MALFORMED)?;
        if claims.len() > MAX_TIPS { Err(MALFORMED) } else { Ok(claims) }
    }

    /// The payload of an EXTENDED message; at most [`MAX_TIPS`] fit. Chains have no numbers beyond those of an `i64`
    /// (EIP-2294), so claims that name such are left out.
    #[must_use]
    pub fn encode_all(claims: &[Self]) -> Vec<u8> {
        let tips = claims.iter().filter_map(|claim| {
            let chain = i64::try_from(claim.chain).ok()?;
            Some(Item::List(vec![Item::Int(chain), Item::from(&claim.transaction[..])]))
        });
        Item::dict([("tips", tips.collect::<Item<'_>>())]).encode()
    }

    fn parse(value: Value<'_>) -> Option<Self> {
        let mut parts = value.items()?;
        let chain = u64::try_from(parts.next()?.as_int()?).ok()?;
        let transaction = *parts.next()?.as_bytes()?.as_array()?;
        parts.next().is_none().then_some(Self { chain, transaction })
    }
}

const MALFORMED: Error = Error::Extension { extension: BTT_TIP };
