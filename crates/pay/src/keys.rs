//! The keys of sessions: what they sign, and how that is checked. Elliptic curves (secp256k1) are in no other module.

use std::fmt;

use btt::Address;
use k256::ecdsa::{RecoveryId, Signature as Halves, SigningKey, VerifyingKey};
use k256::elliptic_curve::ops::{Invert as _, MulByGeneratorVartime as _, Reduce as _};
use k256::elliptic_curve::point::AffineCoordinates as _;
use k256::elliptic_curve::zeroize::Zeroizing;
use k256::{FieldBytes, ProjectivePoint, Scalar};
use sha3::{Digest as _, Keccak256};

use crate::{Deployment, Signature, SignedVoucher, Voucher};

/// The key of a buyer's session, as it is used: it signs [`Voucher`]s and nothing else. What is left of it in memory is
/// overwritten when it is dropped.
pub struct SessionKey(SigningKey);

impl SessionKey {
    /// The key that these bytes are, from a source of randomness that is fit for keys or from where
    /// [`secret_to_seal`](Self::secret_to_seal) put them. `None` for the few that are no key, which chance never hits.
    #[must_use]
    pub fn from_bytes(secret: &[u8; 32]) -> Option<Self> {
        SigningKey::from_bytes(&FieldBytes::from(*secret)).ok().map(Self)
    }

    /// Its address, as the contract knows it.
    #[must_use]
    pub fn address(&self) -> Address {
        address_of(self.0.verifying_key())
    }

    /// Signs a voucher for one contract: always the same signature for the same voucher (RFC 6979), in the one of its two
    /// forms that is taken.
    #[must_use]
    pub fn sign(&self, voucher: &Voucher, deployment: &Deployment) -> Signature {
        let (halves, recovery) = self.0.sign_prehash_recoverable(&voucher.digest(deployment));
        let mut bytes: [u8; 64] = halves.to_bytes().into();
        bytes[32] |= u8::from(recovery.is_y_odd()) << 7;
        Signature::from_bytes(bytes)
    }

    /// The secret itself, to be encrypted with a key that cannot be exported before it is stored, and for nothing else:
    /// whoever has it can sign away the whole deposit.
    #[must_use]
    pub fn secret_to_seal(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes().into())
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionKey({})", self.address())
    }
}

/// Checks vouchers of one session. An address is the hash of a key, so the key has to be found out from the first good
/// signature; those that follow are checked with it, which is less work.
///
/// What is good here is good for the contract, and the other way round. So the parity in a signature counts, too: with the
/// wrong one the contract finds another signer, though the rest is right.
#[derive(Clone, Debug)]
pub struct Verifier {
    deployment: Deployment,
    address: Address,
    key: Option<VerifyingKey>,
}

impl Verifier {
    /// For vouchers that the key with this address signed for this contract.
    #[must_use]
    pub const fn new(deployment: Deployment, key: Address) -> Self {
        Self { deployment, address: key, key: None }
    }

    /// Whether the key signed this voucher.
    #[must_use]
    pub fn verify(&mut self, signed: &SignedVoucher) -> bool {
        let digest = signed.voucher.digest(&self.deployment);
        let Some((halves, is_odd)) = split(&signed.signature) else { return false };
        if let Some(key) = &self.key {
            return signed_by(key, &digest, &halves, is_odd);
        }
        let key = recovered(&digest, &halves, is_odd).filter(|key| address_of(key) == self.address);
        self.key = key;
        self.key.is_some()
    }
}

/// Whose signature it is, if it can be anybody's.
#[must_use]
pub fn recover(signed: &SignedVoucher, deployment: &Deployment) -> Option<Address> {
    let (halves, is_odd) = split(&signed.signature)?;
    recovered(&signed.voucher.digest(deployment), &halves, is_odd).as_ref().map(address_of)
}

/// The two halves and the parity of a signature; `None` unless each half is more than 0 and less than the order of the
/// curve, and the second less than half of that (EIP-2).
fn split(signature: &Signature) -> Option<(Halves, bool)> {
    let mut bytes = *signature.as_bytes();
    let is_odd = bytes[32] >> 7 == 1;
    bytes[32] &= 0x7f;
    let halves = Halves::from_slice(&bytes).ok()?;
    (halves.normalize_s() == halves).then_some((halves, is_odd))
}

fn recovered(digest: &[u8; 32], halves: &Halves, is_odd: bool) -> Option<VerifyingKey> {
    VerifyingKey::recover_from_prehash(digest, halves, RecoveryId::new(is_odd, false)).ok()
}

/// Whether the point that the signature was made with is the one that it names: not one whose x is the same but for the
/// order of the curve, nor the one on the other side. Verification (SEC 1, 4.1.4) asks for less and recovery (4.1.6) for a
/// square root.
fn signed_by(key: &VerifyingKey, digest: &[u8; 32], halves: &Halves, is_odd: bool) -> bool {
    let (r, s) = halves.split_scalars();
    let inverse = *s.invert_vartime();
    let hash = Scalar::reduce(&FieldBytes::from(*digest));
    let key = ProjectivePoint::from(*key.as_affine());
    let point =
        ProjectivePoint::mul_by_generator_and_mul_add_vartime(&(hash * inverse), &(*r * inverse), &key)
            .to_affine();
    point.x() == r.to_bytes() && bool::from(point.y_is_odd()) == is_odd
}

/// The end of the hash of the two coordinates.
fn address_of(key: &VerifyingKey) -> Address {
    let point = key.to_sec1_point(false);
    let hash = Keccak256::digest(&point.as_bytes()[1..]);
    Address::from_bytes(*hash.last_chunk().expect("a hash has more than 20 bytes"))
}
