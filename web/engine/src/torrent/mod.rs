//! One torrent in the browser: what its life ([`session::Torrent`]) asks for is done here, with links, the browser's
//! storage, the user's files, fetches and the ports of media elements.

mod check;
mod drive;
mod save;
mod streams;
mod view;

use std::ops::{Deref, DerefMut};

use litemap::LiteMap;
use metainfo::InfoHash;
use session::{Error, Found, Setup, StreamKey};
use swarm::{PeerKey, Time, WebSeedKey};

use self::check::Cancel;
pub(crate) use self::check::CheckJob;
pub(crate) use self::drive::Effect;
use self::drive::Peer;
pub(crate) use self::save::{Progress, SaveError, SaveJob};
pub(crate) use self::streams::Stream;
pub(crate) use self::view::Surroundings;
use crate::files::{Reader, UserFiles};
use crate::store::Folder;
use crate::stream::Outlet;
use crate::web_seed::Abort;

/// What is known of a torrent when it is added.
pub(crate) type Origin = session::Origin<Reader>;

/// One torrent that the user added or shares. What the browser has no part in is done with its life, as which it can
/// be used.
#[derive(Debug)]
pub(crate) struct Torrent {
    life: session::Torrent<Folder, Reader>,
    peers: LiteMap<PeerKey, Peer>,
    /// Ends what is being fetched from a web seed when it is dropped.
    fetching: LiteMap<WebSeedKey, Abort>,
    outlets: LiteMap<StreamKey, Outlet>,
    /// Ends the check that is running when it is dropped.
    checking: Option<Cancel>,
    effects: Vec<Effect>,
}

impl Deref for Torrent {
    type Target = session::Torrent<Folder, Reader>;

    fn deref(&self) -> &Self::Target {
        &self.life
    }
}

impl DerefMut for Torrent {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.life
    }
}

impl Torrent {
    /// The torrent whose folder was just opened.
    pub(crate) fn new(
        now: Time,
        setup: Setup,
        info_hash: InfoHash,
        folder: Folder,
        found: Found,
        origin: Origin,
    ) -> Self {
        Self {
            life: session::Torrent::new(now, setup, info_hash, folder, found, origin),
            peers: LiteMap::new(),
            fetching: LiteMap::new(),
            outlets: LiteMap::new(),
            checking: None,
            effects: Vec::new(),
        }
    }

    /// Serves from these files of the user's from now on, once they are known to be the right ones.
    ///
    /// # Errors
    /// If the files are not those of this torrent.
    pub(crate) fn attach(&mut self, now: Time, files: Vec<web_sys::File>) -> Result<(), Error> {
        let info = self.info().ok_or(Error::Broken)?;
        let files = Reader::new(UserFiles::of(info, files)?)?;
        self.life.attach(now, files);
        Ok(())
    }

    /// Takes what the session has to do for it.
    pub(crate) fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }
}
