//! What happens inside, for whoever looks for the cause of a problem: `#debug` in the address shows it.

use std::rc::Rc;

use journal::Report;
use language::{Glossary, Language};
use protocol::TorrentView;
use wasm_bindgen_futures::spawn_local;
use yew::functional::{Hook, HookContext};
use yew::prelude::*;

use crate::controls::Controls;
use crate::session::{Session, View};
use crate::view::HEADING;
use crate::view::icon::Icon;
use crate::view::part::Part;
use crate::words::{self, events};

/// What happened in each torrent since this was first opened, the latest first.
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
            { for noted.map(|(torrent, report)| noted_of(torrent, report, session.language, controls)) }
        </div>
    }
}

fn noted_of(
    torrent: &TorrentView,
    report: &Rc<Report<String>>,
    language: Language,
    controls: Controls,
) -> Html {
    let save = {
        let report = report.clone();
        Callback::from(move |_: MouseEvent| controls.save_report(&report))
    };
    let name = words::name_of(torrent);
    html! {
        <section key={torrent.info_hash.to_string()} class="card" aria-label={name.clone()}>
            <h2>{ name }</h2>
            <button onclick={save} data-testid="save-report">{ words::SAVE_REPORT }</button>
            { Journal { report: report.clone(), language }.html() }
        </section>
    }
}

/// The latest entries, in the reader's words once these are here.
#[derive(PartialEq)]
struct Journal {
    report: Rc<Report<String>>,
    language: Language,
}

impl Part for Journal {
    const NAME: &'static str = "journal";

    fn draw(&self, hooks: &mut HookContext) -> Html {
        use_journal(self).run(hooks)
    }
}

#[hook]
fn use_journal(props: &Journal) -> Html {
    let glossary = use_state(|| None::<Glossary>);
    {
        let glossary = glossary.clone();
        use_effect_with(props.language, move |_| {
            spawn_local(async move { glossary.set(Glossary::fetch(events::GLOSSARY).await) });
        });
    }
    let lines = props.report.entries.iter().rev().take(SHOWN);
    html! {
        <ul class="journal" data-testid="journal">
            { for lines.map(|line| html! { <li>{ events::entry(line, glossary.as_ref()) }</li> }) }
        </ul>
    }
}

/// Entries of each torrent that are shown; a saved report has all.
const SHOWN: usize = 200;
