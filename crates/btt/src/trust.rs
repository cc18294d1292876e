/// What vouches for an account, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trust {
    /// The link names it. Whoever passed the link on may have changed it.
    Link,
    /// The torrent's `info` names it, which its info hash binds. Whoever made the torrent put it there.
    Torrent,
    /// Its holder signed the torrent's info hash.
    Endorsed,
    /// A web site lists it as its creator's.
    Domain,
    /// The user has tipped it before.
    Pinned,
}

impl Trust {
    /// The number of the level, from 0.
    #[must_use]
    pub const fn level(self) -> u8 {
        self as u8
    }
}
