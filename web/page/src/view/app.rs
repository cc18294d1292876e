//! The whole page: its state, its frame, and what ties it to the window.

use std::rc::Rc;

use gloo_timers::callback::Interval;
use metainfo::InfoHash;
use protocol::Command;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{BeforeUnloadEvent, ClipboardEvent, DragEvent, Element, Event, HtmlElement};
use yew::prelude::*;

use crate::browser::{self, window};
use crate::chosen;
use crate::controls::Controls;
use crate::dragged::Dragged;
use crate::installed;
use crate::notification;
use crate::session::{Action, Dialog, EngineState, Session, View};
use crate::view::HEADING;
use crate::view::debug::debug;
use crate::view::dialogs::dialog;
use crate::view::first_visit::first_visit;
use crate::view::home::home;
use crate::view::icon::Icon;
use crate::view::notices::notices;
use crate::view::torrent::torrent_page;
use crate::wake_lock::WakeLock;
use crate::words::{self, visitors};
use host::link;

/// The page.
#[component]
pub(crate) fn App() -> Html {
    let session = use_state(|| Rc::new(Session::new(language::spoken())));
    let controls = *use_memo((), |()| Controls::new((*session).clone(), session.setter()));
    let dragging = use_state_eq(|| None::<Dragged>);

    use_engine(controls);
    use_address(&session, controls);
    use_title(&session);
    use_visibility(controls);
    use_notification(&session);
    use_wake_lock(session.keeps_awake());
    use_paste(controls);
    use_warning_before_leaving(session.would_lose_work());
    use_effect_with(session.shown.in_view(), {
        move |in_view: &Option<InfoHash>| controls.command(Command::Watch(*in_view))
    });

    let on_drag_over = {
        let dragging = dragging.clone();
        Callback::from(move |event: DragEvent| {
            event.prevent_default();
            dragging.set(event.data_transfer().and_then(|transfer| chosen::dragged(&transfer)));
        })
    };
    let on_drag_leave = {
        let dragging = dragging.clone();
        Callback::from(move |event: DragEvent| {
            // Also fires between the parts of the page; only outside of it is there nothing next.
            if event.related_target().is_none() {
                dragging.set(None);
            }
        })
    };
    let on_drop = {
        let dragging = dragging.clone();
        Callback::from(move |event: DragEvent| {
            // By the player, which takes subtitles.
            let taken = event.default_prevented();
            event.prevent_default();
            dragging.set(None);
            if let (false, Some(transfer)) = (taken, event.data_transfer()) {
                controls.take_transfer(&transfer);
            }
        })
    };
    let go_home = Callback::from(move |event: MouseEvent| {
        event.prevent_default();
        controls.show(View::Home);
    });
    let open = |dialog: Dialog| Callback::from(move |_: MouseEvent| controls.dialog(Some(dialog)));
    let content = match (&session.engine, session.shown.view) {
        (EngineState::Failed(why), _) => obstacle(why),
        _ if session.first_visit => first_visit(session.has_relay, controls),
        (_, View::Home) => home(&session, controls),
        (_, View::Debug) => debug(&session, controls),
        (_, view) => torrent_page(&session, view, controls),
    };
    html! {
            <div class={classes!("page", dragging.map(|_| "dragging"))}
                ondragover={on_drag_over} ondragleave={on_drag_leave} ondrop={on_drop}>
                <header class="bar">
                    <a class="brand" href="./" onclick={go_home}>{ words::NAME }</a>
                    <nav aria-label={words::MENU}>
                        <button class="quiet" data-testid="settings" onclick={open(Dialog::Settings)}>
                            { Icon::SETTINGS.draw() }{ words::SETTINGS }
                        </button>
                        <button class="quiet" onclick={open(Dialog::Help)}>
                            { Icon::HELP.draw() }{ words::HELP }
                        </button>
                    </nav>
                </header>
                // What is drawn in another language is drawn anew, also where nothing else has changed.
                <main key={session.language.tag()}>
                    if session.storage.is_some_and(|storage| storage.temporary) {
                        <p class="panel" data-testid="notice">{ Icon::WARNING.draw() }{ words::STORAGE_NONE }</p>
                    }
                    { content }
                </main>
                <footer class="foot">
                    if let Some(storage) = session.storage {
                        <span data-testid="storage">{ words::storage(&storage) }</span>
                    }
                </footer>
                { notices(&session.notices.shown, controls) }
                { dialog(&session, controls) }
                if let Some(dragged) = *dragging { { drop_place(dragged, &session) } }
            </div>
    }
}

/// Why the page cannot be used.
fn obstacle(why: &str) -> Html {
    let reload = Callback::from(|_: MouseEvent| drop(window().location().reload()));
    html! {
        <section class="obstacle card" data-testid="notice">
            <h1 id={HEADING} tabindex="-1">{ words::FAILED }</h1>
            <p>{ why }</p>
            <button class="primary" onclick={reload}>{ words::RELOAD }</button>
        </section>
    }
}

/// Says where what is dragged goes if it is dropped. Whoever drags sees the page, so nobody else has to hear of it.
fn drop_place(dragged: Dragged, session: &Session) -> Html {
    let (what, besides) = words::drop_place(dragged, session);
    html! {
        <div class="drop-place" data-testid="drop-place" aria-hidden="true">
            <p class="card"><b>{ what }</b>if let Some(besides) = besides { <span class="hint">{ besides }</span> }</p>
        </div>
    }
}

/// Takes what is pasted anywhere but into a field.
#[hook]
fn use_paste(controls: Controls) {
    use_effect_with((), move |()| {
        let on_paste = Closure::<dyn Fn(ClipboardEvent)>::new(move |event: ClipboardEvent| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let in_field =
                target.is_some_and(|target| matches!(target.closest("input, textarea"), Ok(Some(_))));
            if !in_field && let Some(transfer) = event.clipboard_data() {
                event.prevent_default();
                controls.take_transfer(&transfer);
            }
        });
        browser::document().set_onpaste(Some(on_paste.as_ref().unchecked_ref()));
        move || {
            browser::document().set_onpaste(None);
            drop(on_paste);
        }
    });
}

/// Starts the engine, opens the link in the address, and lets the clock tick.
#[hook]
fn use_engine(controls: Controls) {
    use_effect_with((), move |()| {
        installed::listen();
        spawn_local(controls.run());
        let clock = Interval::new(1000, move || controls.dispatch(Action::Tick));
        move || drop(clock)
    });
}

/// Keeps the page's address and its view in step: a torrent's address is its share link, without the key of what is
/// sealed, and the browser's back button leads back.
#[hook]
fn use_address(session: &Session, controls: Controls) {
    use_effect_with((), {
        move |()| {
            let on_change = Closure::<dyn Fn(Event)>::new(move |_| {
                if browser::fragment().is_empty() {
                    controls.note_address();
                    controls.show(View::Home);
                } else {
                    controls.open_address();
                }
            });
            let listener: &js_sys::Function = on_change.as_ref().unchecked_ref();
            window().set_onhashchange(Some(listener));
            move || drop(on_change)
        }
    });
    let was_elsewhere = use_mut_ref(|| false);
    let magnet = session.shown.in_view().and_then(|info_hash| session.list.torrent(info_hash));
    let magnet = magnet.map(|torrent| {
        if session.keeps_key_of(torrent) { link::locked(&torrent.magnet) } else { torrent.magnet.clone() }
    });
    use_effect_with((session.shown.view, magnet), move |(view, magnet)| {
        let shown = browser::fragment();
        match (view, magnet) {
            (View::Torrent(info_hash), Some(magnet)) => {
                *was_elsewhere.borrow_mut() = true;
                if link::parse(&shown)
                    .is_ok_and(|shown| shown.hashes.swarms().any(|swarm| swarm == *info_hash))
                {
                    return;
                }
                browser::push_address(Some(magnet));
                controls.note_address();
            }
            (View::Debug, _) => *was_elsewhere.borrow_mut() = true,
            // At first the address may hold a link that is still to be opened.
            (View::Home, _) if *was_elsewhere.borrow() && !shown.is_empty() => {
                browser::push_address(None);
                controls.note_address();
            }
            _ => {}
        }
    });
}

/// Names the torrent in view, and how far it is, or what is new, in the title of the window; and moves the focus to the
/// new view's heading, so that a screen reader reads on from there.
#[hook]
fn use_title(session: &Session) {
    let torrent = session.shown.in_view().and_then(|info_hash| session.list.torrent(info_hash));
    let news = session.list.news.and_then(|info_hash| session.list.torrent(info_hash));
    let opening = session.shown.in_view().map(|_| &*session.shown.opening);
    let title = visitors::title(torrent, news, opening);
    use_effect_with(title, |title| browser::document().set_title(title));
    let first = use_mut_ref(|| true);
    use_effect_with(session.shown.view, move |_| {
        if !first.replace(false)
            && let Some(heading) = browser::document().get_element_by_id(HEADING)
        {
            let _ = heading.unchecked_into::<HtmlElement>().focus();
            window().scroll_to_with_x_and_y(0.0, 0.0);
        }
    });
}

/// Notes whether anybody can see the page.
#[hook]
fn use_visibility(controls: Controls) {
    use_effect_with((), move |()| {
        let note = move || controls.dispatch(Action::Hidden(browser::document().hidden()));
        note();
        let on_change = Closure::<dyn Fn()>::new(note);
        browser::document().set_onvisibilitychange(Some(on_change.as_ref().unchecked_ref()));
        move || {
            browser::document().set_onvisibilitychange(None);
            drop(on_change);
        }
    });
}

/// Notifies the user, who wants it, that everyone has what they share. One of their tabs does.
#[hook]
fn use_notification(session: &Session) {
    let news = session.list.news.filter(|_| session.notifies && !session.follows);
    let news = news.and_then(|info_hash| session.list.torrent(info_hash));
    let news = news.map(|torrent| (torrent.info_hash, visitors::everyone_has_it(torrent)));
    use_effect_with(news, |news| {
        if let Some((info_hash, text)) = news.clone() {
            spawn_local(async move { notification::show(&text, &info_hash.to_string()).await });
        }
    });
}

/// Keeps the screen of a phone on.
#[hook]
fn use_wake_lock(needed: bool) {
    use_effect_with(needed, |needed| {
        let lock = needed.then(WakeLock::request);
        move || drop(lock)
    });
}

/// Lets the browser ask before the page is closed.
#[hook]
fn use_warning_before_leaving(needed: bool) {
    use_effect_with(needed, |needed| {
        let ask = needed.then(|| {
            let ask =
                Closure::<dyn Fn(BeforeUnloadEvent)>::new(|event: BeforeUnloadEvent| event.prevent_default());
            window().set_onbeforeunload(Some(ask.as_ref().unchecked_ref()));
            ask
        });
        move || {
            window().set_onbeforeunload(None);
            drop(ask);
        }
    });
}
