//! What the user does.

use std::rc::Rc;

use host::browser::{document, window};
use host::player;
use media::keys::{Deed, Reach};
use wasm_bindgen::JsCast as _;
use web_sys::{Event, KeyboardEvent};

use super::Player;

impl Player {
    pub(super) fn listen_to_user(self: &Rc<Self>) {
        let elements = &self.elements;
        self.on(&elements.start, "click", |player, _| player.toggle());
        self.on(&elements.play, "click", |player, _| player.toggle());
        self.on(&elements.media, "click", |player, _| player.toggle());
        self.on(&elements.media, "dblclick", |player, _| player.toggle_full_screen());
        self.on(&elements.seek, "input", |player, _| {
            player::go_to(&player.elements.media, player.elements.chosen_place());
        });
        self.on(&elements.volume, "input", |player, _| {
            player.elements.media.set_volume(player.elements.volume.value_as_number());
            player.elements.media.set_muted(false);
        });
        self.on(&elements.mute, "click", |player, _| player::adjust(&player.elements.media, Deed::Mute));
        self.on(&elements.full_screen, "click", |player, _| player.toggle_full_screen());
        self.on(&document(), "fullscreenchange", |_, _| {});
        self.on(&window(), "resize", |_, _| {});
        self.on(&document(), "keydown", Self::press);
    }

    fn press(self: &Rc<Self>, event: &Event) {
        let media = &self.elements.media;
        let reach = Reach { alone: true, ..Reach::default() };
        match player::deed(event.unchecked_ref::<KeyboardEvent>(), Some(media), reach) {
            Some(Deed::Toggle) => self.toggle(),
            Some(Deed::FullScreen) => self.toggle_full_screen(),
            Some(deed) => player::adjust(media, deed),
            None => {}
        }
    }

    fn toggle_full_screen(&self) {
        player::toggle_full_screen(&self.elements.frame, Some(&self.elements.media));
    }
}
