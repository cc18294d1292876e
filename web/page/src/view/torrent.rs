//! One torrent, or a share that is becoming one: the page that opens when something is added.

use std::rc::Rc;

use host::browser::is_framed;
use host::link;
use language::Word;
use metainfo::{InfoHash, visible};
use protocol::tips::TipsView;
use protocol::{DataSource, Problem, Seal, ShareId, Sponsorship, TorrentDetail, TorrentView};
use yew::prelude::*;

use crate::contract;
use crate::controls::Controls;
use crate::session::{Action, Address, Dialog, Session, View};
use crate::share::Share;
use crate::view::HEADING;
use crate::view::add::add;
use crate::view::attach::attach_panel;
use crate::view::files::{Entry, Files};
use crate::view::gallery::Gallery;
use crate::view::icon::Icon;
use crate::view::list::{bar, list, pause_button};
use crate::view::part::Part;
use crate::view::payments::Payments;
use crate::view::player::Player;
use crate::view::relaying::withheld;
use crate::view::share_form::share_form;
use crate::view::share_panel::{SharePanel, hashing};
use crate::view::swarm::swarm;
use crate::view::tips::Tips;
use crate::words::{self, visitors};

/// What the page is of.
#[derive(Clone, Copy)]
enum Subject<'a> {
    /// Nothing is known of it but that it was asked for, and what a link calls it.
    Asked(&'a str),
    /// A share that the engine does not list yet.
    Share(ShareId, &'a Share),
    /// A torrent, which may have been shared here.
    Torrent {
        torrent: &'a TorrentView,
        detail: Option<&'a TorrentDetail>,
        share: Option<(ShareId, &'a Share)>,
    },
}

impl<'a> Subject<'a> {
    fn of(session: &'a Session, view: View) -> Self {
        let (torrent, share) = match view {
            View::Home | View::Debug => (None, None),
            View::Share(id) => (None, session.work.shares.get(&id).map(|share| (id, share))),
            View::Torrent(info_hash) => (session.list.torrent(info_hash), session.work.share_of(info_hash)),
        };
        match (torrent, share) {
            (Some(torrent), share) => {
                let detail = session.shown.detail.as_deref();
                let detail = detail.filter(|detail| detail.info_hash == torrent.info_hash);
                Self::Torrent { torrent, detail, share }
            }
            (None, Some((id, share))) => Self::Share(id, share),
            (None, None) => Self::Asked(&session.shown.opening),
        }
    }

    fn torrent(self) -> Option<&'a TorrentView> {
        match self {
            Self::Torrent { torrent, .. } => Some(torrent),
            Self::Asked(_) | Self::Share(..) => None,
        }
    }

    fn share(self) -> Option<(ShareId, &'a Share)> {
        match self {
            Self::Asked(_) => None,
            Self::Share(id, share) => Some((id, share)),
            Self::Torrent { share, .. } => share,
        }
    }

    /// Whether its bytes are the user's own files.
    fn is_ours(self) -> bool {
        self.share().is_some() || self.torrent().is_some_and(|torrent| torrent.source != DataSource::Browser)
    }

    /// Whether nobody here can read it.
    fn is_locked(self) -> bool {
        self.torrent().is_some_and(|torrent| torrent.seal == Some(Seal::Locked))
    }

    fn name(self) -> String {
        match self {
            Self::Asked("") => words::OPENING.into(),
            Self::Asked(name) => visible(name).into_owned(),
            Self::Share(_, share) => visible(share.name()).into_owned(),
            Self::Torrent { torrent, .. } => words::name_of(torrent),
        }
    }

    fn contents(self) -> String {
        match self {
            Self::Asked(_) => String::new(),
            Self::Share(_, share) => words::size_and_files(share.size(), share.files.len() as u64),
            Self::Torrent { torrent, .. } => words::contents(torrent),
        }
    }

    fn files(self) -> Vec<Entry> {
        match self {
            Self::Torrent { detail: Some(detail), .. } => {
                detail.files.iter().map(Entry::of_torrent).collect()
            }
            _ => self
                .share()
                .map(|(_, share)| share.files.iter().map(Entry::of_share).collect())
                .unwrap_or_default(),
        }
    }
}

/// One torrent, or a share that is becoming one. The two look alike, so that nothing jumps when hashing ends.
pub(crate) fn torrent_page(session: &Session, view: View, controls: Controls) -> Html {
    let back = Callback::from(move |_: MouseEvent| controls.show(View::Home));
    html! {
        <>
            <button class="quiet back" onclick={back}>{ Icon::BACK.draw() }{ words::BACK }</button>
            { article(session, Subject::of(session, view), controls) }
            if session.has_others() {
                <section class="others" aria-labelledby="others">
                    <h2 id="others">{ words::OTHER_FILES }</h2>
                    { list(session, controls) }
                </section>
            }
            <section class="others" aria-labelledby="add">
                <h2 id="add">{ words::ADD_MORE }</h2>
                { add(controls) }
            </section>
        </>
    }
}

fn article(session: &Session, subject: Subject<'_>, controls: Controls) -> Html {
    let torrent = subject.torrent();
    let detail = match subject {
        Subject::Torrent { detail, .. } => detail,
        Subject::Asked(_) | Subject::Share(..) => None,
    };
    let element = html! {
        <article class="torrent">
            <div class="content">
                <header class="head">
                    <h1 id={HEADING} tabindex="-1" dir="auto">{ subject.name() }</h1>
                    <p class="facts">{ subject.contents() }</p>
                    if let Some(torrent) = torrent {
                        { progress(session, subject, torrent, controls) }
                    }
                </header>
                if let Some(torrent) = torrent {
                    { standing(session, torrent, controls) }
                    if subject.is_locked() {
                        <div class="panel" data-testid="locked">{ Icon::INFO.draw() }<p>{ words::LOCKED_WHY }</p></div>
                    }
                    { successor(session, torrent, controls) }
                }
                { left_alone(session, subject, controls) }
                // What was shared from here has its link first, what is fetched has its files first.
                if subject.is_ours() {
                    { link(session, subject, controls) }
                    { form(session, subject, controls) }
                    { slow_start(subject) }
                    { player(session, detail, controls) }
                    { files(session, subject, controls) }
                    { tips(session, subject, controls) }
                    { payments(session, subject, controls) }
                } else {
                    { player(session, detail, controls) }
                    { tips(session, subject, controls) }
                    { payments(session, subject, controls) }
                    { files(session, subject, controls) }
                    { link(session, subject, controls) }
                }
            </div>
            if let Some(torrent) = torrent {
                { swarm(torrent, detail, session.list.history.get(&torrent.info_hash), session, controls) }
            }
        </article>
    };
    match torrent {
        Some(torrent) => contract::mark(element, torrent),
        None => element,
    }
}

/// The link that leads others here, or how far it is from being one.
fn link(session: &Session, subject: Subject<'_>, controls: Controls) -> Html {
    let keepable = session.storage.is_none_or(|storage| !storage.temporary);
    match subject {
        Subject::Asked(_) => Html::default(),
        Subject::Share(id, share) => hashing(id, share, keepable, controls),
        Subject::Torrent { torrent, detail, .. } => {
            let (torrent, ours, notifies) = (torrent.clone(), subject.is_ours(), session.notifies);
            let relayed = detail.is_some_and(|detail| detail.relay_only);
            SharePanel { controls, torrent, ours, keepable, relayed, notifies }.html()
        }
    }
}

fn form(session: &Session, subject: Subject<'_>, controls: Controls) -> Option<Html> {
    let has_tips = !session.networks.is_empty();
    subject.share().map(|(id, share)| share_form(id, share, session.usual_chain, has_tips, controls))
}

fn slow_start(subject: Subject<'_>) -> Option<Html> {
    let (_, share) = subject.share().filter(|(_, share)| !share.slow.is_empty())?;
    Some(html! {
        <div class="panel" data-testid="slow-start">{ Icon::INFO.draw() }<p>{ words::starts_slowly(&share.slow) }</p></div>
    })
}

fn files(session: &Session, subject: Subject<'_>, controls: Controls) -> Html {
    let entries = subject.files();
    let info_hash = subject.torrent().map(|torrent| torrent.info_hash);
    let save = info_hash.and_then(|info_hash| session.work.save_of(info_hash));
    let downloaded = info_hash.is_some() && !subject.is_ours();
    if entries.is_empty() || subject.is_locked() {
        return Html::default();
    }
    Files { controls, info_hash, entries, save, downloaded }.html()
}

fn player(session: &Session, detail: Option<&TorrentDetail>, controls: Controls) -> Option<Html> {
    let TorrentDetail { info_hash, files, pieces, .. } = detail?;
    let (info_hash, streaming) = (*info_hash, session.streaming);
    let player = Player { controls, info_hash, files: files.clone(), pieces: pieces.clone(), streaming };
    let gallery = Gallery { controls, info_hash, files: files.clone(), streaming };
    Some(html! { <>{ player.keyed(info_hash) }{ gallery.keyed(info_hash) }</> })
}

/// The place of tips, if somebody is named to whom they would go, by the torrent or the link that led here, or if the user
/// came to tip.
fn tips(session: &Session, subject: Subject<'_>, controls: Controls) -> Option<Html> {
    let Subject::Torrent { torrent, detail: Some(detail), .. } = subject else { return None };
    if torrent.size.is_none() || !takes_tips(session, detail) || detail.withholds() {
        return None;
    }
    let fragment = &session.shown.address.fragment;
    let view = TipsView {
        info_hash: detail.info_hash,
        name: words::name_of(torrent),
        // Nothing of tips has to do with what a sealed share holds.
        magnet: link::locked(fragment),
        payment_options: detail.payment_options.clone(),
        endorsements: detail.endorsements.clone(),
    };
    let tips = Tips {
        controls,
        torrent: view,
        claims: session.shown.claims.clone(),
        networks: session.networks.clone(),
        wanted: session.shown.tips_wanted,
    };
    let tips = tips.keyed(detail.info_hash);
    // What a chain says of a tip, it says to everybody.
    Some(match torrent.seal {
        Some(_) => {
            html! { <>{ tips }<p class="hint" data-testid="tips-sealed">{ words::TIPS_SEALED }</p></> }
        }
        None => tips,
    })
}

fn takes_tips(session: &Session, detail: &TorrentDetail) -> bool {
    let Address { fragment, asks_for_tip } = &session.shown.address;
    !detail.payment_options.is_empty() || fragment.contains("x.btt=") || *asks_for_tip
}

/// Says which servers are left alone that would be asked for this torrent, if there are any.
fn left_alone(session: &Session, subject: Subject<'_>, controls: Controls) -> Option<Html> {
    let Subject::Torrent { detail: Some(detail), .. } = subject else { return None };
    let pays = session.has_payments && !is_framed();
    let would_ask = !detail.web_seeds.is_empty() || takes_tips(session, detail) || pays;
    let TorrentDetail { info_hash, exposure, .. } = *detail;
    (detail.withholds() && would_ask).then(|| withheld(info_hash, exposure, controls))
}

/// The place of payments, where the deployment names a contract for them.
fn payments(session: &Session, subject: Subject<'_>, controls: Controls) -> Option<Html> {
    let Subject::Torrent { torrent, detail: Some(detail), .. } = subject else { return None };
    if !session.has_payments || is_framed() || detail.withholds() {
        return None;
    }
    let (info_hash, is_complete) = (torrent.info_hash, torrent.progress >= 1.0);
    let sponsorship = sponsorship(&session.shown.address.fragment, info_hash).map(Rc::new);
    Some(html! {
        <Payments {controls} {info_hash} {is_complete} networks={session.networks.clone()} {sponsorship} />
    })
}

/// Who would pay for a torrent, by the link that led here.
fn sponsorship(fragment: &str, info_hash: InfoHash) -> Option<Sponsorship> {
    let magnet =
        Some(fragment).filter(|link| link.contains("x.sp=")).and_then(|link| link::parse(link).ok())?;
    let names_it = magnet.hashes.swarms().any(|swarm| swarm == info_hash);
    Sponsorship::of(&magnet).filter(|sponsorship| names_it && sponsorship.is_for(&magnet.hashes))
}

/// The way to tips for what others share, where a film stands between here and them.
fn tip_button(session: &Session, subject: Subject<'_>, controls: Controls) -> Option<Html> {
    let Subject::Torrent { detail: Some(detail), .. } = subject else { return None };
    if subject.is_ours() || session.networks.is_empty() || detail.payment_options.is_empty() || is_framed() {
        return None;
    }
    let tip = Callback::from(move |_: MouseEvent| controls.dispatch(Action::Tip));
    Some(html! { <button data-testid="tip-above" onclick={tip}>{ words::TIP }</button> })
}

/// How far a torrent is, in words and as a bar, and what can be done with it as a whole.
fn progress(session: &Session, subject: Subject<'_>, torrent: &TorrentView, controls: Controls) -> Html {
    let info_hash = torrent.info_hash;
    let remove = Callback::from(move |_: MouseEvent| controls.dialog(Some(Dialog::Remove(info_hash))));
    html! {
        <>
            { bar(torrent) }
            <p class="status">{ words::status(torrent) }</p>
            // Screen readers hear of changes of state, and not of every percent.
            <p class="unseen" role="status">{ words::state(torrent.state) }</p>
            <div class="actions">
                { pause_button(torrent, controls) }
                <button data-testid="remove" onclick={remove}>{ Icon::REMOVE.draw() }{ words::REMOVE }</button>
                { tip_button(session, subject, controls) }
            </div>
        </>
    }
}

/// Where more files are, if some were added to this.
fn successor(session: &Session, torrent: &TorrentView, controls: Controls) -> Option<Html> {
    let successor = session.work.successor_of(torrent.info_hash)?;
    let name = words::name_of(session.list.torrent(successor)?);
    let open = Callback::from(move |_: MouseEvent| controls.show(View::Torrent(successor)));
    Some(panel("successor", words::has_successor(&name), words::SHOW_SUCCESSOR, "show-successor", open))
}

/// A sentence with something to do.
pub(crate) fn panel(
    name: &'static str,
    sentence: String,
    label: Word,
    button: &'static str,
    onclick: Callback<MouseEvent>,
) -> Html {
    html! {
        <div class="panel" data-testid={name}>
            { Icon::INFO.draw() }
            <div><p>{ sentence }</p><button data-testid={button} {onclick}>{ label }</button></div>
        </div>
    }
}

/// What keeps a torrent from working and what to do, or that nobody needs it any more.
fn standing(session: &Session, torrent: &TorrentView, controls: Controls) -> Html {
    if let Some(told) = visitors::through(torrent) {
        return html! {
            <div class="panel good" role="status" data-testid="through">{ Icon::CHECK.draw() }<p>{ told }</p></div>
        };
    }
    if torrent.source == DataSource::FilesMissing {
        let forgotten = session.list.without_handles.contains_key(&torrent.info_hash);
        return attach_panel(torrent, forgotten, controls);
    }
    let Some(problem) = &torrent.problem else { return Html::default() };
    // Being alone is no fault.
    let (class, icon) =
        if *problem == Problem::NoPeers { ("panel", Icon::INFO) } else { ("panel bad", Icon::WARNING) };
    html! {
        <div {class} data-testid="notice">
            { icon.draw() }
            <p>{ words::problem(problem, torrent) }</p>
        </div>
    }
}
