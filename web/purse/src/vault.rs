//! Where keys of deposits are at rest: encrypted by a key that the browser keeps and no program can read (WebCrypto, AES-GCM).
//!
//! That helps against whoever copies the disk, not against a program in our place: it can use that key as we do.

use js_sys::{Array, Object, Reflect, Uint8Array};
use pay::keys::SessionKey;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, SubtleCrypto};

use crate::browser::{random, scope};
use crate::records::Sealed;

/// What encrypts keys.
#[derive(Clone, Debug)]
pub struct Vault(CryptoKey);

impl Vault {
    /// A new one. It is to be stored as it is before anything is sealed by it.
    ///
    /// # Errors
    /// Where there is no WebCrypto.
    pub async fn generate() -> Result<Self, JsValue> {
        let algorithm = algorithm("length", &256.into())?;
        let uses = Array::of2(&"encrypt".into(), &"decrypt".into());
        let key = subtle()?.generate_key_with_object(&algorithm, false, &uses)?;
        JsFuture::from(key).await?.dyn_into().map(Self)
    }

    /// The one that was stored.
    #[must_use]
    pub fn of(stored: &JsValue) -> Option<Self> {
        stored.dyn_ref::<CryptoKey>().filter(|key| !key.extractable()).cloned().map(Self)
    }

    /// What is to be stored.
    #[must_use]
    pub fn as_value(&self) -> &JsValue {
        &self.0
    }

    /// Encrypts a key. What is in our memory of the secret in clear is overwritten.
    ///
    /// # Errors
    /// What the browser says.
    pub async fn seal(&self, key: &SessionKey) -> Result<Sealed, JsValue> {
        let nonce: [u8; 12] = random()?;
        let secret = key.secret_to_seal();
        let copy = Uint8Array::from(&secret[..]);
        drop(secret);
        let parameters = parameters(&nonce)?;
        let sealed = subtle()?.encrypt_with_object_and_js_u8_array(&parameters, &self.0, &copy);
        let sealed = match sealed {
            Ok(sealed) => JsFuture::from(sealed).await,
            Err(error) => Err(error),
        };
        copy.fill(0, 0, copy.length());
        Ok(Sealed { nonce, bytes: Uint8Array::new(&sealed?).to_vec() })
    }

    /// The key that was encrypted; `None` if it was changed, or by another vault.
    pub async fn open(&self, sealed: &Sealed) -> Option<SessionKey> {
        let parameters = parameters(&sealed.nonce).ok()?;
        let bytes = Uint8Array::from(&sealed.bytes[..]);
        let opened = subtle().ok()?.decrypt_with_object_and_js_u8_array(&parameters, &self.0, &bytes).ok()?;
        let opened = Uint8Array::new(&JsFuture::from(opened).await.ok()?);
        let mut secret = [0; 32];
        let key = (opened.length() == 32).then(|| {
            opened.copy_to(&mut secret);
            SessionKey::from_bytes(&secret)
        });
        opened.fill(0, 0, opened.length());
        secret.fill(0);
        std::hint::black_box(&secret);
        key.flatten()
    }
}

fn parameters(nonce: &[u8; 12]) -> Result<Object, JsValue> {
    algorithm("iv", &Uint8Array::from(&nonce[..]))
}

fn algorithm(name: &str, value: &JsValue) -> Result<Object, JsValue> {
    let algorithm = Object::new();
    Reflect::set(&algorithm, &"name".into(), &"AES-GCM".into())?;
    Reflect::set(&algorithm, &name.into(), value)?;
    Ok(algorithm)
}

fn subtle() -> Result<SubtleCrypto, JsValue> {
    // Pages without a secure address have none.
    let subtle = Reflect::get(&scope().crypto()?.into(), &"subtle".into())?;
    subtle.dyn_into()
}
