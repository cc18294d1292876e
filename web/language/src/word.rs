//! One message.

use std::fmt;

use crate::catalogue::{COUNT, fill, form};
use crate::{SPOKEN, number};

/// A message of a program.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// In English.
    pub english: &'static str,
    /// Its place among the program's messages.
    pub place: usize,
}

/// A message in whatever language is spoken when it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word(&'static Entry);

impl Word {
    /// The word of an entry.
    #[must_use]
    pub const fn of(entry: &'static Entry) -> Self {
        Self(entry)
    }

    /// As it is written.
    #[must_use]
    pub fn text(self) -> &'static str {
        SPOKEN.with_borrow(|spoken| spoken.texts.get(self.0.place).copied().unwrap_or(self.0.english))
    }

    /// With these values in place of their names.
    #[must_use]
    pub fn with(self, values: &[(&str, &str)]) -> String {
        fill(self.text(), values)
    }

    /// The form that goes with a number, with that and these values.
    #[must_use]
    pub fn counted(self, count: u64, values: &[(&str, &str)]) -> String {
        let form = form(self.text(), &number::category(count));
        let count = number::whole(count);
        let values: Vec<(&str, &str)> = values.iter().copied().chain([(COUNT, &*count)]).collect();
        fill(form, &values)
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl From<Word> for String {
    fn from(word: Word) -> Self {
        word.text().to_owned()
    }
}

#[cfg(feature = "yew")]
mod in_html {
    use yew::AttrValue;
    use yew::html::IntoPropValue;
    use yew::virtual_dom::{VNode, VText};

    use super::Word;

    impl IntoPropValue<AttrValue> for Word {
        fn into_prop_value(self) -> AttrValue {
            AttrValue::Static(self.text())
        }
    }

    impl IntoPropValue<Option<AttrValue>> for Word {
        fn into_prop_value(self) -> Option<AttrValue> {
            Some(AttrValue::Static(self.text()))
        }
    }

    impl IntoPropValue<VNode> for Word {
        fn into_prop_value(self) -> VNode {
            VText::new(AttrValue::Static(self.text())).into()
        }
    }
}
