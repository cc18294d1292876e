//! What happens inside, for whoever looks for the cause of a problem: `#debug` in the address shows it.

use std::rc::Rc;

use journal::{Entry, Report};
use protocol::TorrentView;
use yew::prelude::*;

use crate::controls::Controls;
use crate::session::{Session, View};
use crate::view::HEADING;
use crate::view::icon::Icon;
use crate::words;

/// What happened in each torrent since this was first opened, the latest first. Entries are in the words of reports,
/// which are terms of the protocol in any language.
pub(crate) fn debug(session: &Session, controls: Controls) -> Html {
    let back = Callback::from(move |_: MouseEvent| controls.show(View::Home));
    let noted = session
        .list
        .torrents
        .iter()
        .filter_map(|torrent| Some((torrent, session.list.journals.get(&torrent.info_hash)?)));
    html! {
        <div data-testid="debug">
            <button class="quiet back" onclick={back}>{ Icon::BACK.draw() }{ words::BACK }</button>
            <h1 id={HEADING} tabindex="-1">{ words::DEBUG }</h1>
            <p>{ words::DEBUG_WHY }</p>
            { for noted.map(|(torrent, report)| journal(torrent, report, controls)) }
        </div>
    }
}

fn journal(torrent: &TorrentView, report: &Rc<Report>, controls: Controls) -> Html {
    let save = {
        let report = report.clone();
        Callback::from(move |_: MouseEvent| controls.save_report(&report))
    };
    let name = words::name_of(torrent);
    html! {
        <section class="card" aria-label={name.clone()}>
            <h2>{ name }</h2>
            <button onclick={save} data-testid="save-report">{ words::SAVE_REPORT }</button>
            <ul class="journal" data-testid="journal">{ for report.entries.iter().rev().take(SHOWN).map(entry) }</ul>
        </section>
    }
}

fn entry(entry: &Entry) -> Html {
    let Entry { at, peer, event } = entry;
    let peer = peer.map(|peer| format!("#{peer} ")).unwrap_or_default();
    html! { <li>{ format!("{}.{:03} {peer}{event}", at / 1_000, at % 1_000) }</li> }
}

/// Entries of each torrent that are shown; a saved report has all.
const SHOWN: usize = 200;
