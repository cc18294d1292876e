//! The first screen: what this is, one thing to do, and the torrents of this browser.

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{File, HtmlInputElement, SubmitEvent};
use yew::prelude::*;

use crate::chosen::{self, Chosen};
use crate::controls::Controls;
use crate::session::{EngineState, Session};
use crate::view::app::HEADING;
use crate::view::icon::Icon;
use crate::view::list::List;
use crate::words;

#[derive(PartialEq, Properties)]
pub(crate) struct HomeProps {
    pub(crate) session: UseReducerHandle<Session>,
}

/// The first screen.
#[component]
pub(crate) fn Home(props: &HomeProps) -> Html {
    let session = &props.session;
    let controls = use_context::<Controls>().expect("the first screen is inside the page");
    let sample = Callback::from(move |_: MouseEvent| {
        if let Ok(file) = sample() {
            controls.take(Chosen::of_file(file));
        }
    });
    html! {
        <div class="home">
            <section class="hero">
                <h1 id={HEADING} tabindex="-1">{ words::HEADLINE }</h1>
                <p class="lead">{ words::SENTENCE }</p>
                <Add />
            </section>
            if session.has_others() {
                <section aria-labelledby="yours">
                    <h2 id="yours">{ words::YOUR_FILES }</h2>
                    <List torrents={session.torrents.clone()} shares={session.shares.clone()} view={session.view} />
                </section>
            } else if session.engine == EngineState::Running {
                <section class="empty">
                    <p>{ words::EMPTY }</p>
                    <button onclick={sample}>{ words::TRY_SAMPLE }</button>
                </section>
            }
        </div>
    }
}

/// Every way to add something: files, folders, torrent files, links.
#[component]
pub(crate) fn Add() -> Html {
    html! { <div class="add"><DropTarget /><LinkField /></div> }
}

/// The large target that files are dropped on, which is also a button.
#[component]
fn DropTarget() -> Html {
    let controls = use_context::<Controls>().expect("the drop target is inside the page");
    let (files, folder, torrent) = (use_node_ref(), use_node_ref(), use_node_ref());
    let pick = |input: &NodeRef, as_folder: bool| {
        let (controls, input) = (controls.clone(), input.clone());
        Callback::from(move |_: MouseEvent| match chosen::pick(as_folder) {
            Some(picked) => {
                let controls = controls.clone();
                spawn_local(async move {
                    if let Some(chosen) = picked.await {
                        controls.take(chosen);
                    }
                });
            }
            None => click(&input),
        })
    };
    let open_torrent = {
        let torrent = torrent.clone();
        Callback::from(move |_: MouseEvent| click(&torrent))
    };
    let take = {
        let controls = controls.clone();
        Callback::from(move |event: Event| {
            if let Some(chosen) = taken(&event) {
                controls.take(chosen);
            }
        })
    };
    let take_torrent = {
        let controls = controls.clone();
        Callback::from(move |event: Event| {
            for chosen in taken(&event).into_iter().flat_map(|chosen| chosen.files) {
                controls.open_torrent_file(chosen.file);
            }
        })
    };
    html! {
        <div>
            <button class="drop" onclick={pick(&files, false)}>
                { Icon::SHARE.draw() }
                <span class="drop-title">{ words::DROP_TITLE }</span>
                <span class="drop-hint">{ words::DROP_HINT }</span>
            </button>
            <div class="also">
                <button class="quiet" onclick={pick(&folder, true)}>{ words::CHOOSE_FOLDER }</button>
                <button class="quiet" onclick={open_torrent}>{ words::OPEN_TORRENT_FILE }</button>
            </div>
            <input ref={files} type="file" multiple=true class="unseen" tabindex="-1" data-testid="add-files"
                aria-label={words::DROP_TITLE} onchange={take.clone()} />
            <input ref={folder} type="file" multiple=true class="unseen" tabindex="-1" data-testid="add-folder"
                webkitdirectory=true aria-label={words::CHOOSE_FOLDER} onchange={take} />
            <input ref={torrent} type="file" accept=".torrent,application/x-bittorrent" class="unseen" tabindex="-1"
                data-testid="add-torrent" aria-label={words::OPEN_TORRENT_FILE} onchange={take_torrent} />
        </div>
    }
}

/// The field that accepts a link.
#[component]
fn LinkField() -> Html {
    let controls = use_context::<Controls>().expect("the link field is inside the page");
    let field = use_node_ref();
    let problem = use_state_eq(|| None::<AttrValue>);
    let submit = {
        let (field, problem) = (field.clone(), problem.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let Some(input) = field.cast::<HtmlInputElement>() else { return };
            match controls.open_link(&input.value()) {
                Ok(()) => {
                    controls.keep_storage();
                    input.set_value("");
                    problem.set(None);
                }
                Err(why) => {
                    problem.set(Some(why.into()));
                    let _ = input.focus();
                }
            }
        })
    };
    let forgive = {
        let problem = problem.clone();
        Callback::from(move |_: InputEvent| problem.set(None))
    };
    html! {
        <form class="link" onsubmit={submit} novalidate=true>
            <label for="link-field">{ words::LINK_LABEL }</label>
            <div class="joined">
                <input ref={field} id="link-field" type="text" inputmode="url" autocomplete="off" spellcheck="false"
                    autocapitalize="off" placeholder={words::LINK_PLACEHOLDER} data-testid="add-link"
                    aria-invalid={problem.is_some().to_string()} aria-describedby="link-problem" oninput={forgive} />
                <button type="submit" data-testid="add-link-submit">{ words::OPEN }</button>
            </div>
            <p id="link-problem" class="problem-text" role="alert">
                if let Some(why) = problem.as_ref() {
                    <span data-testid="notice">{ why }</span>
                }
            </p>
        </form>
    }
}

/// What a file input holds; the input is emptied, so that the same files can be chosen again.
fn taken(event: &Event) -> Option<Chosen> {
    let input: HtmlInputElement = event.target()?.dyn_into().ok()?;
    let chosen = Chosen::from_input(&input.files()?);
    input.set_value("");
    (!chosen.files.is_empty()).then_some(chosen)
}

fn click(input: &NodeRef) {
    if let Some(input) = input.cast::<HtmlInputElement>() {
        input.click();
    }
}

/// A small file to try sharing with.
fn sample() -> Result<File, JsValue> {
    File::new_with_str_sequence(&js_sys::Array::of1(&words::SAMPLE_TEXT.into()), words::SAMPLE_NAME)
}
