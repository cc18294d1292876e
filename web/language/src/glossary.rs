//! Words that are known by their names.

use crate::catalogue::{fill, messages};
use crate::{browser, spoken};

/// The words of a file of their own, also in English: what few people look at is in no program, and fetched by those who
/// do. None of them is about a number.
#[derive(Debug)]
pub struct Glossary(String);

impl Glossary {
    /// Reads a file.
    #[must_use]
    pub const fn new(file: String) -> Self {
        Self(file)
    }

    /// Fetches the one of this name in the language that is spoken now; `None` if it cannot be had.
    pub async fn fetch(name: &str) -> Option<Self> {
        browser::fetch(&format!("words/{}/{name}.txt", spoken().tag())).await.map(Self)
    }

    /// The message of this key, with `values` in place of `{1}`, `{2}` and so on; `None` if there is no such.
    #[must_use]
    pub fn say(&self, key: &str, values: &[String]) -> Option<String> {
        let (_, text) = messages(&self.0).find(|(known, _)| *known == key)?;
        let names: Vec<String> = (1..=values.len()).map(|place| place.to_string()).collect();
        let values: Vec<(&str, &str)> =
            names.iter().zip(values).map(|(name, value)| (&**name, &**value)).collect();
        Some(fill(text, &values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_known_by_its_name() {
        let glossary = Glossary::new("# Events\nhas = Has {1} of {2}\nleft = Left".to_owned());
        let say = |key, values: &[&str]| {
            glossary.say(key, &values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(say("has", &["3", "{1}"]).as_deref(), Some("Has 3 of {1}"));
        assert_eq!(say("left", &[]).as_deref(), Some("Left"));
        assert_eq!(say("# Events", &[]), None);
        assert_eq!(say("right", &[]), None);
    }
}
