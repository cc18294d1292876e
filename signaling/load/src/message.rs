//! The messages of all peers, made from one example of each.
//!
//! A generator that wrote JSON for every message would be as busy as the server that it measures. All announces
//! differ in nothing but their ids, which are 20 letters and digits wherever they stand, so they are written over.

use metainfo::InfoHash;
use tracker::{Announce, Answer, Event, Offer, OfferId, Request};
use wire::PeerId;

/// An id as it stands in JSON: 20 bytes that need no escape.
pub(crate) type Id = [u8; 20];

/// The requests that every peer sends.
#[derive(Debug)]
pub(crate) struct Messages {
    join: Template<2>,
    announce: Template<2>,
    offers: Vec<usize>,
    answer: Template<4>,
}

impl Messages {
    /// Announces with `offers` offers, each of `length` bytes, and answers of the same length.
    pub(crate) fn new(offers: u8, length: usize) -> Self {
        let sdp = session_description(length);
        let ids: Vec<Id> = (0..offers).map(|index| id('o', index.into())).collect();
        let join = announce(Some(Event::Started), Vec::new());
        let announce = announce(
            None,
            ids.iter().map(|&id| Offer { offer_id: OfferId::from_bytes(id), sdp: sdp.clone() }).collect(),
        );
        let answer = Request::Answer(Answer {
            info_hash: InfoHash::from_bytes(INFO_HASH),
            peer_id: PeerId::from_bytes(PEER_ID),
            to_peer_id: PeerId::from_bytes(TO_PEER_ID),
            offer_id: OfferId::from_bytes(OFFER_ID),
            sdp,
        });
        let announce = Template::new(&announce, [INFO_HASH, PEER_ID]);
        Self {
            join: Template::new(&join, [INFO_HASH, PEER_ID]),
            offers: ids.iter().map(|id| position(&announce.text, id)).collect(),
            announce,
            answer: Template::new(&answer, [INFO_HASH, PEER_ID, TO_PEER_ID, OFFER_ID]),
        }
    }

    /// The first announce of a peer, without offers.
    pub(crate) fn join(&mut self, info_hash: &Id, peer_id: &Id) -> &[u8] {
        self.join.with([info_hash, peer_id])
    }

    /// A later one, its offers named by `offer_id`.
    pub(crate) fn announce(&mut self, info_hash: &Id, peer_id: &Id, offer_id: impl Fn(usize) -> Id) -> &[u8] {
        for (index, &position) in self.offers.iter().enumerate() {
            self.announce.text[position..position + 20].copy_from_slice(&offer_id(index));
        }
        self.announce.with([info_hash, peer_id])
    }

    /// Offers in each later announce.
    pub(crate) fn offers(&self) -> usize {
        self.offers.len()
    }

    /// The answer to an offer.
    pub(crate) fn answer(&mut self, info_hash: &Id, peer_id: &Id, to: &Id, offer_id: &Id) -> &[u8] {
        self.answer.with([info_hash, peer_id, to, offer_id])
    }
}

/// The id of kind `kind` with this number.
pub(crate) fn id(kind: char, number: u64) -> Id {
    let mut id = *b"-LD0001-000000000000";
    let text = format!("{kind}{number:011}");
    id[8..].copy_from_slice(text.as_bytes());
    id
}

const INFO_HASH: Id = *b"the info hash of all";
const PEER_ID: Id = *b"the peer id of a one";
const TO_PEER_ID: Id = *b"the id of that other";
const OFFER_ID: Id = *b"the id of that offer";

/// A message with places for `N` ids.
#[derive(Debug)]
struct Template<const N: usize> {
    text: Vec<u8>,
    places: [usize; N],
}

impl<const N: usize> Template<N> {
    fn new(request: &Request, ids: [Id; N]) -> Self {
        let text = request.to_json().into_bytes();
        Self { places: ids.map(|id| position(&text, &id)), text }
    }

    fn with(&mut self, ids: [&Id; N]) -> &[u8] {
        for (id, place) in ids.into_iter().zip(self.places) {
            self.text[place..place + 20].copy_from_slice(id);
        }
        &self.text
    }
}

fn position(text: &[u8], id: &Id) -> usize {
    text.windows(id.len()).position(|window| window == id).expect("it was just written, and needs no escape")
}

fn announce(event: Option<Event>, offers: Vec<Offer>) -> Request {
    Request::Announce(Announce {
        info_hash: InfoHash::from_bytes(INFO_HASH),
        peer_id: PeerId::from_bytes(PEER_ID),
        event,
        left: Some(1),
        uploaded: 0,
        downloaded: 0,
        numwant: u32::try_from(offers.len()).ok(),
        to_seeds: false,
        offers,
    })
}

/// What a browser would say of a data channel, drawn out to `length` bytes by addresses.
fn session_description(length: usize) -> String {
    let mut sdp = "v=0\r\no=- 4215775240449105457 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
        m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=setup:actpass\r\na=mid:0\r\n"
        .to_owned();
    while sdp.len() < length {
        sdp += "a=candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx generation 0\r\n";
    }
    sdp.truncate(length);
    sdp
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_the_ids_that_it_is_asked_for_and_no_others() {
        let mut messages = Messages::new(5, 800);
        let (info_hash, peer_id) = (id('t', 7), id('p', 8));
        let named = |index: usize| id('n', index as u64);
        let text = String::from_utf8(messages.announce(&info_hash, &peer_id, named).to_vec()).unwrap();
        let Request::Announce(announce) = Request::parse(&text).unwrap() else { panic!("{text}") };
        assert_eq!(announce.info_hash.as_bytes(), &info_hash);
        assert_eq!(announce.peer_id.as_bytes(), &peer_id);
        let offers: Vec<_> = announce.offers.iter().map(|offer| *offer.offer_id.as_bytes()).collect();
        assert_eq!(offers, [named(0), named(1), named(2), named(3), named(4)]);
        assert!(announce.offers.iter().all(|offer| offer.sdp.len() == 800));

        let text = messages.answer(&info_hash, &peer_id, &id('p', 9), &named(3)).to_vec();
        let text = String::from_utf8(text).unwrap();
        let Request::Answer(answer) = Request::parse(&text).unwrap() else { panic!("{text}") };
        assert_eq!(answer.to_peer_id.as_bytes(), &id('p', 9));
        assert_eq!(answer.offer_id.as_bytes(), &named(3));
    }
}
