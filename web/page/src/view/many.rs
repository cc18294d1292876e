//! What can be done with many torrents at once. Where there is one, it is done there.

use std::rc::Rc;

use protocol::TorrentView;
use yew::prelude::*;

use crate::controls::Controls;
use crate::session::{Action, Dialog, Picked, Session, can_pause, can_resume};
use crate::view::icon::Icon;
use crate::words;

/// Buttons for all torrents of the list; while the user picks some, for those.
pub(crate) fn many(session: &Session, controls: Controls) -> Html {
    let torrents = &session.list.torrents;
    let picked = session.shown.picked.as_ref();
    if torrents.len() < 2 && picked.is_none() {
        return Html::default();
    }
    let picking = picked.is_some();
    let turn = Callback::from(move |_: MouseEvent| controls.dispatch(Action::Picking(!picking)));
    html! {
        <div class={classes!("actions", "many-at-once", picking.then_some("picking"))} role="group"
            aria-label={words::MANY}>
            // The same in both, so that it keeps the focus.
            <button key="turn" data-testid="pick-many" onclick={turn}>
                { if picking { words::DONE } else { words::PICK } }
            </button>
            { match picked {
                Some(picked) => for_picked(picked, torrents, controls),
                None => for_all(torrents, controls),
            } }
        </div>
    }
}

/// Ends the picking by Escape.
pub(crate) fn on_key(controls: Controls) -> Callback<KeyboardEvent> {
    Callback::from(move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            controls.dispatch(Action::Picking(false));
        }
    })
}

fn for_all(torrents: &Rc<Vec<TorrentView>>, controls: Controls) -> Html {
    let with_all = |act: fn(Controls, &[TorrentView])| {
        let torrents = torrents.clone();
        Callback::from(move |_: MouseEvent| act(controls, &torrents))
    };
    html! {
        <>
            if torrents.iter().any(can_pause) {
                <button key="pause" data-testid="pause-all" onclick={with_all(|controls, all| controls.pause_all(all))}>
                    { Icon::PAUSE.draw() }{ words::PAUSE_ALL }
                </button>
            }
            if torrents.iter().any(can_resume) {
                <button key="resume" data-testid="resume-all" onclick={with_all(|controls, all| controls.resume_all(all))}>
                    { Icon::RESUME.draw() }{ words::RESUME_ALL }
                </button>
            }
        </>
    }
}

fn for_picked(picked: &Picked, torrents: &Rc<Vec<TorrentView>>, controls: Controls) -> Html {
    let with_picked = |act: fn(Controls, Vec<&TorrentView>)| {
        let (picked, torrents) = (picked.clone(), torrents.clone());
        Callback::from(move |_: MouseEvent| act(controls, picked.of(&torrents).collect()))
    };
    let all = Callback::from(move |_: MouseEvent| controls.dispatch(Action::PickAll));
    let remove = Callback::from(move |_: MouseEvent| controls.dialog(Some(Dialog::RemovePicked)));
    let count = picked.of(torrents).count();
    let none = |could: fn(&TorrentView) -> bool| !picked.of(torrents).any(could);
    html! {
        <>
            <button key="all" data-testid="pick-all" onclick={all}>
                { if count == torrents.len() { words::PICK_NONE } else { words::PICK_ALL } }
            </button>
            <button key="pause" data-testid="pause-picked" disabled={none(can_pause)}
                onclick={with_picked(|controls, picked| controls.pause_all(picked))}>
                { Icon::PAUSE.draw() }{ words::PAUSE }
            </button>
            <button key="resume" data-testid="resume-picked" disabled={none(can_resume)}
                onclick={with_picked(|controls, picked| controls.resume_all(picked))}>
                { Icon::RESUME.draw() }{ words::RESUME }
            </button>
            <button key="copy" data-testid="copy-picked" disabled={count == 0}
                onclick={with_picked(|controls, picked| controls.copy_links(picked))}>
                { Icon::COPY.draw() }{ words::COPY_LINKS }
            </button>
            <button key="remove" data-testid="remove-picked" disabled={count == 0} onclick={remove}>
                { Icon::REMOVE.draw() }{ words::REMOVE }
            </button>
            <p key="count" class="hint" role="status">{ words::picked(count as u64) }</p>
        </>
    }
}
