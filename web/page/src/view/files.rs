//! The files of a torrent.

use metainfo::{InfoHash, visible};
use protocol::{Command, FileView, Priority, SaveId, SharedFile};
use yew::prelude::*;

use crate::controls::Controls;
use crate::folder;
use crate::session::Save;
use crate::view::icon::Icon;
use crate::view::priority::PriorityChoice;
use crate::words::{self, quantity};

/// Files shown before the user asks for all: thousands would make every change slow.
const FIRST: usize = 200;

/// One file, of a torrent or of a share.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    path: AttrValue,
    size: u64,
    progress: f32,
    priority: Priority,
}

impl Entry {
    pub(crate) fn of_torrent(file: &FileView) -> Self {
        let path = file.path.clone().into();
        Self { path, size: file.size, progress: file.progress, priority: file.priority }
    }

    fn wanted(&self) -> bool {
        self.priority != Priority::Skip
    }

    pub(crate) fn of_share(file: &SharedFile) -> Self {
        let path = file.path.join("/").into();
        Self { path, size: file.length, progress: 1.0, priority: Priority::Normal }
    }
}

#[derive(PartialEq, Properties)]
pub(crate) struct FilesProps {
    pub(crate) controls: Controls,
    /// `None` for a share that is no torrent yet.
    pub(crate) info_hash: Option<InfoHash>,
    pub(crate) entries: Vec<Entry>,
    /// What of all of them is being saved.
    pub(crate) save: Option<(SaveId, Save)>,
    /// Whether they come from others, so that saving them is what the user is here for.
    pub(crate) downloaded: bool,
}

/// The files of a torrent, each with its progress and what can be done with it.
#[component]
pub(crate) fn Files(props: &FilesProps) -> Html {
    let all = use_state_eq(|| false);
    let FilesProps { controls, info_hash, entries, save, .. } = props;
    let shown = if *all { entries.len() } else { entries.len().min(FIRST) };
    let show_all = Callback::from(move |_: MouseEvent| all.set(true));
    let savable = entries.iter().filter(|entry| entry.wanted() && entry.progress >= 1.0).count();
    let choices = info_hash.filter(|_| entries.len() > 1 && savable > 0 && save.is_none());
    let left_out = entries.len() - savable;
    html! {
        <section class="card" aria-labelledby="files">
            <div class="card-head">
                <h2 id="files">{ words::FILES }</h2>
                if let Some(info_hash) = choices { { save_all(info_hash, controls) } }
            </div>
            if choices.is_some() && left_out > 0 {
                <p class="hint" data-testid="left-out">{ words::left_out(left_out as u64) }</p>
            }
            if let Some((id, save)) = save { { saving(*id, save, controls) } }
            <ul class="files">
                { for (0..).zip(&entries[..shown]).map(|(file, entry)| file_row(props, file, entry)) }
            </ul>
            if shown < entries.len() {
                <button class="quiet" onclick={show_all}>{ words::show_all(entries.len() as u64) }</button>
            }
        </section>
    }
}

/// The ways to save all files.
fn save_all(info_hash: InfoHash, controls: &Controls) -> Html {
    let zip = {
        let controls = controls.clone();
        Callback::from(move |_: MouseEvent| controls.save_zip(info_hash))
    };
    let to_folder = {
        let controls = controls.clone();
        Callback::from(move |_: MouseEvent| controls.save_to_folder(info_hash))
    };
    html! {
        <div class="save-all">
            <button data-testid="save-zip" onclick={zip}>{ Icon::SAVE.draw() }{ words::SAVE_ZIP }</button>
            if folder::can_save() {
                <button data-testid="save-to-folder" onclick={to_folder}>{ Icon::SAVE.draw() }{ words::SAVE_TO_FOLDER }</button>
            }
        </div>
    }
}

/// How far the saving of all files is.
fn saving(id: SaveId, save: &Save, controls: &Controls) -> Html {
    let cancel = {
        let controls = controls.clone();
        Callback::from(move |_: MouseEvent| controls.cancel_save(id))
    };
    let words = words::saving(save.form, save.progress);
    html! {
        <div class="saving" data-testid="saving">
            <div class="file-text">
                <p class="facts">{ &words }</p>
                <progress max="1" value={quantity::fraction(save.progress)} aria-label={words} />
            </div>
            <button data-testid="cancel-save" onclick={cancel}>{ words::CANCEL }</button>
        </div>
    }
}

fn file_row(props: &FilesProps, file: u32, entry: &Entry) -> Html {
    let FilesProps { controls, info_hash, entries, downloaded, .. } = props;
    let choosable = entries.len() > 1;
    let complete = entry.progress >= 1.0;
    let choose = info_hash.filter(|_| choosable && *downloaded && !complete).map(|info_hash| {
        let controls = controls.clone();
        move |priority| controls.command(Command::Select { info_hash, file, priority })
    });
    let save = info_hash.map(|info_hash| {
        let controls = controls.clone();
        Callback::from(move |_: MouseEvent| {
            controls.keep_storage();
            controls.command(Command::Save { info_hash, file });
        })
    });
    let path = visible(&entry.path);
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", &path));
    html! {
        <li key={file} class={classes!("file", (!entry.wanted()).then_some("unwanted"))} data-testid="file" data-path={&entry.path}>
            <div class="file-text">
                <p class="file-name" dir="auto">
                    if !folders.is_empty() { <span class="folders">{ folders }{ "/\u{200b}" }</span> }{ name }
                </p>
                <p class="facts">
                    { quantity::size(entry.size) }
                    if !complete && entry.wanted() { { format!(" · {}", quantity::percent(entry.progress)) } }
                    if !entry.wanted() && !complete { { " · " }{ words::NOT_WANTED } }
                </p>
                if !complete && entry.wanted() {
                    <progress max="1" value={quantity::fraction(entry.progress)} aria-label={path.to_string()} />
                }
            </div>
            if let Some(onchange) = choose {
                <PriorityChoice priority={entry.priority} path={entry.path.clone()} {onchange} />
            }
            if let Some(save) = save {
                <button class={classes!((*downloaded && complete).then_some("primary"))} data-testid="save-file"
                    disabled={!complete} onclick={save} aria-label={words::save_file(&entry.path)}>
                    { Icon::SAVE.draw() }{ words::SAVE }
                </button>
            }
        </li>
    }
}
