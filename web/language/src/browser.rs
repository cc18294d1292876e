//! What the browser knows of languages.

use js_sys::{Array, BigInt, Date, Function, Intl, JsString, Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{Response, Window};

use crate::number::Decimals;

fn window() -> Option<Window> {
    js_sys::global().dyn_into().ok()
}

/// The tags of the languages that the user reads, best first.
pub(crate) fn languages() -> Vec<String> {
    let languages = window().map(|window| window.navigator().languages()).unwrap_or_default();
    languages.iter().filter_map(|tag| tag.as_string()).collect()
}

/// The text of a file beside the document.
pub(crate) async fn fetch(path: &str) -> Option<String> {
    let response: Response = window()?.fetch_with_str(path).await.ok()?.dyn_into().ok()?;
    if !response.ok() {
        return None;
    }
    response.text().ok()?.await.ok()?.as_string()
}

/// Says which language the document is in.
pub(crate) fn mark_document(tag: &str) {
    let root = window().and_then(|window| window.document()?.document_element());
    if let Some(root) = root {
        let _ = root.set_attribute("lang", tag);
    }
}

/// Writes numbers. Making a formatter takes the browser longer than using it a hundred times.
pub(crate) struct Numbers {
    as_needed: Function,
    one: Function,
    two: Function,
    plural: Intl::PluralRules,
}

impl Numbers {
    /// As this language writes them.
    pub(crate) fn of(locale: &str) -> Self {
        let locales = locales(locale);
        let decimals = |count: u32| {
            let options = Object::new();
            for name in ["minimumFractionDigits", "maximumFractionDigits"] {
                // Setting a property of a fresh plain object cannot fail.
                let _ = Reflect::set(&options, &name.into(), &count.into());
            }
            Intl::NumberFormat::new(&locales, &options).format()
        };
        Self {
            as_needed: Intl::NumberFormat::new(&locales, &Object::new()).format(),
            one: decimals(1),
            two: decimals(2),
            plural: Intl::PluralRules::new(&locales, &Object::new()),
        }
    }

    pub(crate) fn number(&self, number: f64, decimals: Decimals) -> String {
        let format = match decimals {
            Decimals::AsNeeded => &self.as_needed,
            Decimals::One => &self.one,
            Decimals::Two => &self.two,
        };
        let written = format.call1(&JsValue::UNDEFINED, &number.into());
        written.ok().and_then(|written| written.as_string()).unwrap_or_default()
    }

    pub(crate) fn category(&self, number: f64) -> String {
        self.plural.select(number).into()
    }
}

/// A whole number of any length.
pub(crate) fn grouped(digits: &str, locale: &str) -> String {
    let number = BigInt::new(&digits.into()).ok();
    let written =
        number.and_then(|number| number.to_locale_string(&locale.into(), &JsValue::UNDEFINED).as_string());
    written.unwrap_or_else(|| digits.to_owned())
}

/// The day of a time.
pub(crate) fn date(milliseconds: f64, locale: &str) -> String {
    Date::new(&milliseconds.into()).to_locale_date_string(locale, &Object::new()).into()
}

/// Several things, with an `and`.
pub(crate) fn list(things: &[String], locale: &str) -> String {
    let things: Array = things.iter().map(|thing| JsValue::from_str(thing)).collect();
    Intl::ListFormat::new(&locales(locale), &Object::new()).format(&things).into()
}

/// In small letters.
pub(crate) fn lower_case(text: &str) -> String {
    JsString::from(text).to_lower_case().into()
}

fn locales(locale: &str) -> Array {
    Array::of1(&locale.into())
}
