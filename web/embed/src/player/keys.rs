//! What the user does.

use std::rc::Rc;

use host::browser::{document, window};
use web_sys::{Event, KeyboardEvent};

use super::Player;
use crate::elements::{has_keys_of_its_own, listen};

/// Seconds that an arrow key winds.
const LEAP: f64 = 5.0;
/// How much louder an arrow key makes it, of 1.
const LOUDER: f64 = 0.1;

impl Player {
    pub(super) fn listen_to_user(self: &Rc<Self>) {
        let elements = &self.elements;
        for button in [&elements.start, &elements.play] {
            let player = self.clone();
            listen(button, "click", move |_: Event| player.toggle());
        }
        let player = self.clone();
        listen(&elements.media, "click", move |_: Event| player.toggle());
        let player = self.clone();
        listen(&elements.media, "dblclick", move |_: Event| player.elements.toggle_full_screen());
        let player = self.clone();
        listen(&elements.seek, "input", move |_: Event| {
            player.seek(player.elements.chosen_place());
        });
        let player = self.clone();
        listen(&elements.volume, "input", move |_: Event| {
            player.elements.media.set_volume(player.elements.volume.value_as_number());
            player.elements.media.set_muted(false);
        });
        let player = self.clone();
        listen(&elements.mute, "click", move |_: Event| player.toggle_sound());
        let player = self.clone();
        listen(&elements.full_screen, "click", move |_: Event| player.elements.toggle_full_screen());
        let player = self.clone();
        listen(&document(), "fullscreenchange", move |_: Event| player.draw());
        let player = self.clone();
        listen(&window(), "resize", move |_: Event| player.draw());
        let player = self.clone();
        listen(&document(), "keydown", move |event: KeyboardEvent| player.press(&event));
    }

    fn press(self: &Rc<Self>, event: &KeyboardEvent) {
        let key = event.key();
        if event.ctrl_key()
            || event.meta_key()
            || event.alt_key()
            || has_keys_of_its_own(event.target(), &key)
        {
            return;
        }
        let media = &self.elements.media;
        let louder = |by: f64| media.set_volume((media.volume() + by).clamp(0.0, 1.0));
        match &*key {
            " " | "k" => self.toggle(),
            "ArrowLeft" => self.seek(media.current_time() - LEAP),
            "ArrowRight" => self.seek(media.current_time() + LEAP),
            "j" => self.seek(media.current_time() - 2.0 * LEAP),
            "l" => self.seek(media.current_time() + 2.0 * LEAP),
            "Home" => self.seek(0.0),
            "End" => self.seek(media.duration()),
            "ArrowUp" => louder(LOUDER),
            "ArrowDown" => louder(-LOUDER),
            "m" => self.toggle_sound(),
            "f" => self.elements.toggle_full_screen(),
            _ => return,
        }
        event.prevent_default();
    }
}
