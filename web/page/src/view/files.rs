//! The files of a torrent.

use metainfo::{InfoHash, visible};
use protocol::{Command, FileView, Priority, SaveId, SharedFile};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::functional::{Hook, HookContext};
use yew::prelude::*;

use crate::controls::Controls;
use crate::folder;
use crate::listing::{self, Choice, Listed, Order, Row};
use crate::session::Save;
use crate::view::growing::use_growing;
use crate::view::icon::Icon;
use crate::view::part::Part;
use crate::view::priority::PriorityChoice;
use crate::words::{self, quantity};

/// Where there are fewer files, nobody has to look for one.
const FEW: usize = 10;

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

    fn listed(&self) -> Listed<'_> {
        Listed { path: &self.path, size: self.size, progress: self.progress }
    }

    fn wanted(&self) -> bool {
        self.priority != Priority::Skip
    }

    pub(crate) fn of_share(file: &SharedFile) -> Self {
        let path = file.path.join("/").into();
        Self { path, size: file.length, progress: 1.0, priority: Priority::Normal }
    }
}

/// The files of a torrent, each with its progress and what can be done with it.
#[derive(PartialEq)]
pub(crate) struct Files {
    pub(crate) controls: Controls,
    /// `None` for a share that is no torrent yet.
    pub(crate) info_hash: Option<InfoHash>,
    pub(crate) entries: Vec<Entry>,
    /// What of all of them is being saved.
    pub(crate) save: Option<(SaveId, Save)>,
    /// Whether they come from others, so that saving them is what the user is here for.
    pub(crate) downloaded: bool,
}

impl Part for Files {
    const NAME: &'static str = "files";

    fn draw(&self, hooks: &mut HookContext) -> Html {
        use_files(self).run(hooks)
    }
}

#[hook]
fn use_files(props: &Files) -> Html {
    let choice = use_state_eq(Choice::default);
    let Files { info_hash, entries, save, .. } = props;
    let controls = props.controls;
    let files: Vec<Listed<'_>> = entries.iter().map(Entry::listed).collect();
    let paths: Vec<AttrValue> = entries.iter().map(|entry| entry.path.clone()).collect();
    let sorted = use_memo((paths, choice.order), |(_, order)| listing::sorted(&files, *order));
    let rows = listing::rows(&files, &sorted, &choice);
    let (shown, end) = use_growing(rows.len(), (choice.search.clone(), choice.order));
    let many = rows.len() > FEW;
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
            if entries.len() > FEW { { finder(&choice) } }
            <ul class={classes!("files", many.then_some("many"))} tabindex={many.then_some("0")} aria-labelledby="files">
                { for rows[..shown].iter().map(|row| match row {
                    Row::Folder { path, .. } => folder_row(row, turn(&choice, path)),
                    Row::File { file, depth, name } => file_row(props, *file, *depth, name),
                }) }
                { for end }
            </ul>
            if rows.is_empty() { <p class="hint" role="status">{ words::NO_SUCH_FILE }</p> }
        </section>
    }
}

/// Where to look for files, and what they are sorted by.
fn finder(choice: &UseStateHandle<Choice>) -> Html {
    let search = {
        let choice = choice.clone();
        Callback::from(move |event: InputEvent| {
            let search = event.target_unchecked_into::<HtmlInputElement>().value();
            choice.set(Choice { search, ..(*choice).clone() });
        })
    };
    let sort = {
        let choice = choice.clone();
        Callback::from(move |event: Event| {
            let by_name = event.target_unchecked_into::<HtmlSelectElement>().selected_index() == 0;
            let order = if by_name { Order::Name } else { Order::Size };
            choice.set(Choice { order, ..(*choice).clone() });
        })
    };
    html! {
        <div class="finder">
            <input type="search" data-testid="find-file" aria-label={words::FIND_FILE} placeholder={words::FIND_FILE}
                oninput={search} />
            <select data-testid="sort-files" aria-label={words::SORT_FILES} onchange={sort}>
                // Firefox would choose the one that is drawn first, which is the last.
                <option selected={choice.order == Order::Name}>{ words::BY_NAME }</option>
                <option selected={choice.order == Order::Size}>{ words::BY_SIZE }</option>
            </select>
        </div>
    }
}

/// Opens or closes a folder.
fn turn(choice: &UseStateHandle<Choice>, path: &str) -> Callback<MouseEvent> {
    let (choice, path) = (choice.clone(), path.to_owned());
    Callback::from(move |_| {
        let mut next = (*choice).clone();
        if next.turned.remove(&path).is_none() {
            next.turned.insert(path.clone(), ());
        }
        choice.set(next);
    })
}

fn folder_row(row: &Row, turn: Callback<MouseEvent>) -> Html {
    let Row::Folder { path, name, depth, files, size, progress, open } = row else { return Html::default() };
    html! {
        <li key={format!("{path}/")} class={classes!("file", deep(*depth))}>
            <button class="quiet folder" data-testid="folder" data-path={path.clone()} aria-expanded={open.to_string()}
                onclick={turn}>
                { Icon::FOLDED.draw() }<span class="file-name" dir="auto">{ visible(name).replace('/', "/\u{200b}") }</span>
            </button>
            <p class="facts">
                { words::size_and_files(*size, *files) }
                if *progress < 1.0 { { format!(" · {}", quantity::percent(*progress)) } }
            </p>
        </li>
    }
}

/// How far in a line stands. Folders that are deeper than anybody looks stand in one line.
fn deep(depth: usize) -> Option<&'static str> {
    const DEPTHS: [&str; 6] = ["deep-1", "deep-2", "deep-3", "deep-4", "deep-5", "deep-6"];
    DEPTHS.get(depth.min(DEPTHS.len()).checked_sub(1)?).copied()
}

/// The ways to save all files.
fn save_all(info_hash: InfoHash, controls: Controls) -> Html {
    let zip = Callback::from(move |_: MouseEvent| controls.save_zip(info_hash));
    let to_folder = Callback::from(move |_: MouseEvent| controls.save_to_folder(info_hash));
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
fn saving(id: SaveId, save: &Save, controls: Controls) -> Html {
    let cancel = Callback::from(move |_: MouseEvent| controls.cancel_save(id));
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

fn file_row(props: &Files, position: usize, depth: usize, name: &str) -> Html {
    let Files { info_hash, entries, downloaded, .. } = props;
    let controls = props.controls;
    let (entry, file) = (&entries[position], position as u32);
    let choosable = entries.len() > 1;
    let complete = entry.progress >= 1.0;
    let choice = info_hash.filter(|_| choosable && *downloaded && !complete).map(|info_hash| {
        let choose = move |priority| controls.command(Command::Select { info_hash, file, priority });
        PriorityChoice { priority: entry.priority, path: entry.path.clone(), onchange: choose.into() }
    });
    let save = info_hash.map(|info_hash| {
        Callback::from(move |_: MouseEvent| {
            controls.keep_storage();
            controls.command(Command::Save { info_hash, file });
        })
    });
    let (path, name) = (visible(&entry.path), visible(name));
    let (folders, name) = name.rsplit_once('/').unwrap_or(("", &name));
    html! {
        <li key={file} class={classes!("file", deep(depth), (!entry.wanted()).then_some("unwanted"))} data-testid="file" data-path={&entry.path}>
            <div class="file-text">
                <p class="file-name" dir="auto">
                    if !folders.is_empty() { <span class="folders">{ folders }{ "/\u{200b}" }</span> }{ name }
                </p>
                <p class="facts">
                    { if entry.size == 0 { words::FILE_EMPTY.into() } else { quantity::size(entry.size) } }
                    if !complete && entry.wanted() { { format!(" · {}", quantity::percent(entry.progress)) } }
                    if !entry.wanted() && !complete { { " · " }{ words::NOT_WANTED } }
                </p>
                if !complete && entry.wanted() {
                    <progress max="1" value={quantity::fraction(entry.progress)} aria-label={path.to_string()} />
                }
            </div>
            if let Some(choice) = choice {
                { choice.html() }
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
