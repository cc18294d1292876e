//! What keys mean to a player. Those who know other players know them.

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Deed {
    /// Play, or stop.
    Toggle,
    /// Go so many seconds on, or back.
    Skip(f64),
    /// Go to this share of all, 0 to 1.
    To(f64),
    /// So much louder, of 1.
    Louder(f64),
    /// Sound off, or on.
    Mute,
    /// So much faster, of the usual speed.
    Faster(f64),
    /// Fill the screen, or no more.
    FullScreen,
    /// As wide as the window, or no more.
    Theatre,
    /// Show subtitles, or no more.
    Subtitles,
    /// Show what comes before this in the list.
    Previous,
    /// Show what comes next.
    Next,
}

/// What there is to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Something plays, or could.
    pub plays: bool,
    /// It is known how long it plays.
    pub length: bool,
    /// It has subtitles.
    pub subtitles: bool,
    /// Something comes before it in the list.
    pub previous: bool,
    /// Something comes next.
    pub next: bool,
    /// There is room to be wider.
    pub wide: bool,
    /// The player fills its window: there is nothing that arrow keys, Home and End could scroll.
    pub alone: bool,
}

/// What has the focus, and so the first claim to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// Nothing that knows keys.
    Nothing,
    /// A media element with the browser's own controls.
    Media,
    /// What is pressed: a button, a checkbox, a summary.
    Button,
    /// A slider.
    Slider,
    /// What is typed into, or chosen from.
    Field,
}

impl Focus {
    /// That of an element with this tag, in any case. `kind` is the type of an `<input>`, `controls` whether it shows the
    /// browser's own.
    #[must_use]
    pub fn of(tag: &str, kind: &str, controls: bool) -> Self {
        let is = |tags: &[&str]| tags.iter().any(|other| tag.eq_ignore_ascii_case(other));
        if is(&["button", "summary"]) {
            Self::Button
        } else if is(&["select", "textarea"]) {
            Self::Field
        } else if is(&["video", "audio"]) && controls {
            Self::Media
        } else if !is(&["input"]) {
            Self::Nothing
        } else {
            match kind {
                "range" => Self::Slider,
                "button" | "submit" | "reset" | "image" | "file" | "checkbox" | "color" => Self::Button,
                _ => Self::Field,
            }
        }
    }

    /// Whether a key means something to it already.
    fn knows(self, key: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Media => key == " " || scrolls(key),
            Self::Button => key == " ",
            Self::Slider => scrolls(key),
            Self::Field => true,
        }
    }
}

/// What a key asks for that is called so in `KeyboardEvent.key`, and pressed without Ctrl, Alt or Meta. `None` if it means
/// something to what has the focus, or there is nothing to do.
#[must_use]
pub fn deed(key: &str, focus: Focus, reach: Reach) -> Option<Deed> {
    if focus.knows(key) || (scrolls(key) && !reach.alone) {
        return None;
    }
    let deed = match key {
        " " | "k" => Deed::Toggle,
        "j" => Deed::Skip(-10.0),
        "l" => Deed::Skip(10.0),
        "ArrowLeft" => Deed::Skip(-5.0),
        "ArrowRight" => Deed::Skip(5.0),
        "Home" => Deed::To(0.0),
        "End" => Deed::To(1.0),
        "ArrowUp" => Deed::Louder(0.1),
        "ArrowDown" => Deed::Louder(-0.1),
        "m" => Deed::Mute,
        "f" => Deed::FullScreen,
        "t" => Deed::Theatre,
        "c" => Deed::Subtitles,
        "p" => Deed::Previous,
        "n" => Deed::Next,
        "<" => Deed::Faster(-0.25),
        ">" => Deed::Faster(0.25),
        _ => match key.as_bytes() {
            [digit @ b'0'..=b'9'] => Deed::To(f64::from(digit - b'0') / 10.0),
            _ => return None,
        },
    };
    let possible = match deed {
        Deed::Skip(_) | Deed::To(_) => reach.plays && reach.length,
        Deed::Theatre => reach.plays && reach.wide,
        Deed::Subtitles => reach.plays && reach.subtitles,
        Deed::Previous => reach.previous,
        Deed::Next => reach.next,
        Deed::Toggle | Deed::Louder(_) | Deed::Mute | Deed::Faster(_) | Deed::FullScreen => reach.plays,
    };
    possible.then_some(deed)
}

/// Whether a key moves what is in a window, where nothing else is to be done with it.
fn scrolls(key: &str) -> bool {
    key.starts_with("Arrow") || key == "Home" || key == "End"
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Reach = Reach {
        plays: true,
        length: true,
        subtitles: true,
        previous: true,
        next: true,
        wide: true,
        alone: true,
    };

    /// Every key that means something, and what.
    const TABLE: [(&str, Deed); 28] = [
        (" ", Deed::Toggle),
        ("k", Deed::Toggle),
        ("j", Deed::Skip(-10.0)),
        ("l", Deed::Skip(10.0)),
        ("ArrowLeft", Deed::Skip(-5.0)),
        ("ArrowRight", Deed::Skip(5.0)),
        ("Home", Deed::To(0.0)),
        ("End", Deed::To(1.0)),
        ("ArrowUp", Deed::Louder(0.1)),
        ("ArrowDown", Deed::Louder(-0.1)),
        ("m", Deed::Mute),
        ("f", Deed::FullScreen),
        ("t", Deed::Theatre),
        ("c", Deed::Subtitles),
        ("p", Deed::Previous),
        ("n", Deed::Next),
        ("<", Deed::Faster(-0.25)),
        (">", Deed::Faster(0.25)),
        ("0", Deed::To(0.0)),
        ("1", Deed::To(0.1)),
        ("2", Deed::To(0.2)),
        ("3", Deed::To(0.3)),
        ("4", Deed::To(0.4)),
        ("5", Deed::To(0.5)),
        ("6", Deed::To(0.6)),
        ("7", Deed::To(0.7)),
        ("8", Deed::To(0.8)),
        ("9", Deed::To(0.9)),
    ];

    fn known(focus: Focus, reach: Reach) -> Vec<&'static str> {
        TABLE.iter().map(|(key, _)| *key).filter(|key| deed(key, focus, reach).is_some()).collect()
    }

    // Issue 12, 5.
    #[test]
    fn each_key_means_the_same_wherever_the_player_stands() {
        for (key, meaning) in TABLE {
            assert_eq!(deed(key, Focus::Nothing, ALL), Some(meaning), "{key}");
        }
        for key in ["", "K", "Enter", "Escape", "Tab", "12", "٣", "PageDown", "F5", "/"] {
            assert_eq!(deed(key, Focus::Nothing, ALL), None, "{key}");
        }
    }

    // Issue 12, 5.
    #[test]
    fn no_key_is_taken_from_a_text_field_or_a_button() {
        assert!(known(Focus::Field, ALL).is_empty());
        assert_eq!(deed(" ", Focus::Button, ALL), None);
        assert_eq!(deed("m", Focus::Button, ALL), Some(Deed::Mute), "a button has no use for it");
        for key in ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"] {
            assert_eq!(deed(key, Focus::Slider, ALL), None, "{key}");
            assert_eq!(deed(key, Focus::Media, ALL), None, "{key}");
        }
        assert_eq!(deed(" ", Focus::Media, ALL), None, "it would be done twice");
        assert_eq!(deed(" ", Focus::Slider, ALL), Some(Deed::Toggle));
    }

    #[test]
    fn what_scrolls_a_page_is_left_to_it() {
        let within = Reach { alone: false, ..ALL };
        for key in ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"] {
            assert_eq!(deed(key, Focus::Button, within), None, "{key}");
            assert!(deed(key, Focus::Button, ALL).is_some(), "{key}");
        }
        assert_eq!(deed("l", Focus::Button, within), Some(Deed::Skip(10.0)));
    }

    // Issue 12, 5.
    #[test]
    fn a_key_for_which_there_is_nothing_to_do_means_nothing() {
        let without = |change: fn(&mut Reach)| {
            let mut reach = ALL;
            change(&mut reach);
            let left = known(Focus::Nothing, reach);
            TABLE.iter().map(|(key, _)| *key).filter(|key| !left.contains(key)).collect::<Vec<_>>()
        };
        assert_eq!(without(|reach| reach.subtitles = false), ["c"]);
        assert_eq!(without(|reach| reach.wide = false), ["t"]);
        assert_eq!(without(|reach| reach.previous = false), ["p"]);
        assert_eq!(without(|reach| reach.next = false), ["n"]);
        let winding = without(|reach| reach.length = false);
        assert!(
            winding.iter().all(|key| !matches!(*key, "k" | "m" | "f" | "t" | "c" | "n" | "p" | "<" | ">"))
        );
        assert_eq!(winding.len(), 16);
        let picture = Reach { plays: false, ..ALL };
        assert_eq!(known(Focus::Nothing, picture), ["p", "n"], "a picture is one of a list, too");
        assert!(known(Focus::Nothing, Reach::default()).is_empty());
    }

    #[test]
    fn an_element_has_the_keys_of_its_kind() {
        for (tag, kind, controls, focus) in [
            ("BUTTON", "submit", false, Focus::Button),
            ("summary", "", false, Focus::Button),
            ("INPUT", "text", false, Focus::Field),
            ("INPUT", "number", false, Focus::Field),
            ("INPUT", "", false, Focus::Field),
            ("INPUT", "radio", false, Focus::Field),
            ("INPUT", "range", false, Focus::Slider),
            ("INPUT", "file", false, Focus::Button),
            ("INPUT", "checkbox", false, Focus::Button),
            ("SELECT", "select-one", false, Focus::Field),
            ("TEXTAREA", "textarea", false, Focus::Field),
            ("VIDEO", "", true, Focus::Media),
            ("VIDEO", "", false, Focus::Nothing),
            ("A", "", false, Focus::Nothing),
            ("BODY", "", false, Focus::Nothing),
        ] {
            assert_eq!(Focus::of(tag, kind, controls), focus, "{tag} {kind}");
        }
    }
}
