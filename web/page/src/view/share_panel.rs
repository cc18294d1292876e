//! The link of a torrent and every way to hand it on; before that, how far the link is.

use protocol::{Command, DataSource, ShareId, State, TorrentView};
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::browser;
use crate::controls::Controls;
use crate::link;
use crate::qr;
use crate::session::{Share, Stage};
use crate::view::checkbox::Checkbox;
use crate::view::copy::CopyButton;
use crate::view::icon::Icon;
use crate::words::{self, quantity};

#[derive(PartialEq, Properties)]
pub(crate) struct SharePanelProps {
    pub(crate) torrent: TorrentView,
    /// Whether the user's own files are shared, of which a copy can be kept in the browser.
    pub(crate) keepable: bool,
}

/// The link of a torrent and every way to hand it on.
#[component]
pub(crate) fn SharePanel(props: &SharePanelProps) -> Html {
    let SharePanelProps { torrent, keepable } = props;
    let controls = use_context::<Controls>().expect("torrents are inside the page");
    let with_code = use_state_eq(|| false);
    let info_hash = torrent.info_hash;
    let share = link::share_link(&browser::address(), &torrent.magnet);
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
    let export = {
        let controls = controls.clone();
        Callback::from(move |_: MouseEvent| controls.command(Command::ExportTorrent(info_hash)))
    };
    let keep = Callback::from(move |keep: bool| controls.command(Command::KeepCopy { info_hash, keep }));
    let select =
        Callback::from(|event: FocusEvent| event.target_unchecked_into::<HtmlInputElement>().select());
    html! {
        <section class="card share" aria-labelledby="share">
            <h2 id="share">{ words::SHARE_LINK }</h2>
            <div class="joined">
                <input class="mono" type="text" readonly=true value={share.clone()} data-testid="share-link"
                    aria-labelledby="share" onfocus={select} />
                <CopyButton value={share.clone()} class={classes!(keepable.then_some("primary"))} />
            </div>
            <p class="hint">{ if torrent.state == State::Seeding { words::LINK_WORKS } else { words::LINK_HELPS } }</p>
            <div class="actions">
                <button aria-expanded={with_code.to_string()} onclick={toggle_code}>{ Icon::QR.draw() }{ words::QR_CODE }</button>
                if browser::has_share_sheet() {
                    <button onclick={send}>{ Icon::SHARE.draw() }{ words::SEND }</button>
                }
                if torrent.size.is_some() {
                    <button onclick={export}>{ Icon::SAVE.draw() }{ words::TORRENT_FILE }</button>
                }
            </div>
            if *with_code { <Code text={share} /> }
            if *keepable && torrent.source != DataSource::FilesMissing {
                <KeepCopy kept={torrent.source != DataSource::Files} onchange={keep}>
                    if let DataSource::Copying { progress } = torrent.source {
                        { format!(" {}", words::copying(progress)) }
                    }
                </KeepCopy>
            }
        </section>
    }
}

#[derive(PartialEq, Properties)]
pub(crate) struct KeepCopyProps {
    pub(crate) kept: bool,
    pub(crate) onchange: Callback<bool>,
    #[prop_or_default]
    pub(crate) children: Html,
}

/// Whether a copy is kept in the browser, explained in one line.
#[component]
pub(crate) fn KeepCopy(props: &KeepCopyProps) -> Html {
    html! {
        <label class="check choice">
            <Checkbox testid="keep-copy" checked={props.kept} onchange={props.onchange.clone()} />
            <span>{ words::KEEP_COPY }<span class="hint">{ words::KEEP_COPY_WHY }{ props.children.clone() }</span></span>
        </label>
    }
}

#[derive(PartialEq, Properties)]
pub(crate) struct HashingProps {
    pub(crate) id: ShareId,
    pub(crate) share: Share,
}

/// How far a link is that is being made. It stands where the link will be.
#[component]
pub(crate) fn Hashing(props: &HashingProps) -> Html {
    let HashingProps { id, share } = props;
    let controls = use_context::<Controls>().expect("shares are inside the page");
    let cancel = {
        let (controls, id) = (controls.clone(), *id);
        Callback::from(move |_: MouseEvent| controls.cancel_share(id))
    };
    let keep = {
        let id = *id;
        Callback::from(move |keep: bool| controls.keep_copy(id, keep))
    };
    let progress = match share.stage {
        Stage::Hashing(done) => share.hashed(done),
        Stage::Done(_) => 1.0,
    };
    html! {
        <section class="card share" aria-labelledby="share">
            <h2 id="share">{ words::SHARE_LINK }</h2>
            <div class="joined">
                <div class="making">
                    <progress max="1" value={progress.to_string()} aria-labelledby="share" />
                    <p class="status">{ words::making_link(&quantity::percent(progress)) }</p>
                </div>
                <button onclick={cancel}>{ words::CANCEL }</button>
            </div>
            <p class="hint">{ words::LINK_SOON }</p>
            <KeepCopy kept={share.keep_copy} onchange={keep} />
        </section>
    }
}

#[derive(PartialEq, Properties)]
struct CodeProps {
    text: String,
}

/// A QR code.
#[component]
fn Code(props: &CodeProps) -> Html {
    let drawing = use_memo(props.text.clone(), |text| qr::draw(text));
    match &*drawing {
        Some(drawing) => html! {
            <figure class="code">
                <svg viewBox={format!("0 0 {0} {0}", drawing.side)} role="img" aria-label={words::QR_CODE}
                    shape-rendering="crispEdges">
                    <path d={drawing.path.clone()} />
                </svg>
                <figcaption class="hint">{ words::QR_HINT }</figcaption>
            </figure>
        },
        None => html! { <p class="hint">{ words::QR_TOO_LONG }</p> },
    }
}
