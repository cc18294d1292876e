//! Why something did not work.

use language::number::whole;
use metainfo::{
    BLOCK_LENGTH, MAX_FILES, MAX_LINK_LENGTH, MAX_PATH_DEPTH, MAX_PIECE_LENGTH, MAX_PIECES,
    MAX_TORRENT_LENGTH,
};
use protocol::{
    CloseReason, Fatal, NameFault, Refusal, StorageFault, TorrentFault, TrackerFault, WebSeedFault,
};

use super::quantity::binary_size;
use super::*;

/// Why bytes or files are no torrent, or a text is no link.
pub(crate) fn torrent(why: &TorrentFault) -> String {
    use TorrentFault as Fault;
    let count = |count: usize| whole(count as u64);
    match why {
        Fault::Malformed { offset } => fault_malformed(&count(*offset)),
        Fault::Truncated => FAULT_TRUNCATED.into(),
        Fault::TooDeep => FAULT_TOO_DEEP.into(),
        Fault::TrailingBytes { offset } => fault_trailing(&count(*offset)),
        Fault::TooLarge => fault_too_large(&binary_size(MAX_TORRENT_LENGTH as u64)),
        Fault::Missing(field) => fault_missing(field),
        Fault::Invalid(field) => fault_invalid(field),
        Fault::LaterVersion(version) => fault_later_version(&version.to_string()),
        Fault::VersionsDiffer => FAULT_VERSIONS_DIFFER.into(),
        Fault::PieceLayers => FAULT_PIECE_LAYERS.into(),
        Fault::Empty => FAULT_EMPTY.into(),
        Fault::LengthOverflow => FAULT_OVERFLOW.into(),
        Fault::PieceLength(length) => fault_piece_length(&whole(*length), &whole(MAX_PIECE_LENGTH.into())),
        Fault::AlignedPieceLength(length) => {
            let (least, most) = (whole(BLOCK_LENGTH.into()), whole(MAX_PIECE_LENGTH.into()));
            fault_aligned_piece_length(&least, &whole(*length), &most)
        }
        Fault::TooManyPieces => fault_too_many_pieces(&whole(MAX_PIECES.into())),
        Fault::PieceCount { expected, found } => {
            fault_piece_count(&whole((*expected).into()), &count(*found))
        }
        Fault::LeafCount => FAULT_LEAF_COUNT.into(),
        Fault::TooManyFiles => fault_too_many_files(&count(MAX_FILES)),
        Fault::PathTooDeep => fault_path_depth(&count(MAX_PATH_DEPTH)),
        Fault::PathsTooLong => FAULT_PATHS.into(),
        Fault::Name { name, fault } => match fault {
            NameFault::Empty => FAULT_NAME_EMPTY.into(),
            NameFault::TooLong => fault_name_long(name),
            NameFault::ZeroByte => fault_name_zero(name),
            NameFault::Separator => fault_name_separator(name),
            NameFault::Dots => fault_name_dots(name),
            _ => FAULT_UNKNOWN.into(),
        },
        Fault::DuplicatePath(path) => fault_two_files(path),
        Fault::FileIsFolder(path) => fault_file_and_folder(path),
        Fault::InfoHash => LINK_HASH_ONE.into(),
        Fault::InfoHashV2 => LINK_HASH_TWO.into(),
        Fault::NotMagnet => LINK_NOT_MAGNET.into(),
        Fault::NoInfoHash => LINK_WITHOUT_TORRENT.into(),
        Fault::Escape(part) => link_escape(part),
        Fault::SelectOnly(choice) => link_selection(choice),
        Fault::SealKey => LINK_KEY.into(),
        Fault::SealKeyVersion => LINK_NEWER.into(),
        Fault::ShortTypo => LINK_TYPO.into(),
        Fault::ShortVersion => LINK_NEWER.into(),
        Fault::LinkTooLong => link_too_long(&binary_size(MAX_LINK_LENGTH as u64)),
        _ => FAULT_UNKNOWN.into(),
    }
}

/// Why a web seed gives nothing.
pub(crate) fn web_seed(why: &WebSeedFault) -> String {
    use WebSeedFault as Fault;
    match why {
        Fault::NotAnAddress => SERVER_ADDRESS.into(),
        Fault::Scheme => SERVER_SCHEME.into(),
        Fault::UserInfo => SERVER_USER.into(),
        Fault::MixedContent => SERVER_MIXED.into(),
        Fault::Cors => SERVER_CORS.into(),
        Fault::NotFound { file } => server_not_found(file),
        Fault::Refused { status } => server_refuses(&status.to_string()),
        Fault::Busy { .. } => SERVER_BUSY.into(),
        Fault::Server { status } => server_failed(&status.to_string()),
        Fault::WrongLength { file } => server_length(file),
        Fault::WrongRange => SERVER_RANGE.into(),
        Fault::WholeOnly => SERVER_WHOLE.into(),
        Fault::CutOff => SERVER_BROKE.into(),
        Fault::Stalled => SERVER_SLOW.into(),
        Fault::Lied => SERVER_LIED.into(),
        // Unreachable, or what only a later release tells apart.
        _ => SERVER_UNREACHABLE.into(),
    }
}

/// Why a tracker is of no use, in its own words where it has any.
pub(crate) fn tracker(why: &TrackerFault) -> String {
    match why {
        TrackerFault::Unreachable => TRACKER_UNREACHABLE.into(),
        TrackerFault::Silent => TRACKER_SILENT.into(),
        TrackerFault::Closed => TRACKER_CLOSED.into(),
        TrackerFault::Browser(words) | TrackerFault::Refused(words) => words.clone(),
    }
}

/// Why somebody is not connected any more; for no reason of ours if `None`.
pub(crate) const fn departure(why: Option<CloseReason>) -> Word {
    use CloseReason as Why;
    match why {
        Some(Why::HandshakeTimeout | Why::Idle) => LEFT_SILENT,
        Some(Why::RequestTimeout) => LEFT_STALLED,
        Some(Why::CorruptData | Why::Banned) => LEFT_CORRUPT,
        Some(Why::Protocol | Why::Misbehaved) => LEFT_MISBEHAVED,
        Some(Why::WrongInfoHash) => LEFT_ASTRAY,
        Some(Why::BothComplete) => LEFT_COMPLETE,
        Some(Why::TooManyPeers | Why::Replaced) => LEFT_REPLACED,
        // Others are of connections that nobody saw open.
        _ => LEFT_ALONE,
    }
}

/// Why storage, or a file that the user shares, failed.
pub(crate) fn storage(why: &StorageFault) -> String {
    match why {
        StorageFault::Full => STORAGE_FULL.into(),
        StorageFault::MemoryFull => STORAGE_MEMORY_FULL.into(),
        StorageFault::InUse => STORAGE_IN_USE.into(),
        StorageFault::NotFound => STORAGE_MISSING.into(),
        StorageFault::Failed(words) => storage_broke(words),
        StorageFault::FileChanged { path } => storage_changed(path),
        StorageFault::OtherFiles { path } => storage_other_files(path),
        StorageFault::Unreadable => STORAGE_UNREADABLE.into(),
        StorageFault::BrokeVisit => STORAGE_BROKE_VISIT.into(),
    }
}

/// Why something that the user asked for was not done.
pub(crate) fn refusal(why: &Refusal) -> String {
    match why {
        Refusal::Torrent(why) => torrent(why),
        Refusal::Storage(why) => storage(why),
        Refusal::Incomplete => REFUSED_INCOMPLETE.into(),
        Refusal::NothingComplete => REFUSED_NOTHING_COMPLETE.into(),
        Refusal::Undescribed => REFUSED_UNDESCRIBED.into(),
        Refusal::FilesChanged => REFUSED_CHANGED.into(),
        Refusal::Removed => REFUSED_REMOVED.into(),
        Refusal::ZipPath { start } => refused_zip_path(start),
    }
}

/// Why the engine cannot go on at all.
pub(crate) fn fatal(why: &Fatal) -> String {
    match why {
        Fatal::Storage(why) => storage(why),
        Fatal::Crashed(words) => fatal_crashed(words),
        Fatal::Stopped => FATAL_STOPPED.into(),
        Fatal::OtherVersion => FATAL_UPDATED.into(),
        Fatal::OtherTabsVersion => FATAL_UPDATED_TABS.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Issue 12, 4.
    #[test]
    fn a_reason_is_said_in_the_words_of_the_page() {
        let name = TorrentFault::Name { name: "a/b".to_owned(), fault: NameFault::Separator };
        assert_eq!(refusal(&Refusal::Torrent(name)), "The name “a/b” contains a path separator.");
        let changed = StorageFault::FileChanged { path: "a.txt".to_owned() };
        assert_eq!(refusal(&Refusal::Storage(changed)), "The file “a.txt” was changed, moved or deleted.");
        assert_eq!(
            web_seed(&WebSeedFault::Refused { status: 403 }),
            "The server refuses to give out the file (status 403)."
        );
        assert!(fatal(&Fatal::OtherVersion).contains("Reload"));
    }

    // Issue 12, 6.
    #[test]
    fn why_somebody_left_is_said() {
        let said = CloseReason::ALL.iter().map(|why| departure(Some(*why)).text());
        let mut words: Vec<_> = said.chain([departure(None).text()]).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), 8);
        assert_eq!(departure(Some(CloseReason::CorruptData)), departure(Some(CloseReason::Banned)));
    }

    // Issue 12, 4.
    #[test]
    fn what_a_tracker_says_is_shown_as_it_says_it() {
        let words = "info_hash is blacklisted";
        assert_eq!(tracker(&TrackerFault::Refused(words.to_owned())), words);
    }
}
