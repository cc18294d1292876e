//! What lies over the page: help, settings, and the question before something is removed.

use std::rc::Rc;

use language::Language;
use metainfo::{InfoHash, visible};
use web_sys::{HtmlDialogElement, HtmlSelectElement};
use yew::functional::{Hook, HookContext};
use yew::html::IntoPropValue;
use yew::prelude::*;

use crate::chosen::Chosen;
use crate::controls::Controls;
use crate::installed;
use crate::preferences;
use crate::session::{Dialog, Session};
use crate::share::Unreadable;
use crate::theme::Theme;
use crate::view::checkbox::{Checkbox, choice};
use crate::view::embed::embed;
use crate::view::icon::Icon;
use crate::view::limits::limit_fields;
use crate::view::part::Part;
use crate::view::relaying::relay_all;
use crate::words::{self, quantity};

/// So many names are enough to see what is wrong.
const NAMED: usize = 50;

/// The dialog that is open, if one is.
pub(crate) fn dialog(session: &Session, controls: Controls) -> Html {
    match session.shown.dialog {
        None => Html::default(),
        Some(Dialog::Help) => help(controls),
        Some(Dialog::Settings) => settings(session, controls),
        Some(Dialog::Embed(info_hash)) => {
            let torrent = session.list.torrent(info_hash);
            let embed =
                torrent.map(|torrent| modal("embed", words::EMBED, embed(torrent, controls), controls));
            embed.unwrap_or_default()
        }
        Some(Dialog::Remove(info_hash)) => {
            let name = session.list.torrent(info_hash).map(words::name_of).unwrap_or_default();
            remove(vec![info_hash], words::remove_title(&name), controls)
        }
        Some(Dialog::RemovePicked) => {
            let picked = session.shown.picked.iter().flat_map(|picked| picked.of(&session.list.torrents));
            let torrents: Vec<InfoHash> = picked.map(|torrent| torrent.info_hash).collect();
            let title = words::remove_many_title(torrents.len() as u64);
            remove(torrents, title, controls)
        }
        Some(Dialog::Unreadable) => unreadable(&session.work.unreadable, controls),
        Some(Dialog::Handed) => handed(&session.work.handed, controls),
    }
}

/// The dialog of this name.
fn modal(name: &str, title: impl IntoPropValue<AttrValue>, content: Html, controls: Controls) -> Html {
    Modal { controls, title: title.into_prop_value(), content }.keyed(name)
}

/// A modal dialog. The browser holds the focus in it, closes it on Escape, and then gives the focus back.
#[derive(PartialEq)]
struct Modal {
    controls: Controls,
    title: AttrValue,
    content: Html,
}

impl Part for Modal {
    const NAME: &'static str = "dialog";

    fn draw(&self, hooks: &mut HookContext) -> Html {
        use_modal(self).run(hooks)
    }
}

#[hook]
fn use_modal(props: &Modal) -> Html {
    let controls = props.controls;
    let dialog = use_node_ref();
    use_effect_with(dialog.clone(), |dialog| {
        if let Some(dialog) = dialog.cast::<HtmlDialogElement>() {
            // Fails only if it is open.
            let _ = dialog.show_modal();
        }
    });
    let on_close = Callback::from(move |_: Event| controls.dialog(None));
    let on_click = {
        let dialog = dialog.clone();
        Callback::from(move |event: MouseEvent| {
            // Clicks beside the dialog hit the dialog itself and none of its children.
            if let Some(dialog) = dialog.cast::<HtmlDialogElement>()
                && event.target().as_ref() == Some(dialog.as_ref())
            {
                dialog.close();
            }
        })
    };
    html! {
        <dialog ref={dialog} onclose={on_close} onclick={on_click} aria-labelledby="dialog-title">
            <div class="modal">
                <form class="card-head" method="dialog">
                    <h2 id="dialog-title">{ &props.title }</h2>
                    <button class="quiet icon-only" aria-label={words::CLOSE}>{ Icon::CLOSE.draw() }</button>
                </form>
                { props.content.clone() }
            </div>
        </dialog>
    }
}

fn help(controls: Controls) -> Html {
    let content = html! {
        <>
            <dl class="help">
                { for words::QUESTIONS.iter().map(|(question, answer)| html! {
                    <><dt>{ *question }</dt><dd>{ *answer }</dd></>
                }) }
            </dl>
            <p><a href="about" target="_blank">{ words::HELP_ABOUT }</a></p>
        </>
    };
    modal("help", words::HELP, content, controls)
}

fn settings(session: &Session, controls: Controls) -> Html {
    let shown = Theme::shown();
    let keep = Callback::from(move |_: MouseEvent| controls.insist_on_storage());
    let preferences = session.preferences;
    let limit = Callback::from(move |limits| controls.prefer(|preferences| preferences.limits = limits));
    let onchange =
        Callback::from(move |super_seed| controls.prefer(|preferences| preferences.super_seed = super_seed));
    let super_seed = Checkbox { checked: preferences.super_seed, testid: "super-seed", onchange };
    let export = Callback::from(move |_: MouseEvent| controls.export_settings());
    let import = Callback::from(move |event: Event| {
        for chosen in Chosen::of_event(&event).into_iter().flat_map(|chosen| chosen.files) {
            controls.import_settings(chosen.file);
        }
    });
    let content = html! {
        <>
            { language_field(controls) }
            <fieldset class="themes">
                <legend>{ words::THEME }</legend>
                { for Theme::ALL.into_iter().map(|theme| html! {
                    <label>
                        <input type="radio" name="theme" class="unseen" checked={theme == shown}
                            onchange={move |_: Event| theme.choose()} />
                        <span>{ words::theme(theme) }</span>
                    </label>
                }) }
            </fieldset>
            <section>
                <h3>{ words::LIMITS_OF_ALL }</h3>
                { limit_fields(preferences.limits, &limit) }
                { choice(super_seed.html(), words::SUPER_SEED, words::SUPER_SEED_WHY) }
                { relay_all(session, controls) }
            </section>
            <section>
                <h3>{ words::STORAGE }</h3>
                if let Some(storage) = session.storage {
                    <meter max="1" value={quantity::fraction(storage.used as f32 / storage.quota.max(1) as f32)}
                        aria-label={words::STORAGE} />
                    <p>{ words::storage(&storage) }</p>
                    <p class="hint">{ words::storage_lasts(&storage) }</p>
                    if !storage.persisted && !storage.temporary { <button onclick={keep}>{ words::KEEP_STORAGE }</button> }
                } else {
                    <p class="hint">{ words::STORAGE_UNKNOWN }</p>
                }
            </section>
            <section>
                <h3>{ words::MEETING_POINTS }</h3>
                <p class="hint">{ words::MEETING_POINTS_WHY }</p>
                <ul class="trackers">
                    { for session.trackers.iter().map(|url| html! { <li><code class="mono">{ url }</code></li> }) }
                </ul>
            </section>
            if installed::can_open_links() {
                <section>
                    <h3>{ words::LINKS }</h3>
                    <p class="hint">{ words::LINKS_WHY }</p>
                    <button data-testid="open-links" onclick={|_: MouseEvent| installed::open_links()}>{ words::OPEN_LINKS }</button>
                </section>
            }
            <section>
                <h3>{ words::ANOTHER_BROWSER }</h3>
                <p class="hint">{ words::ANOTHER_BROWSER_WHY }</p>
                <div class="actions">
                    <button data-testid="export-settings" onclick={export}>{ words::EXPORT_SETTINGS }</button>
                    <label class="button">
                        { words::IMPORT_SETTINGS }
                        <input type="file" accept=".json,application/json" class="unseen" data-testid="import-settings"
                            onchange={import} />
                    </label>
                </div>
            </section>
            <p class="hint">{ words::version() }</p>
        </>
    };
    modal("settings", words::SETTINGS, content, controls)
}

/// The choice of a language. Each is called as those call it who speak it.
fn language_field(controls: Controls) -> Html {
    let chosen = preferences::language();
    let onchange = Callback::from(move |event: Event| {
        controls
            .choose_language(Language::of_tag(&event.target_unchecked_into::<HtmlSelectElement>().value()));
    });
    html! {
        <label class="field">
            <span>{ words::LANGUAGE }</span>
            <select data-testid="language" {onchange}>
                <option value="" selected={chosen.is_none()}>{ words::LANGUAGE_OF_BROWSER }</option>
                { for Language::ALL.into_iter().map(|language| html! {
                    <option value={language.tag()} lang={language.tag()} selected={chosen == Some(language)}>
                        { language.name() }
                    </option>
                }) }
            </select>
        </label>
    }
}

/// Names what cannot be read, and asks whether to share the rest.
fn unreadable(unreadable: &Unreadable, controls: Controls) -> Html {
    let share = Callback::from(move |_: MouseEvent| controls.share_readable());
    let more = unreadable.paths.len().saturating_sub(NAMED);
    let content = html! {
        <>
            <ul class="names" data-testid="unreadable">
                { for unreadable.paths.iter().take(NAMED).map(|path| html! { <li>{ words::unreadable::path(path) }</li> }) }
                if more > 0 { <li>{ words::and_more(more as u64) }</li> }
            </ul>
            <p>{ words::unreadable::why(unreadable) }</p>
            <div class="stacked">
                if unreadable.others > 0 {
                    <button class="primary" data-testid="share-readable" onclick={share}>
                        { words::share_others(unreadable.others as u64) }
                    </button>
                }
                <form method="dialog"><button class="quiet">{ words::CANCEL }</button></form>
            </div>
        </>
    };
    modal("unreadable", words::unreadable::title(unreadable), content, controls)
}

/// Names what came from another program, and asks whether to share it.
fn handed(names: &[String], controls: Controls) -> Html {
    let share = Callback::from(move |_: MouseEvent| controls.share_handed());
    let more = names.len().saturating_sub(NAMED);
    let content = html! {
        <>
            <ul class="names" data-testid="handed">
                { for names.iter().take(NAMED).map(|name| html! { <li>{ visible(name).into_owned() }</li> }) }
                if more > 0 { <li>{ words::and_more(more as u64) }</li> }
            </ul>
            <p>{ words::HANDED_WHY }</p>
            <div class="stacked">
                <button class="primary" data-testid="share-handed" onclick={share}>{ words::HANDED_SHARE }</button>
                <form method="dialog"><button class="quiet">{ words::CANCEL }</button></form>
            </div>
        </>
    };
    modal("handed", words::handed_title(names.len() as u64), content, controls)
}

/// Asks whether the data of torrents goes too.
fn remove(torrents: Vec<InfoHash>, title: String, controls: Controls) -> Html {
    let torrents = Rc::new(torrents);
    let remove = |delete_data: bool| {
        let torrents = torrents.clone();
        Callback::from(move |_: MouseEvent| controls.remove(&torrents, delete_data))
    };
    let content = html! {
        <>
            <p>{ words::REMOVE_WHY }</p>
            <div class="stacked">
                <button class="danger" data-testid="remove-confirm" onclick={remove(true)}>{ words::REMOVE_DATA }</button>
                <button data-testid="remove-keep-data" onclick={remove(false)}>{ words::REMOVE_ONLY }</button>
                <form method="dialog"><button class="quiet">{ words::CANCEL }</button></form>
            </div>
        </>
    };
    modal("remove", title, content, controls)
}
