//! The files of a torrent.

use metainfo::InfoHash;
use protocol::{Command, FileView, Priority, SharedFile};
use yew::prelude::*;

use crate::controls::Controls;
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
    /// Whether they come from others, so that saving them is what the user is here for.
    pub(crate) downloaded: bool,
}

/// The files of a torrent, each with its progress and what can be done with it.
#[component]
pub(crate) fn Files(props: &FilesProps) -> Html {
    let all = use_state_eq(|| false);
    let FilesProps { controls, info_hash, entries, downloaded } = props;
    let shown = if *all { entries.len() } else { entries.len().min(FIRST) };
    let show_all = Callback::from(move |_: MouseEvent| all.set(true));
    let save_all = info_hash.filter(|_| {
        let complete = entries.iter().all(|entry| entry.progress >= 1.0 || !entry.wanted());
        *downloaded && entries.len() > 1 && complete
    });
    let wanted: Vec<u32> =
        (0..).zip(entries).filter(|(_, entry)| entry.wanted()).map(|(file, _)| file).collect();
    html! {
        <section class="card" aria-labelledby="files">
            <div class="card-head">
                <h2 id="files">{ words::FILES }</h2>
                if let Some(info_hash) = save_all {
                    <button onclick={
                        let controls = controls.clone();
                        move |_: MouseEvent| for file in &wanted {
                            controls.command(Command::Save { info_hash, file: *file });
                        }
                    }>{ Icon::SAVE.draw() }{ words::SAVE_ALL }</button>
                }
            </div>
            <ul class="files">
                { for (0..).zip(&entries[..shown]).map(|(file, entry)| file_row(props, file, entry)) }
            </ul>
            if shown < entries.len() {
                <button class="quiet" onclick={show_all}>{ words::show_all(entries.len()) }</button>
            }
        </section>
    }
}

fn file_row(props: &FilesProps, file: u32, entry: &Entry) -> Html {
    let FilesProps { controls, info_hash, entries, downloaded } = props;
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
    let (folders, name) =
        entry.path.rsplit_once('/').map_or(("", entry.path.as_str()), |(folders, name)| (folders, name));
    html! {
        <li key={file} class={classes!("file", (!entry.wanted()).then_some("unwanted"))} data-testid="file" data-path={&entry.path}>
            <div class="file-text">
                <p class="file-name">
                    if !folders.is_empty() { <span class="folders">{ folders }{ "/\u{200b}" }</span> }{ name }
                </p>
                <p class="facts">
                    { quantity::size(entry.size) }
                    if !complete && entry.wanted() { { format!(" · {}", quantity::percent(entry.progress)) } }
                    if !entry.wanted() && !complete { { words::NOT_WANTED } }
                </p>
                if !complete && entry.wanted() {
                    <progress max="1" value={quantity::fraction(entry.progress)} aria-label={entry.path.clone()} />
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
