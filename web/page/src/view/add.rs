//! Every way to add something.

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlInputElement, SubmitEvent};
use yew::functional::{Hook, HookContext};
use yew::prelude::*;

use crate::browser;
use crate::chosen::{self, Chosen};
use crate::controls::Controls;
use crate::view::icon::Icon;
use crate::view::part::Part;
use crate::words;

/// Names of the inputs behind the buttons.
const FILES_INPUT: &str = "files-input";
const FOLDER_INPUT: &str = "folder-input";
const TORRENT_INPUT: &str = "torrent-input";

/// Every way to add something: files, folders, torrent files, links.
pub(crate) fn add(controls: Controls) -> Html {
    html! { <div class="add">{ drop_target(controls) }{ LinkField { controls }.html() }</div> }
}

/// The large target that files are dropped on, which is also a button.
fn drop_target(controls: Controls) -> Html {
    let pick_files = Callback::from(move |_: MouseEvent| match chosen::pick() {
        Some(picked) => {
            spawn_local(async move {
                if let Some(chosen) = picked.await {
                    controls.take(chosen);
                }
            });
        }
        None => click(FILES_INPUT),
    });
    let pick_folder = Callback::from(|_: MouseEvent| click(FOLDER_INPUT));
    let open_torrent = Callback::from(|_: MouseEvent| click(TORRENT_INPUT));
    let take = Callback::from(move |event: Event| {
        if let Some(chosen) = Chosen::of_event(&event) {
            controls.take(chosen);
        }
    });
    let take_torrent = Callback::from(move |event: Event| {
        for chosen in Chosen::of_event(&event).into_iter().flat_map(|chosen| chosen.files) {
            controls.open_torrent_file(chosen.file);
        }
    });
    html! {
        <div>
            <button class="drop" onclick={pick_files}>
                { Icon::SHARE.draw() }
                <span class="drop-title">{ words::DROP_TITLE }</span>
                <span class="drop-hint">{ words::DROP_HINT }</span>
            </button>
            <div class="also">
                <button class="quiet" onclick={pick_folder}>{ words::CHOOSE_FOLDER }</button>
                <button class="quiet" onclick={open_torrent}>{ words::OPEN_TORRENT_FILE }</button>
            </div>
            // The buttons stand for them, for screen readers, too.
            <input id={FILES_INPUT} type="file" multiple=true class="unseen" tabindex="-1" aria-hidden="true"
                data-testid="add-files" onchange={take.clone()} />
            <input id={FOLDER_INPUT} type="file" multiple=true class="unseen" tabindex="-1" aria-hidden="true"
                data-testid="add-folder" webkitdirectory=true onchange={take} />
            <input id={TORRENT_INPUT} type="file" accept=".torrent,application/x-bittorrent" class="unseen" tabindex="-1"
                aria-hidden="true" data-testid="add-torrent" onchange={take_torrent} />
        </div>
    }
}

/// The field that accepts a link.
#[derive(PartialEq)]
struct LinkField {
    controls: Controls,
}

impl Part for LinkField {
    const NAME: &'static str = "link-field";

    fn draw(&self, hooks: &mut HookContext) -> Html {
        use_link_field(self).run(hooks)
    }
}

#[hook]
fn use_link_field(props: &LinkField) -> Html {
    let controls = props.controls;
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

/// Has the browser ask for files, as a click on this input does.
pub(crate) fn click(input: &str) {
    if let Some(input) = browser::document().get_element_by_id(input) {
        input.unchecked_into::<HtmlInputElement>().click();
    }
}
