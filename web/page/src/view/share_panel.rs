//! The link of a torrent and every way to hand it on; before that, how far the link is.

use host::link;
use protocol::{Command, DataSource, Seal, ShareId, State, TorrentView};
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::functional::{Hook, HookContext};
use yew::prelude::*;

use crate::browser;
use crate::chosen::{self, Chosen};
use crate::controls::Controls;
use crate::notification;
use crate::session::Dialog;
use crate::share::Share;
use crate::view::add::click;
use crate::view::checkbox::Checkbox;
use crate::view::copy::CopyButton;
use crate::view::icon::Icon;
use crate::view::part::Part;
use crate::words::{self, quantity};

/// Name of the input behind a button.
const MORE_INPUT: &str = "more-files-input";

/// The link of a torrent and every way to hand it on.
#[derive(PartialEq)]
pub(crate) struct SharePanel {
    pub(crate) controls: Controls,
    pub(crate) torrent: TorrentView,
    /// Whether the user's own files are shared.
    pub(crate) ours: bool,
    /// Whether a copy of them can be kept in the browser.
    pub(crate) keepable: bool,
    /// Whether people are met through relays alone.
    pub(crate) relayed: bool,
    /// Whether the user is notified when everyone has it.
    pub(crate) notifies: bool,
}

impl Part for SharePanel {
    const NAME: &'static str = "share";

    fn draw(&self, hooks: &mut HookContext) -> Html {
        use_share_panel(self).run(hooks)
    }
}

#[hook]
fn use_share_panel(props: &SharePanel) -> Html {
    let SharePanel { torrent, ours, keepable, relayed, notifies, .. } = props;
    let controls = props.controls;
    let with_code = use_state_eq(|| false);
    let info_hash = torrent.info_hash;
    let share = controls.share_link(&torrent.magnet);
    let code = use_memo((*with_code, share.clone()), |(with_code, share)| with_code.then(|| qr::draw(share)));
    let toggle_code = {
        let with_code = with_code.clone();
        Callback::from(move |_: MouseEvent| with_code.set(!*with_code))
    };
    let send = {
        let (name, share) = (words::name_of(torrent), share.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(sent) = browser::share_sheet(&name, &share) {
                // Who closes the sheet without sharing has changed their mind.
                spawn_local(async move { drop(sent.await) });
            }
        })
    };
    let export = Callback::from(move |_: MouseEvent| controls.command(Command::ExportTorrent(info_hash)));
    let embed = Callback::from(move |_: MouseEvent| controls.dialog(Some(Dialog::Embed(info_hash))));
    let add_picked = Callback::from(move |_: MouseEvent| match chosen::pick() {
        Some(picked) => {
            spawn_local(async move {
                if let Some(chosen) = picked.await {
                    controls.add_files(info_hash, chosen);
                }
            });
        }
        None => click(MORE_INPUT),
    });
    let add_chosen = Callback::from(move |event: Event| {
        if let Some(chosen) = Chosen::of_event(&event) {
            controls.add_files(info_hash, chosen);
        }
    });
    let keep = Callback::from(move |keep: bool| controls.command(Command::KeepCopy { info_hash, keep }));
    let notify = Callback::from(move |wanted: bool| controls.notify_of_visitors(wanted));
    let select =
        Callback::from(|event: FocusEvent| event.target_unchecked_into::<HtmlInputElement>().select());
    let copying = match torrent.source {
        DataSource::Copying { progress } => words::copying(progress),
        DataSource::Browser | DataSource::Files | DataSource::FilesMissing => String::new(),
    };
    let copy = CopyButton {
        controls,
        value: share.clone().into(),
        text: words::COPY_LINK,
        testid: "copy-link",
        leads_to: Some(info_hash),
        class: classes!(ours.then_some("primary")),
    };
    let copy_magnet = CopyButton {
        controls,
        value: torrent.magnet.clone().into(),
        text: words::COPY_MAGNET,
        testid: "magnet-link",
        leads_to: Some(info_hash),
        class: Classes::new(),
    };
    let copy_locked = (torrent.seal == Some(Seal::Open)).then(|| CopyButton {
        controls,
        value: controls.share_link(&link::locked(&torrent.magnet)).into(),
        text: words::COPY_LOCKED,
        testid: "copy-locked",
        leads_to: Some(info_hash),
        class: Classes::new(),
    });
    html! {
        <section class="card share" aria-labelledby="share">
            <h2 id="share">{ words::SHARE_LINK }</h2>
            <div class="joined">
                <input class="mono" type="text" readonly=true value={share.clone()} data-testid="share-link"
                    aria-labelledby="share" onfocus={select} />
                { copy.html() }
            </div>
            <p class="hint">{ if torrent.state == State::Seeding { words::LINK_WORKS } else { words::LINK_HELPS } }</p>
            <p class="hint" data-testid="visible">{ words::readable(torrent) }{ " " }{ if *relayed { words::SEEN_RELAY } else { words::SEEN_ADDRESS } }</p>
            <div class="actions">
                <button aria-expanded={with_code.to_string()} onclick={toggle_code}>{ Icon::QR.draw() }{ words::QR_CODE }</button>
                if browser::has_share_sheet() {
                    <button onclick={send}>{ Icon::SHARE.draw() }{ words::SEND }</button>
                }
                { copy_magnet.html() }
                if let Some(copy_locked) = copy_locked { { copy_locked.html() } }
                if *ours && torrent.source != DataSource::FilesMissing {
                    <button title={words::ADD_FILES_WHY} onclick={add_picked}>{ Icon::ADD.draw() }{ words::ADD_FILES }</button>
                    // The button stands for it, for screen readers, too.
                    <input id={MORE_INPUT} type="file" multiple=true class="unseen" tabindex="-1" aria-hidden="true"
                        data-testid="more-files" onchange={add_chosen} />
                }
                if torrent.size.is_some() {
                    if torrent.seal != Some(Seal::Locked) {
                        <button data-testid="embed" onclick={embed}>{ Icon::EMBED.draw() }{ words::EMBED }</button>
                    }
                    <button onclick={export}>{ Icon::SAVE.draw() }{ words::TORRENT_FILE }</button>
                }
            </div>
            if let Some(code) = &*code { { drawing(code.as_ref()) } }
            if *ours && torrent.state == State::Seeding && notification::exists() {
                <label class="check choice">
                    { Checkbox { checked: *notifies, testid: "notify", onchange: notify }.html() }
                    <span>{ words::NOTIFY }<span class="hint">{ words::NOTIFY_WHY }</span></span>
                </label>
            }
            if *ours && *keepable && torrent.source != DataSource::FilesMissing {
                { keep_copy(torrent.source != DataSource::Files, &copying, keep) }
            }
        </section>
    }
}

/// Whether a copy is kept in the browser, explained in one line, and how far it is.
fn keep_copy(kept: bool, copying: &str, onchange: Callback<bool>) -> Html {
    html! {
        <label class="check choice">
            { Checkbox { checked: kept, testid: "keep-copy", onchange }.html() }
            <span>{ words::KEEP_COPY }<span class="hint">{ words::KEEP_COPY_WHY }{ " " }{ copying }</span></span>
        </label>
    }
}

/// How far a link is that is being made. It stands where the link will be.
pub(crate) fn hashing(id: ShareId, share: &Share, keepable: bool, controls: Controls) -> Html {
    let cancel = Callback::from(move |_: MouseEvent| controls.cancel_share(id));
    let keep = Callback::from(move |keep: bool| controls.keep_copy(id, keep));
    let progress = share.hashed();
    html! {
        <section class="card share" aria-labelledby="share">
            <h2 id="share">{ words::SHARE_LINK }</h2>
            <div class="joined">
                <div class="making">
                    <progress max="1" value={quantity::fraction(progress)} aria-labelledby="share" />
                    <p class="status">{ words::making_link(&quantity::percent(progress)) }</p>
                </div>
                <button onclick={cancel}>{ words::CANCEL }</button>
            </div>
            <p class="hint">{ words::LINK_SOON }</p>
            if keepable {
                { keep_copy(share.keep_copy, "", keep) }
            }
        </section>
    }
}

/// A QR code, or why there is none.
fn drawing(code: Option<&qr::Drawing>) -> Html {
    match code {
        Some(code) => html! {
            <figure class="code">
                <svg viewBox={format!("0 0 {0} {0}", code.side)} role="img" aria-label={words::QR_CODE}
                    shape-rendering="crispEdges">
                    <path d={code.path.clone()} />
                </svg>
                <figcaption class="hint">{ words::QR_HINT }</figcaption>
            </figure>
        },
        None => html! { <p class="hint">{ words::QR_TOO_LONG }</p> },
    }
}
