//! Handles of shared files, kept in IndexedDB, so that a share goes on after a reload without choosing its files again.

use js_sys::{Array, Object, Promise, Reflect};
use metainfo::InfoHash;
use wasm_bindgen::prelude::*;
use web_sys::{
    Event, FileSystemHandle, IdbDatabase, IdbObjectStore, IdbOpenDbRequest, IdbRequest, IdbTransactionMode,
};

use crate::browser::{self, property, window};
use crate::chosen::{Chosen, ChosenFile};

/// Name of the database, and of its only store.
const DATABASE: &str = "seedcast-handles";
const STORE: &str = "shares";

/// What leads back to the files of a share.
#[derive(Clone, Debug)]
pub(crate) struct Remembered {
    handles: Vec<FileSystemHandle>,
    /// The files in torrent order, each as its path joined by `/`.
    paths: Vec<String>,
    /// The folder that everything goes into, where something was added to it.
    folder: Option<String>,
}

impl Remembered {
    /// Whether the page may read every handle; asks the user if `ask`, which needs a click.
    pub(crate) async fn permitted(&self, ask: bool) -> bool {
        browser::may_read(&self.handles, ask).await
    }

    /// The files in torrent order, unless one is missing.
    pub(crate) async fn files(self) -> Option<Vec<ChosenFile>> {
        let found = Chosen::from_handles(self.handles).await.files;
        let find = |path: &String| {
            let is = |chosen: &ChosenFile| chosen.path.iter().map(String::as_str).cmp(path.split('/'));
            found.binary_search_by(is).ok().map(|place| found[place].clone())
        };
        self.paths.iter().map(find).collect()
    }
}

/// Remembers the handles of a share. Without any, or without a database, the share ends with the page.
pub(crate) async fn remember(info_hash: InfoHash, chosen: &Chosen) -> Result<(), JsValue> {
    let handles: Array = chosen.handles.iter().collect();
    let paths: Array = chosen.files.iter().map(|file| JsValue::from_str(&file.path.join("/"))).collect();
    let record: Object = browser::options("handles", &handles);
    Reflect::set(&record, &"paths".into(), &paths)?;
    if let Some(folder) = &chosen.folder {
        Reflect::set(&record, &"folder".into(), &JsValue::from_str(folder))?;
    }
    let store = store(IdbTransactionMode::Readwrite).await?;
    settled(&store.put_with_key(&record, &key(info_hash))?).await?;
    Ok(())
}

/// What is remembered of a share.
pub(crate) async fn recall(info_hash: InfoHash) -> Option<Remembered> {
    let store = store(IdbTransactionMode::Readonly).await.ok()?;
    let record = settled(&store.get(&key(info_hash)).ok()?).await.ok()?;
    let list = |name: &str| property(&record, name)?.dyn_into::<Array>().ok();
    let handles: Vec<FileSystemHandle> = list("handles")?.iter().map(JsCast::unchecked_into).collect();
    let paths = list("paths")?.iter().filter_map(|path| path.as_string()).collect();
    let folder = property(&record, "folder").and_then(|folder| folder.as_string());
    (!handles.is_empty()).then_some(Remembered { handles, paths, folder })
}

/// What was shared, if the page may read it.
pub(crate) async fn chosen(info_hash: InfoHash) -> Option<Chosen> {
    let remembered = recall(info_hash).await?;
    let (handles, folder) = (remembered.handles.clone(), remembered.folder.clone());
    if !remembered.permitted(false).await {
        return None;
    }
    Some(Chosen { files: remembered.files().await?, handles, folder, ..Chosen::default() })
}

/// Forgets a share.
pub(crate) async fn forget(info_hash: InfoHash) -> Result<(), JsValue> {
    let store = store(IdbTransactionMode::Readwrite).await?;
    settled(&store.delete(&key(info_hash))?).await?;
    Ok(())
}

fn key(info_hash: InfoHash) -> JsValue {
    JsValue::from_str(&info_hash.to_string())
}

async fn store(mode: IdbTransactionMode) -> Result<IdbObjectStore, JsValue> {
    let factory = window().indexed_db()?.ok_or(JsValue::UNDEFINED)?;
    let request: IdbOpenDbRequest = factory.open_with_u32(DATABASE, 1)?;
    let create = Closure::new(|event: Event| {
        let request = event.target().and_then(|target| target.dyn_into::<IdbOpenDbRequest>().ok());
        if let Some(Ok(database)) = request.map(|request| request.result()) {
            // Fails only if the store exists, which it does not in a new database.
            let _ = database.unchecked_into::<IdbDatabase>().create_object_store(STORE);
        }
    });
    let create: &Closure<dyn Fn(Event)> = &create;
    request.set_onupgradeneeded(Some(create.as_ref().unchecked_ref()));
    let database: IdbDatabase = settled(&request).await?.unchecked_into();
    database.transaction_with_str_and_mode(STORE, mode)?.object_store(STORE)
}

/// The result of a request, once it has one.
async fn settled(request: &IdbRequest) -> Result<JsValue, JsValue> {
    Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    })
    .await?;
    request.result()
}
