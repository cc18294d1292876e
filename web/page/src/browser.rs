//! The few things that the page asks of the browser, some of which web-sys does not bind.

pub(crate) use host::browser::{
    address, blob, decode, document, download, fragment, method, navigator, now, options, property,
    query_has, query_value, window,
};
use js_sys::{Array, Promise, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{FileSystemHandle, HtmlMediaElement, Storage, TextTrack, TextTrackMode};

#[wasm_bindgen]
extern "C" {
    /// `FileSystemHandle` with the permission methods of the File System Access specification.
    #[wasm_bindgen(extends = FileSystemHandle)]
    pub(crate) type PermittedHandle;

    #[wasm_bindgen(method, catch, js_name = queryPermission)]
    fn query_permission(this: &PermittedHandle) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = requestPermission)]
    fn request_permission(this: &PermittedHandle) -> Result<Promise, JsValue>;
}

/// Whether the page may read all of `handles`; asks the user if `ask`, which needs a click.
///
/// Everything is asked at once: a click counts for a few seconds only, which the user may take for the first answer, and
/// browsers put what they are asked together into as few questions as they can.
pub(crate) async fn may_read(handles: &[FileSystemHandle], ask: bool) -> bool {
    let answer = |handle: &FileSystemHandle| {
        let handle: &PermittedHandle = handle.unchecked_ref();
        if ask { handle.request_permission() } else { handle.query_permission() }
    };
    let answers: Result<Array, JsValue> = handles.iter().map(answer).collect();
    let Ok(answers) = answers else { return false };
    let is_granted = |state: JsValue| state.as_string().as_deref() == Some("granted");
    Promise::all(&answers).await.is_ok_and(|states| Array::from(&states).iter().all(is_granted))
}

/// Asks the browser to keep this page's storage; whether it promises to. It decides by itself, and some ask the user.
pub(crate) async fn keep_storage() -> bool {
    if property(&navigator(), "storage").is_none() {
        return false;
    }
    let Ok(answer) = navigator().storage().persist() else { return false };
    answer.await.is_ok_and(|kept| kept.is_truthy())
}

/// What this browser remembers for the page beside torrents, unless it remembers nothing.
pub(crate) fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// Changes the page's address to hold this fragment, or none, as a new step of its history.
pub(crate) fn push_address(fragment: Option<&str>) {
    let Ok(history) = window().history() else { return };
    let location = window().location();
    let mut address = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    if let Some(fragment) = fragment {
        address.push('#');
        address.push_str(fragment);
    }
    // Browsers refuse only when it happens a hundred times in a few seconds.
    let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&address));
}

/// Makes this the fragment of the page's address, in the same step of its history.
pub(crate) fn replace_fragment(fragment: &str) {
    let Ok(history) = window().history() else { return };
    let location = window().location();
    let page = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    // Browsers refuse only when it happens a hundred times in a few seconds.
    let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&format!("{page}#{fragment}")));
}

/// Whether the user came here to tip: `?tip`.
pub(crate) fn asks_for_tip() -> bool {
    query_has("tip")
}

/// Whether the page's address asks for something, which is taken out of it: a reload does not ask again.
pub(crate) fn take_request(name: &str) -> bool {
    let asks = query_has(name);
    if asks && let Ok(history) = window().history() {
        let location = window().location();
        let address = location.pathname().unwrap_or_default() + &location.hash().unwrap_or_default();
        // Otherwise a reload asks once more, and does no harm.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    }
    asks
}

/// Whether a video has subtitles.
pub(crate) fn has_subtitles(player: &HtmlMediaElement) -> bool {
    player.text_tracks().is_some_and(|tracks| tracks.length() > 0)
}

/// Shows the first subtitles, or none.
pub(crate) fn toggle_subtitles(player: &HtmlMediaElement) {
    let tracks = subtitles_of(player);
    let shown = tracks.iter().any(|track| track.mode() == TextTrackMode::Showing);
    show_only(tracks.first().filter(|_| !shown), &tracks);
}

/// Shows the subtitles that were added last.
pub(crate) fn show_last_subtitles(player: &HtmlMediaElement) {
    let tracks = subtitles_of(player);
    show_only(tracks.last(), &tracks);
}

fn subtitles_of(player: &HtmlMediaElement) -> Vec<TextTrack> {
    let tracks = player.text_tracks();
    tracks
        .map_or_else(Vec::new, |tracks| (0..tracks.length()).filter_map(|place| tracks.get(place)).collect())
}

fn show_only(chosen: Option<&TextTrack>, tracks: &[TextTrack]) {
    for track in tracks {
        let shown = chosen == Some(track);
        track.set_mode(if shown { TextTrackMode::Showing } else { TextTrackMode::Disabled });
    }
}

/// Whether the window is so wide that something stands beside a film: as the style sheet has it.
pub(crate) fn has_room_for_theatre() -> bool {
    window().match_media("(min-width: 1100px)").ok().flatten().is_some_and(|query| query.matches())
}

/// Whether this browser can hand links to other programs.
#[must_use]
pub(crate) fn has_share_sheet() -> bool {
    method(&navigator(), "share").is_some()
}

/// Opens the system's share sheet. Must be called inside a click.
pub(crate) fn share_sheet(title: &str, address: &str) -> Option<Promise> {
    let data = options("title", &JsValue::from_str(title));
    let _ = Reflect::set(&data, &"url".into(), &JsValue::from_str(address));
    method(&navigator(), "share")?.call1(&navigator(), &data).ok()?.dyn_into().ok()
}
