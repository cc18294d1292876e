//! What the page has this program say, in the reader's language.

use host::browser::document;
use js_sys::Number;
use wasm_bindgen::prelude::*;

/// The sentences, by their places in what the page hands over.
#[derive(Debug)]
pub(crate) struct Words(Vec<String>);

impl Words {
    pub(crate) const OPENING: usize = 0;
    pub(crate) const WHEN_COMPLETE: usize = 1;
    pub(crate) const CANNOT_SHOW: usize = 2;
    /// With `{width}` and `{height}`.
    pub(crate) const TOO_MANY_PIXELS: usize = 3;
    /// With `{place}` and `{all}`.
    pub(crate) const PLACE: usize = 4;
    /// What buttons do.
    pub(crate) const FULL_SCREEN: usize = 5;
    pub(crate) const CLOSE: usize = 6;
    pub(crate) const PREVIOUS: usize = 7;
    pub(crate) const NEXT: usize = 8;

    pub(crate) fn say(&self, place: usize) -> &str {
        self.0.get(place).map_or("", String::as_str)
    }

    /// A sentence with two numbers.
    pub(crate) fn fill(&self, place: usize, numbers: [(&str, u32); 2]) -> String {
        let language = document().document_element().and_then(|root| root.get_attribute("lang"));
        let language = language.unwrap_or_default();
        numbers.into_iter().fold(self.say(place).to_owned(), |sentence, (name, number)| {
            let number = Number::from(number).to_locale_string(&language);
            sentence.replace(name, &number.as_string().unwrap_or_default())
        })
    }
}

impl From<JsValue> for Words {
    fn from(words: JsValue) -> Self {
        Self(js_sys::Array::from(&words).iter().map(|word| word.as_string().unwrap_or_default()).collect())
    }
}
