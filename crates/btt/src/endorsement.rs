use metainfo::InfoHash;
#[cfg(feature = "endorsement")]
use sha3::{Digest as _, Keccak256};

use crate::Account;
#[cfg(feature = "endorsement")]
use crate::Address;

/// The holder of an account stands behind a torrent: a signature by the account's key, which wallets make with
/// `personal_sign` (EIP-191).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endorsement {
    /// Whose it is.
    pub account: Account,
    /// When it was made, in seconds since 1970.
    pub issued: i64,
    /// `r`, `s` and the recovery id, 27 or 28.
    pub signature: [u8; 65],
}

impl Endorsement {
    /// Reads what a torrent file says; `None` if it names no account, or has no signature.
    #[must_use]
    pub fn from_torrent(endorsement: &metainfo::Endorsement) -> Option<Self> {
        let metainfo::Endorsement { account, issued, signature } = endorsement;
        let signature = signature.as_slice().try_into().ok()?;
        Some(Self { account: account.parse().ok()?, issued: *issued, signature })
    }

    /// What goes into the torrent file.
    #[must_use]
    pub fn to_torrent(&self) -> metainfo::Endorsement {
        metainfo::Endorsement {
            account: self.account.to_string(),
            issued: self.issued,
            signature: self.signature.to_vec(),
        }
    }

    /// The text that is signed.
    #[must_use]
    pub fn text(account: &Account, info_hash: InfoHash, issued: i64) -> String {
        format!("btt-tip:v1\n{info_hash}\n{account}\n{issued}")
    }

    /// Whether the signature is by the account's key, for this torrent.
    #[cfg(feature = "endorsement")]
    #[must_use]
    pub fn verify(&self, info_hash: InfoHash) -> bool {
        self.signer(info_hash) == Some(self.account.address)
    }

    #[cfg(feature = "endorsement")]
    fn signer(&self, info_hash: InfoHash) -> Option<Address> {
        use k256::ecdsa::{RecoveryId, Signature, VerifyingKey};

        let text = Self::text(&self.account, info_hash, self.issued);
        let hash = Keccak256::new()
            .chain_update(format!("\x19Ethereum Signed Message:\n{}", text.len()))
            .chain_update(text.as_bytes())
            .finalize();
        let (recovery, signature) = self.signature.split_last()?;
        let recovery = RecoveryId::from_byte(recovery.checked_sub(27)?).filter(|id| !id.is_x_reduced())?;
        let signature = Signature::from_slice(signature).ok()?;
        // Of the two signatures that fit, only one is taken (EIP-2).
        if signature.normalize_s() != signature {
            return None;
        }
        let key = VerifyingKey::recover_from_prehash(&hash, &signature, recovery).ok()?;
        let point = key.to_sec1_point(false);
        let hash = Keccak256::digest(point.as_bytes().get(1..)?);
        Some(Address::from_bytes(*hash.last_chunk()?))
    }
}
