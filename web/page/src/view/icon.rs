//! Icons, drawn as strokes in the colour of the text beside them.

use yew::prelude::*;

/// One icon, as the `d` of its path in a square of 24.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Icon(&'static str);

impl Icon {
    pub(crate) const SHARE: Self = Self("M12 16V4m0 0L7 9m5-5 5 5M4 15v3a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-3");
    pub(crate) const COPY: Self = Self(
        "M9 9h10a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H9a1 1 0 0 1-1-1V10a1 1 0 0 1 1-1zM16 9V5a1 1 0 0 0-1-1H5a1 1 0 0 0-1 1v10a1 1 0 0 0 1 1h3",
    );
    pub(crate) const CHECK: Self = Self("m5 13 4 4L19 7");
    pub(crate) const PAUSE: Self = Self("M8 5v14M16 5v14");
    pub(crate) const RESUME: Self = Self("M8 5.5v13l10-6.5z");
    pub(crate) const REMOVE: Self = Self("M5 7h14M10 7V5h4v2M7 7l1 12h8l1-12M10 11v5M14 11v5");
    pub(crate) const SAVE: Self = Self("M12 4v11m0 0-5-5m5 5 5-5M5 20h14");
    pub(crate) const BACK: Self = Self("M15 5l-7 7 7 7");
    pub(crate) const FOLDED: Self = Self("m9 6 6 6-6 6");
    pub(crate) const CLOSE: Self = Self("M6 6l12 12M18 6 6 18");
    pub(crate) const WARNING: Self = Self("M12 4 2.8 20h18.4zM12 10v4M12 17v.2");
    pub(crate) const INFO: Self = Self("M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5M12 8v.2");
    pub(crate) const SETTINGS: Self = Self(
        "M4 7h10M18 7h2M4 17h2M10 17h10M16 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM8 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
    );
    pub(crate) const HELP: Self = Self(
        "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.5 9.5a2.5 2.5 0 1 1 3.6 2.2c-.7.4-1.1 1-1.1 1.8M12 16.6v.2",
    );
    pub(crate) const EMBED: Self = Self("m8 7-5 5 5 5M16 7l5 5-5 5M13 5l-2 14");
    pub(crate) const QR: Self =
        Self("M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2h-2zM18 14h2M14 18v2M18 18h2v2h-2z");
    pub(crate) const ADD: Self = Self("M12 5v14M5 12h14");
    pub(crate) const DOWN: Self = Self("M12 5v14m0 0-6-6m6 6 6-6");
    pub(crate) const UP: Self = Self("M12 19V5m0 0-6 6m6-6 6 6");

    /// The icon, hidden from screen readers: its button or text says what it means.
    pub(crate) fn draw(self) -> Html {
        html! {
            <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d={self.0} /></svg>
        }
    }
}
