//! What the page knows, after what happened to it.

use metainfo::InfoHash;
use protocol::{Refusal, SaveForm, SaveId, ShareId, SharedFile, State, TorrentDetail, TorrentView};

use super::*;
use crate::share::{Choices, Share, Unreadable};

const ID: ShareId = ShareId(1);

fn hash(digit: char) -> InfoHash {
    digit.to_string().repeat(40).parse().unwrap()
}

fn torrent(digit: char) -> TorrentView {
    TorrentView {
        info_hash: hash(digit),
        name: "holiday.mp4".to_owned(),
        size: Some(1_000),
        file_count: 1,
        state: State::Seeding,
        progress: 1.0,
        peers: 0,
        seeds: 0,
        waiting: 0,
        finished: 0,
        left_early: 0,
        web_seeds: 0,
        down_rate: 0,
        up_rate: 0,
        downloaded: 0,
        uploaded: 0,
        seconds_left: None,
        source: DataSource::Files,
        problem: None,
        added_at: 0.0,
        seal: None,
        magnet: format!("magnet:?xt=urn:btih:{}", hash(digit)),
    }
}

fn file(path: &str, length: u64) -> SharedFile {
    SharedFile { path: path.split('/').map(str::to_owned).collect(), length }
}

fn after(mut session: Session, actions: impl IntoIterator<Item = Action>) -> Session {
    for action in actions {
        session.change(action);
    }
    session
}

fn sharing() -> Session {
    let files = vec![file("holiday.mp4", 1_000)];
    let share = Share::new("holiday.mp4".to_owned(), files, Choices::default(), false);
    after(Session::default(), [Action::Share(ID, Box::new(share))])
}

fn listed(torrents: Vec<TorrentView>) -> Action {
    Action::Engine(Event::Torrents(torrents))
}

#[test]
fn choosing_files_shows_them_at_once() {
    assert_eq!(sharing().shown.view, View::Share(ID));
}

#[test]
fn a_hashed_share_becomes_its_torrent() {
    let shared = Action::Engine(Event::Shared { id: ID, info_hash: hash('a') });
    let session = after(sharing(), [shared]);
    assert_eq!(session.shown.view, View::Torrent(hash('a')));
    assert_eq!(session.work.share_of(hash('a')).map(|(id, _)| id), Some(ID));
}

#[test]
fn a_link_that_is_ready_leaves_the_user_where_they_are() {
    let shared = Action::Engine(Event::Shared { id: ID, info_hash: hash('a') });
    let session = after(sharing(), [Action::Show(View::Home), shared]);
    assert_eq!(session.shown.view, View::Home);
    assert_eq!(session.notices.shown[0].text, words::link_ready("holiday.mp4"));
}

#[test]
fn a_share_that_fails_says_why_and_goes_away() {
    let failed = Action::Engine(Event::ShareFailed { id: ID, why: Refusal::NothingComplete });
    let session = after(sharing(), [failed]);
    assert_eq!((session.shown.view, session.work.shares.len()), (View::Home, 0));
    assert!(session.notices.shown[0].problem);
}

#[test]
fn a_share_of_another_tab_that_fails_is_not_mentioned() {
    let failed = Action::Engine(Event::ShareFailed { id: ID, why: Refusal::NothingComplete });
    assert!(after(Session::default(), [failed]).notices.shown.is_empty());
}

#[test]
fn what_is_being_saved_goes_on_until_it_fails() {
    let (id, save) =
        (SaveId(1), Save { info_hash: hash('a'), form: SaveForm::Zip, prepared: false, progress: 0.0 });
    let saving = Action::Engine(Event::Saving { id, done: 3, total: 4 });
    let session = after(Session::default(), [Action::Save(id, save), saving]);
    assert_eq!(session.work.save_of(hash('a')), Some((id, Save { progress: 0.75, ..save })));
    let failed = || Action::Engine(Event::SaveFailed { id, why: Refusal::NothingComplete });
    let session = after(session, [failed()]);
    assert_eq!((session.work.save_of(hash('a')), session.notices.shown.len()), (None, 1));
    assert_eq!(after(Session::default(), [failed()]).notices.shown.len(), 0);
}

#[test]
fn a_torrent_that_is_removed_leaves_the_view() {
    let shown = [listed(vec![torrent('a')]), Action::Show(View::Torrent(hash('a')))];
    let session = after(Session::default(), shown);
    assert_eq!(after(session, [listed(Vec::new())]).shown.view, View::Home);
}

#[test]
fn a_torrent_that_is_not_listed_yet_stays_in_view() {
    let added = Action::Engine(Event::Added { info_hash: hash('a'), known: false });
    let session = after(Session::default(), [added, listed(Vec::new())]);
    assert_eq!(session.shown.view, View::Torrent(hash('a')));
}

#[test]
fn a_torrent_stays_in_view_while_another_tab_takes_over() {
    let starts = [Action::EngineState(EngineState::Starting), listed(Vec::new()), listed(vec![torrent('a')])];
    let shown = [listed(vec![torrent('a')]), Action::Show(View::Torrent(hash('a')))];
    let session = after(after(Session::default(), shown), starts);
    assert_eq!((session.shown.view, session.list.torrents.len()), (View::Torrent(hash('a')), 1));
}

#[test]
fn details_of_another_torrent_are_not_shown() {
    let detail = TorrentDetail {
        info_hash: hash('b'),
        files: Vec::new(),
        pieces: None,
        peers: Vec::new(),
        departed: Vec::new(),
        web_seeds: Vec::new(),
        trackers: Vec::new(),
        downloaded: 0,
        wasted: 0,
        limits: protocol::Limits::default(),
        exposure: protocol::Exposure::default(),
        relay_only: false,
        comment: None,
        private: false,
        payment_options: Vec::new(),
        endorsements: Vec::new(),
    };
    let late = Action::Engine(Event::Detail(Box::new(detail)));
    let session = after(Session::default(), [Action::Show(View::Torrent(hash('a'))), late]);
    assert_eq!(session.shown.detail, None);
}

#[test]
fn the_torrent_in_view_is_not_among_the_others() {
    let session = after(Session::default(), [listed(vec![torrent('a')])]);
    assert!(session.has_others());
    assert!(!after(session, [Action::Show(View::Torrent(hash('a')))]).has_others());
}

#[test]
fn speeds_are_remembered_for_two_minutes() {
    let busy = TorrentView { up_rate: 7, ..torrent('a') };
    let ticks = std::iter::repeat_n(Action::Tick, HISTORY_SECONDS + 5);
    let session = after(Session::default(), std::iter::once(listed(vec![busy])).chain(ticks));
    assert_eq!(session.list.history[&hash('a')].up.len(), HISTORY_SECONDS);
}

#[test]
fn an_idle_second_changes_nothing() {
    let session = after(Session::default(), [listed(vec![torrent('a')])]);
    assert_eq!(after(session.clone(), [Action::Tick]), session);
}

/// Issue 11, A2.3.
#[test]
fn everyone_has_a_share_once_somebody_came_and_nobody_lacks_anything_or_left_before() {
    let served = TorrentView { finished: 1, ..torrent('a') };
    assert!(everyone_has(&served));
    assert!(!everyone_has(&torrent('a')), "nobody came");
    assert!(!everyone_has(&TorrentView { waiting: 1, ..served.clone() }));
    assert!(!everyone_has(&TorrentView { left_early: 1, ..served.clone() }));
    assert!(!everyone_has(&TorrentView { state: State::Paused, ..served }));
}

/// Issue 11, A2.3.
#[test]
fn it_is_news_that_everyone_has_a_share_while_nobody_sees_the_page() {
    let busy = || listed(vec![TorrentView { waiting: 1, finished: 1, ..torrent('a') }]);
    let served = || listed(vec![TorrentView { finished: 2, ..torrent('a') }]);
    let seen = after(Session::default(), [busy(), served()]);
    assert_eq!(seen.list.news, None, "the page says so");
    let hidden = after(Session::default(), [busy(), Action::Hidden(true), served(), served()]);
    assert_eq!(hidden.list.news, Some(hash('a')));
    assert_eq!(after(hidden.clone(), [Action::Hidden(false)]).list.news, None);
    assert_eq!(after(hidden, [busy()]).list.news, None, "another one came");
    let reopened = after(Session::default(), [Action::Hidden(true), served()]);
    assert_eq!(reopened.list.news, None, "it was so before");
}

/// Issue 11, A2.3.
#[test]
fn a_device_stays_awake_while_somebody_sees_bytes_flow() {
    let giving = || listed(vec![TorrentView { up_rate: 7, ..torrent('a') }]);
    assert!(after(Session::default(), [giving()]).keeps_awake());
    assert!(!after(Session::default(), [giving(), Action::Hidden(true)]).keeps_awake());
    assert!(!after(Session::default(), [giving(), listed(vec![torrent('a')])]).keeps_awake());
}

/// Issue 11, A2.2.
#[test]
fn what_cannot_be_read_is_asked_about_before_there_is_a_share() {
    let unreadable = Unreadable { paths: vec![vec!["trip".to_owned(), "a.txt".to_owned()]], others: 18 };
    let session = after(Session::default(), [Action::Unreadable(unreadable.clone())]);
    assert_eq!(session.shown.dialog, Some(Dialog::Unreadable));
    assert_eq!((&*session.work.unreadable, session.work.shares.len()), (&unreadable, 0));
}

#[test]
fn notices_do_not_pile_up() {
    let say = |text: &str| Action::Notice { text: text.to_owned(), problem: true };
    let session = after(Session::default(), ["a", "b", "b", "c", "d"].map(say));
    let texts: Vec<&str> = session.notices.shown.iter().map(|notice| notice.text.as_str()).collect();
    assert_eq!(texts, ["b", "c", "d"]);
}

#[test]
fn leaving_loses_work_only_while_the_users_own_files_are_needed() {
    assert!(sharing().would_lose_work());
    let giving = |source| TorrentView { up_rate: 7, source, ..torrent('a') };
    let with = |torrent| after(Session::default(), [listed(vec![torrent])]);
    assert!(with(giving(DataSource::Files)).would_lose_work());
    assert!(!with(giving(DataSource::Browser)).would_lose_work());
    assert!(!with(torrent('a')).would_lose_work());
    assert!(!after(sharing(), [Action::Follow(true)]).would_lose_work());
    // Issue 13, B: whoever was given the link would find nobody.
    let handed_out = |torrent| after(with(torrent), [Action::HandedOut(hash('a'))]);
    assert!(handed_out(torrent('a')).would_lose_work());
    assert!(!handed_out(TorrentView { finished: 1, ..torrent('a') }).would_lose_work());
    assert!(!handed_out(TorrentView { source: DataSource::Browser, ..torrent('a') }).would_lose_work());
}

#[test]
fn a_changed_choice_asks_for_a_new_link() {
    let choices = Choices { private: true, ..Choices::default() };
    let session = after(sharing(), [Action::Choose(ID, choices)]);
    assert!(session.work.shares[&ID].has_new_choices());
}

/// Issue 12, 6.
#[test]
fn what_happened_in_a_torrent_is_gathered_while_it_is_listed() {
    let noted = |letter, at: u64| {
        let entries = vec![format!("{at} 1 left")];
        Action::Engine(Event::Journal { info_hash: hash(letter), dropped: 0, entries })
    };
    let session = after(Session::default(), [listed(vec![torrent('a')]), noted('a', 1), noted('a', 2)]);
    assert_eq!(session.list.journals[&hash('a')].entries, ["1 1 left", "2 1 left"]);
    assert!(after(session.clone(), [listed(Vec::new())]).list.journals.is_empty());
    assert_eq!(after(session, [noted('b', 3)]).list.journals.len(), 1);
}

/// Issue 13, B: opening a link showed the home page until the engine knew of it.
#[test]
fn what_a_link_opens_has_its_place_at_once_and_loses_it_if_it_is_refused() {
    let open = || Action::Open { info_hash: hash('a'), name: "holiday.mp4".to_owned() };
    let opening = after(Session::default(), [open()]);
    assert_eq!(opening.shown.view, View::Torrent(hash('a')));
    assert_eq!(&*opening.shown.opening, "holiday.mp4");
    let refused = || Action::Engine(Event::Refused { why: Refusal::Removed });
    assert_eq!(after(opening.clone(), [refused()]).shown.view, View::Home);
    let known = after(opening, [listed(vec![torrent('a')]), refused()]);
    assert_eq!(known.shown.view, View::Torrent(hash('a')), "what was refused may be something else");
}

fn picking(digits: &str) -> Session {
    let torrents = digits.chars().map(torrent).collect();
    after(Session::default(), [listed(torrents), Action::Picking(true)])
}

fn pick(digit: char, range: bool) -> Action {
    Action::Pick { info_hash: hash(digit), range }
}

/// Which are picked; a dot for each that is not.
fn picked(session: &Session, digits: &str) -> String {
    let picked = session.shown.picked.clone().unwrap();
    digits.chars().map(|digit| if picked.contains(hash(digit)) { digit } else { '.' }).collect()
}

// Issue 13, C: select and act on many.
#[test]
fn a_range_goes_from_the_last_one_to_this_and_becomes_what_this_becomes() {
    let session = after(picking("abcdef"), [pick('b', false), pick('e', true)]);
    assert_eq!(picked(&session, "abcdef"), ".bcde.");
    let session = after(session, [pick('c', true)]);
    assert_eq!(picked(&session, "abcdef"), ".b....", "from the end back");
    let session = after(picking("abc"), [pick('b', true), pick('b', false), pick('9', true)]);
    assert_eq!(picked(&session, "abc"), "...", "without a last one a range is this one alone");
}

#[test]
fn all_are_picked_or_none() {
    let session = after(picking("abc"), [pick('b', false), Action::PickAll]);
    assert_eq!(picked(&session, "abc"), "abc");
    let session = after(session, [Action::PickAll]);
    assert_eq!(picked(&session, "abc"), "...");
}

#[test]
fn what_leaves_the_list_or_is_out_of_view_is_not_picked() {
    let session = after(picking("abc"), [Action::PickAll, listed(vec![torrent('c')])]);
    assert_eq!(picked(&session, "abc"), "..c");
    let session = after(session, [Action::Show(View::Torrent(hash('c'))), Action::Show(View::Home)]);
    assert_eq!(session.shown.picked, None);
}

/// A share that is resumed without its files, or with others, becomes a download of what it was.
#[test]
fn all_are_resumed_but_what_would_become_a_download() {
    let waits = TorrentView { state: State::Paused, source: DataSource::FilesMissing, ..torrent('a') };
    let problem = Some(Problem::FileChanged { path: String::new() });
    let changed = TorrentView { state: State::Error, problem, ..torrent('b') };
    assert!(!can_resume(&waits) && !can_resume(&changed) && !can_resume(&torrent('c')));
    assert!(can_resume(&TorrentView { state: State::Paused, ..torrent('d') }));
    assert!(can_pause(&torrent('c')) && !can_pause(&waits) && !can_pause(&changed));
}

// Issue 13, B: dropping on a torrent page.
#[test]
fn what_is_dropped_where_a_share_waits_for_its_files_is_for_that() {
    let waits = TorrentView { source: DataSource::FilesMissing, ..torrent('a') };
    let session = after(Session::default(), [listed(vec![waits, torrent('b')])]);
    assert_eq!(session.awaited(), None, "no torrent is in view");
    let session = after(session, [Action::Show(View::Torrent(hash('a')))]);
    assert_eq!(session.awaited(), Some(hash('a')));
    let session = after(session, [Action::Show(View::Torrent(hash('b')))]);
    assert_eq!(session.awaited(), None);
}

// Issue 13, C: add files to a share.
#[test]
fn a_share_to_which_files_were_added_points_to_the_latest_that_has_them() {
    let adds = |id, info_hash| {
        let mut share = Share::new("trip".to_owned(), Vec::new(), Choices::default(), false);
        share.lineage.adds_to = Some(hash('a'));
        let shared = Action::Engine(Event::Shared { id, info_hash });
        [Action::Share(id, Box::new(share)), shared]
    };
    let session = after(Session::default(), adds(ShareId(1), hash('a')));
    assert_eq!(session.work.successor_of(hash('a')), None, "nothing was added that is not there");
    let session = after(session, adds(ShareId(2), hash('b')));
    assert_eq!(session.work.successor_of(hash('a')), Some(hash('b')));
    let session = after(session, adds(ShareId(3), hash('c')));
    assert_eq!(session.work.successor_of(hash('a')), Some(hash('c')));
    assert_eq!(session.work.successor_of(hash('c')), None);
}

#[test]
fn a_wish_to_tip_is_for_what_is_shown_and_nothing_that_is_shown_later() {
    let mut session = after(Session::default(), [Action::Show(View::Torrent(hash('a'))), Action::Tip]);
    assert_eq!(session.shown.tips_wanted, 1);
    session = after(session, [Action::Show(View::Torrent(hash('b')))]);
    assert_eq!(session.shown.tips_wanted, 0);
}
