//! What other people's scripts find a torrent by: names that stay as they are.

use protocol::{DataSource, State, TorrentView};
use yew::virtual_dom::VNode;
use yew::{AttrValue, Html};

use crate::words::quantity::fraction;

/// Marks an element as that of a torrent. There is one for each torrent that is shown: a row of the list, or the page of
/// the torrent in view.
pub(crate) fn mark(mut element: Html, torrent: &TorrentView) -> Html {
    if let VNode::VTag(tag) = &mut element {
        let tag = std::rc::Rc::make_mut(tag);
        for (name, value) in attributes(torrent) {
            tag.add_attribute(name, value);
        }
    }
    element
}

fn attributes(torrent: &TorrentView) -> [(&'static str, AttrValue); 10] {
    let state = match torrent.state {
        State::Metadata => "metadata",
        State::Checking => "checking",
        State::Downloading => "downloading",
        State::Seeding => "seeding",
        State::Paused => "paused",
        State::Error => "error",
    };
    let source = match torrent.source {
        DataSource::Browser => "browser",
        DataSource::Files => "files",
        DataSource::Copying { .. } => "copying",
        DataSource::FilesMissing => "missing",
    };
    [
        ("data-testid", "torrent".into()),
        ("data-info-hash", torrent.info_hash.to_string().into()),
        ("data-state", state.into()),
        ("data-source", source.into()),
        ("data-progress", fraction(torrent.progress).into()),
        ("data-peers", torrent.peers.to_string().into()),
        ("data-down", torrent.down_rate.to_string().into()),
        ("data-up", torrent.up_rate.to_string().into()),
        ("data-downloaded", torrent.downloaded.to_string().into()),
        ("data-uploaded", torrent.uploaded.to_string().into()),
    ]
}

#[cfg(test)]
mod tests {
    use metainfo::InfoHash;
    use yew::html;

    use super::*;

    fn torrent() -> TorrentView {
        let info_hash = InfoHash::from_bytes([7; 20]);
        TorrentView {
            info_hash,
            name: String::new(),
            size: None,
            file_count: 0,
            state: State::Downloading,
            progress: 0.5,
            peers: 3,
            seeds: 1,
            waiting: 0,
            finished: 0,
            left_early: 0,
            web_seeds: 0,
            down_rate: 11,
            up_rate: 12,
            downloaded: 13,
            uploaded: 14,
            seconds_left: None,
            source: DataSource::Copying { progress: 0.1 },
            problem: None,
            added_at: 0.0,
            seal: None,
            magnet: String::new(),
        }
    }

    // Issue 12, 5.
    #[test]
    fn an_element_keeps_its_own_attributes_beside_those_of_its_torrent() {
        let marked = mark(html! { <li class="row"></li> }, &torrent());
        let VNode::VTag(mut tag) = marked else { panic!("it is no element any more") };
        let all = std::rc::Rc::make_mut(&mut tag).attributes.get_mut_index_map();
        assert!(all.contains_key("class"));
        let mut found: Vec<(&str, &str)> = tag.attributes.iter().collect();
        found.sort_unstable();
        assert_eq!(
            found,
            [
                ("data-down", "11"),
                ("data-downloaded", "13"),
                ("data-info-hash", &*"07".repeat(20)),
                ("data-peers", "3"),
                ("data-progress", "0.5000"),
                ("data-source", "copying"),
                ("data-state", "downloading"),
                ("data-testid", "torrent"),
                ("data-up", "12"),
                ("data-uploaded", "14"),
            ]
        );
    }
}
