//! Light or dark.

use crate::browser::{document, storage};

/// Where the choice is kept.
const KEY: &str = "theme";

/// Which colours the page has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Those of the system.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// Every theme, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// What the user chose here before.
    pub(crate) fn chosen() -> Self {
        let name = storage().and_then(|storage| storage.get_item(KEY).ok().flatten());
        Self::ALL.into_iter().find(|theme| Some(theme.name()) == name.as_deref()).unwrap_or_default()
    }

    /// The theme that the page has now.
    pub(crate) fn shown() -> Self {
        let name = document().document_element().and_then(|root| root.get_attribute("data-theme"));
        Self::ALL.into_iter().find(|theme| Some(theme.name()) == name.as_deref()).unwrap_or_default()
    }

    /// Uses this theme, now and on later visits.
    pub(crate) fn choose(self) {
        self.apply();
        // Browsers that store nothing forget the choice.
        let _ = storage().map(|storage| storage.set_item(KEY, self.name()));
    }

    /// Uses this theme.
    pub(crate) fn apply(self) {
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-theme", self.name());
        }
    }

    /// What it is called where the choice is kept.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}
