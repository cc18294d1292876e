//! Settings on their way to another browser, and from one.

use js_sys::{Array, JSON, Object, Reflect, Uint8Array};
use protocol::{Command, Limits};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::File;

use super::Controls;
use crate::browser;
use crate::exported::{self, Exported, Fault, TipAddress, Value};
use crate::preferences;
use crate::session::Action;
use crate::theme::Theme;
use crate::words;

/// Name of the file.
const NAME: &str = "seedcast-settings.json";

impl Controls {
    /// Saves what the user set, and the links of all torrents, as a file.
    pub(crate) fn export_settings(self) {
        let file = Object::new();
        let set = |name: &str, value: JsValue| {
            // Setting a property of a fresh plain object cannot fail.
            let _ = Reflect::set(&file, &name.into(), &value);
        };
        let session = self.session();
        let limits = session.preferences.limits;
        let limit = |limit: Option<std::num::NonZeroU64>| {
            limit.map_or(JsValue::NULL, |limit| JsValue::from_f64(limit.get() as f64))
        };
        let links: Array =
            session.list.torrents.iter().map(|torrent| JsValue::from_str(&torrent.magnet)).collect();
        set(exported::FORMAT, exported::VERSION.into());
        set(exported::LIMIT_DOWN, limit(limits.down));
        set(exported::LIMIT_UP, limit(limits.up));
        set(exported::SUPER_SEED, session.preferences.super_seed.into());
        set(exported::RELAY_ONLY, session.preferences.relay_only.into());
        set(exported::THEME, Theme::chosen().name().into());
        set(
            exported::LANGUAGE,
            preferences::language().map_or(JsValue::NULL, |language| language.tag().into()),
        );
        set(exported::TIP_ADDRESS, preferences::tip_address().into());
        set(exported::TORRENTS, links.into());
        let text = JSON::stringify_with_replacer_and_space(&file, &JsValue::NULL, &2.into());
        let text = text.ok().and_then(|text| text.as_string()).unwrap_or_default();
        self.download(browser::blob(text.as_bytes()), NAME);
    }

    /// Takes over what such a file says; what is wrong with it is told, and then nothing of it counts.
    pub(crate) fn import_settings(self, file: File) {
        spawn_local(async move {
            match read(&file).await {
                Ok(exported) => self.adopt(exported),
                Err(fault) => self.complain(words::not_imported(&file.name(), &fault)),
            }
        });
    }

    fn adopt(self, exported: Exported) {
        let Exported { down, up, super_seed, relay_only, theme, language, tip_address, torrents } = exported;
        self.prefer(|preferences| {
            let Limits { down: limit_down, up: limit_up } = preferences.limits;
            preferences.limits = Limits { down: down.unwrap_or(limit_down), up: up.unwrap_or(limit_up) };
            preferences.super_seed = super_seed.unwrap_or(preferences.super_seed);
            preferences.relay_only = relay_only.unwrap_or(preferences.relay_only);
        });
        let read_address = tip_address.unwrap_or_default();
        let tip_address = TipAddress::of(&preferences::tip_address(), &read_address);
        if tip_address == TipAddress::Adopted {
            preferences::remember_tip_address(&read_address);
        }
        if let Some(theme) = theme {
            theme.choose();
        }
        if !torrents.is_empty() {
            self.keep_storage();
        }
        let known = self.session().list.clone();
        let is_new =
            |magnet: &&metainfo::Magnet| !magnet.hashes.swarms().any(|swarm| known.torrent(swarm).is_some());
        let new: Vec<String> = torrents.iter().filter(is_new).map(ToString::to_string).collect();
        let text = words::settings_imported(new.len() as u64, tip_address);
        for magnet in new {
            self.command(Command::AddPaused(magnet));
        }
        self.dispatch(Action::Notice { text, problem: false });
        if let Some(language) = language {
            self.choose_language(language);
        }
    }
}

async fn read(file: &File) -> Result<Exported, Fault> {
    if file.size() > exported::MAX_LENGTH as f64 {
        return Err(Fault::Unknown);
    }
    let bytes = file.array_buffer().await.map_err(|_unreadable| Fault::Unknown)?;
    let text = browser::decode(&Uint8Array::new(&bytes).to_vec(), "utf-8");
    let parsed = JSON::parse(&text).map_err(|_no_json| Fault::Unknown)?;
    let field = |name: &str| {
        let value = Reflect::get(&parsed, &name.into()).ok()?;
        (!value.is_undefined()).then(|| value_of(&value))
    };
    exported::read(field)
}

/// A value, of a list its items, too.
fn value_of(value: &JsValue) -> Value {
    if let Some(list) = value.dyn_ref::<Array>() {
        return Value::List(list.iter().map(|item| simple(&item)).collect());
    }
    simple(value)
}

fn simple(value: &JsValue) -> Value {
    match (value.as_string(), value.as_f64(), value.as_bool()) {
        (Some(text), _, _) => Value::Text(text),
        (_, Some(number), _) => Value::Number(number),
        (_, _, Some(truth)) => Value::Bool(truth),
        _ if value.is_null() => Value::Null,
        _ => Value::Other,
    }
}
