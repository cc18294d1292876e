//! What a peer says it can do beyond the core protocol.

use std::num::NonZeroU8;

use wire::ExtendedHandshake;

/// What its extended handshake said (BEP 10).
#[derive(Clone, Debug, Default)]
pub(crate) struct Capabilities {
    is_known: bool,
    /// What it calls each of the torrent's extensions.
    ids: Vec<Option<NonZeroU8>>,
    client: Option<String>,
    upload_only: bool,
    super_seeds: bool,
}

impl Capabilities {
    /// Takes over what a handshake says to a torrent that has extensions of these names. It may come again, with
    /// changes.
    pub(crate) fn learn(&mut self, handshake: &ExtendedHandshake, names: impl Iterator<Item = &'static str>) {
        self.is_known = true;
        self.ids.clear();
        self.ids.extend(names.map(|name| NonZeroU8::new(*handshake.extensions.get(name)?)));
        self.upload_only = handshake.upload_only;
        self.super_seeds = handshake.super_seed;
        if handshake.client.is_some() {
            self.client.clone_from(&handshake.client);
        }
    }

    /// Whether it has said anything yet.
    pub(crate) const fn is_known(&self) -> bool {
        self.is_known
    }

    /// What it calls the extension at this place in the torrent's list, if it speaks it.
    pub(crate) fn id(&self, place: usize) -> Option<u8> {
        self.ids.get(place).copied().flatten().map(NonZeroU8::get)
    }

    /// The program that it is.
    pub(crate) fn client(&self) -> Option<String> {
        self.client.clone()
    }

    /// Whether it wants nothing (BEP 21).
    pub(crate) const fn upload_only(&self) -> bool {
        self.upload_only
    }

    /// Whether it super-seeds: it serves more than it says it has.
    pub(crate) const fn super_seeds(&self) -> bool {
        self.super_seeds
    }
}
