//! Whether people are met through relays alone, and who else would see the user's address.

use metainfo::InfoHash;
use protocol::{Command, Exposure, Preferences, TorrentDetail};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::controls::Controls;
use crate::session::Session;
use crate::view::checkbox::Checkbox;
use crate::view::icon::Icon;
use crate::view::part::Part;
use crate::words;

/// The choice for all torrents.
pub(crate) fn relay_all(session: &Session, controls: Controls) -> Html {
    let preferences = session.preferences;
    let onchange = Callback::from(move |event: Event| {
        let relay_only = event.target_unchecked_into::<HtmlInputElement>().checked();
        controls.prefer(Preferences { relay_only, ..preferences });
    });
    let checked = preferences.relay_only;
    html! {
        <label class="check choice">
            <input type="checkbox" {checked} disabled={!session.has_relay && !checked} data-testid="relay-all" {onchange} />
            <span>{ words::RELAY_ONLY }<span class="hint">{ words::relay_only_why(session.has_relay) }</span></span>
        </label>
    }
}

/// The choice for one torrent. Where there is no relay, there is none.
pub(crate) fn relay_only(detail: &TorrentDetail, has_relay: bool, controls: Controls) -> Html {
    let TorrentDetail { info_hash, exposure, relay_only, .. } = *detail;
    if relay_only && !exposure.relay_only {
        return html! { <p class="hint" data-testid="relayed">{ words::RELAY_ALL }</p> };
    }
    if !has_relay && !relay_only {
        return Html::default();
    }
    let onchange = Callback::from(move |relay_only| {
        controls.command(Command::Expose { info_hash, exposure: Exposure { relay_only, servers: false } });
    });
    html! {
        <label class="check choice">
            { Checkbox { checked: relay_only, testid: "relay-only", onchange }.keyed(info_hash) }
            <span>{ words::RELAY_ONLY }<span class="hint">{ words::relay_only_why(has_relay) }</span></span>
        </label>
    }
}

/// Says that servers are left alone, and lets the user have them asked.
pub(crate) fn withheld(info_hash: InfoHash, exposure: Exposure, controls: Controls) -> Html {
    let ask = Callback::from(move |_: MouseEvent| {
        controls.command(Command::Expose { info_hash, exposure: Exposure { servers: true, ..exposure } });
    });
    html! {
        <div class="panel" data-testid="withheld">
            { Icon::INFO.draw() }
            <div>
                <p>{ words::WITHHELD }</p>
                <button data-testid="ask-servers" onclick={ask}>{ words::WITHHELD_ASK }</button>
            </div>
        </div>
    }
}
