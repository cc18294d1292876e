//! What the user does.

use std::rc::Rc;

use host::browser::{document, window};
use host::player::{self, OFFERED_SPEEDS};
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
        self.on(&elements.speed, "change", |player, _| {
            let place = player.elements.speed.selected_index();
            if let Some(speed) = OFFERED_SPEEDS.get(place.max(0) as usize) {
                player::set_speed(&player.elements.media, *speed);
            }
        });
        self.on(&elements.subtitles, "change", |player, _| {
            let place = player.elements.subtitles.selected_index();
            player.show_subtitles(usize::try_from(place).ok().and_then(|place| place.checked_sub(1)));
        });
        self.on(&elements.picture_in_picture, "click", |player, _| {
            player::toggle_picture_in_picture(&player.elements.media);
        });
        self.on(&document(), "fullscreenchange", |_, _| {});
        self.on(&window(), "resize", |_, _| {});
        self.on(&document(), "keydown", Self::press);
    }

    fn press(self: &Rc<Self>, event: &Event) {
        let media = &self.elements.media;
        let subtitles = !self.subtitles.borrow().is_empty();
        let reach = Reach { alone: true, subtitles, ..Reach::default() };
        match player::deed(event.unchecked_ref::<KeyboardEvent>(), Some(media), reach) {
            Some(Deed::Toggle) => self.toggle(),
            Some(Deed::FullScreen) => self.toggle_full_screen(),
            Some(Deed::Subtitles) => self.toggle_subtitles(),
            Some(deed) => player::adjust(media, deed),
            None => {}
        }
    }

    fn toggle_full_screen(&self) {
        player::toggle_full_screen(&self.elements.frame, Some(&self.elements.media));
    }
}
