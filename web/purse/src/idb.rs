//! IndexedDB by promises: transactions that are told of when they are on disk.

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbFactory, IdbOpenDbRequest, IdbRequest, IdbTransaction};

use crate::browser::scope;

#[wasm_bindgen]
extern "C" {
    /// A database whose transactions may say how durable they are.
    type Durable;

    #[wasm_bindgen(method, catch)]
    fn transaction(
        this: &Durable,
        stores: &Array,
        mode: &str,
        options: &Object,
    ) -> Result<IdbTransaction, JsValue>;
}

/// A database. Closed when it is dropped.
#[derive(Debug)]
pub struct Database(IdbDatabase);

/// One change.
#[derive(Clone, Debug)]
pub struct Change {
    /// Of which store.
    pub store: &'static str,
    /// What it is named there.
    pub key: JsValue,
    /// What is there from now on; `None`: nothing.
    pub value: Option<JsValue>,
}

impl Change {
    /// Bytes under a name of bytes.
    #[must_use]
    pub fn put(store: &'static str, key: &[u8], value: &[u8]) -> Self {
        Self { store, key: bytes(key), value: Some(bytes(value)) }
    }

    /// Nothing under a name of bytes.
    #[must_use]
    pub fn remove(store: &'static str, key: &[u8]) -> Self {
        Self { store, key: bytes(key), value: None }
    }
}

impl Database {
    /// Opens a database, and makes it with these stores if there is none.
    ///
    /// # Errors
    /// What the browser says: it stores nothing, or a later release has changed the database.
    pub async fn open(name: &str, version: u32, stores: &'static [&'static str]) -> Result<Self, JsValue> {
        let factory: IdbFactory = Reflect::get(&scope(), &"indexedDB".into())?.dyn_into()?;
        let request: IdbOpenDbRequest = factory.open_with_u32(name, version)?;
        let opening = request.clone();
        let upgrade = Closure::once(move || {
            let Ok(database) = opening.result().map(JsCast::unchecked_into::<IdbDatabase>) else { return };
            for store in stores {
                // One that is there already stays as it is.
                let _ = database.create_object_store(store);
            }
        });
        request.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
        let database = answer(&request).await.map(JsCast::unchecked_into);
        request.set_onupgradeneeded(None);
        Ok(Self(database?))
    }

    /// All names and values of a store.
    ///
    /// # Errors
    /// What the browser says.
    pub async fn all(&self, store: &str) -> Result<Vec<(JsValue, JsValue)>, JsValue> {
        let store = self.0.transaction_with_str(store)?.object_store(store)?;
        let (keys, values) = (store.get_all_keys()?, store.get_all()?);
        // Both are answered within one transaction, so they are of the same records in the same order.
        let (keys, values) = (answer(&keys), answer(&values));
        let keys: Array = keys.await?.unchecked_into();
        let values: Array = values.await?.unchecked_into();
        Ok(keys.iter().zip(values.iter()).collect())
    }

    /// Makes all of these changes, or none. Done once they are on disk, as far as the browser knows.
    ///
    /// # Errors
    /// What the browser says; then none was made.
    pub async fn apply(&self, changes: &[Change]) -> Result<(), JsValue> {
        self.begin(changes)?.await
    }

    /// The same, begun before this returns: changes are made in the order in which they are begun.
    ///
    /// # Errors
    /// What the browser says.
    pub fn begin(
        &self,
        changes: &[Change],
    ) -> Result<impl Future<Output = Result<(), JsValue>> + use<>, JsValue> {
        let stores: Array = changes.iter().map(|change| JsValue::from_str(change.store)).collect();
        let options = Object::new();
        // Complete once it is on the disk, and not with the system on its way there. Browsers that do not know that ignore it.
        Reflect::set(&options, &"durability".into(), &"strict".into())?;
        let transaction = self.0.unchecked_ref::<Durable>().transaction(&stores, "readwrite", &options)?;
        let done = done(&transaction);
        for Change { store, key, value } in changes {
            let store = transaction.object_store(store)?;
            match value {
                Some(value) => store.put_with_key(value, key)?,
                None => store.delete(key)?,
            };
        }
        Ok(done)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Bytes as the database has them.
#[must_use]
pub fn bytes(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).into()
}

/// The bytes of a name or a value.
#[must_use]
pub fn read_bytes(value: &JsValue) -> Option<Vec<u8>> {
    match value.dyn_ref::<Uint8Array>() {
        Some(bytes) => Some(bytes.to_vec()),
        // Names come back as buffers.
        None => value.is_instance_of::<js_sys::ArrayBuffer>().then(|| Uint8Array::new(value).to_vec()),
    }
}

/// What a request is answered.
fn answer(request: &IdbRequest) -> impl Future<Output = Result<JsValue, JsValue>> + use<> {
    let request = request.clone();
    let answered = promised(|resolve, reject| {
        request.set_onsuccess(Some(resolve));
        request.set_onerror(Some(reject));
    });
    async move {
        match answered.await {
            Ok(_event) => request.result(),
            Err(_event) => Err(request.error()?.map(JsValue::from).unwrap_or_default()),
        }
    }
}

/// When a transaction is complete.
fn done(transaction: &IdbTransaction) -> impl Future<Output = Result<(), JsValue>> + use<> {
    let transaction = transaction.clone();
    let done = promised(|resolve, reject| {
        transaction.set_oncomplete(Some(resolve));
        // Every error that nobody takes care of ends in this.
        transaction.set_onabort(Some(reject));
    });
    async move {
        let aborted = |_event| transaction.error().map(JsValue::from).unwrap_or_default();
        done.await.map(drop).map_err(aborted)
    }
}

/// A promise, kept by whoever calls the functions that `listen` is given.
fn promised(listen: impl FnOnce(&Function, &Function)) -> JsFuture {
    let mut listen = Some(listen);
    JsFuture::from(Promise::new(&mut |resolve, reject| {
        if let Some(listen) = listen.take() {
            listen(&resolve, &reject);
        }
    }))
}
