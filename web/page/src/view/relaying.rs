//! Whether people are met through relays alone, and who else would see the user's address.

use metainfo::InfoHash;
use protocol::{Command, Exposure, TorrentDetail};
use yew::prelude::*;

use crate::controls::Controls;
use crate::session::Session;
use crate::view::checkbox::{Checkbox, choice};
use crate::view::part::Part;
use crate::view::torrent::panel;
use crate::words;

/// The choice for all torrents. Where there is no relay, there is none, but to leave it.
pub(crate) fn relay_all(session: &Session, controls: Controls) -> Html {
    let checked = session.preferences.relay_only;
    let onchange =
        Callback::from(move |relay_only| controls.prefer(|preferences| preferences.relay_only = relay_only));
    if !session.has_relay && !checked {
        return Html::default();
    }
    let checkbox = Checkbox { checked, testid: "relay-all", onchange };
    choice(checkbox.html(), words::RELAY_ONLY, words::relay_only_why(session.has_relay))
}

/// The choice for one torrent, by the same rule.
pub(crate) fn relay_only(detail: &TorrentDetail, has_relay: bool, controls: Controls) -> Html {
    let TorrentDetail { info_hash, exposure: Exposure { relay_only: checked, .. }, relay_only, .. } = *detail;
    if !has_relay && !relay_only {
        return Html::default();
    }
    let why = if relay_only && !checked { words::RELAY_ALL } else { words::relay_only_why(has_relay) };
    let onchange = Callback::from(move |relay_only| {
        controls.command(Command::Expose { info_hash, exposure: Exposure { relay_only, servers: false } });
    });
    let checkbox = Checkbox { checked, testid: "relay-only", onchange };
    choice(checkbox.keyed(info_hash), words::RELAY_ONLY, why)
}

/// Says that servers are left alone, and lets the user have them asked.
pub(crate) fn withheld(info_hash: InfoHash, exposure: Exposure, controls: Controls) -> Html {
    let ask = Callback::from(move |_: MouseEvent| {
        controls.command(Command::Expose { info_hash, exposure: Exposure { servers: true, ..exposure } });
    });
    panel("withheld", words::WITHHELD.into(), words::WITHHELD_ASK, "ask-servers", ask)
}
