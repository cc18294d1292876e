use serde::Deserialize;

use crate::{Account, Error};

/// Bytes of a [`CreatorFile`], at most.
pub const MAX_CREATOR_FILE: usize = 64 * 1024;

/// What a creator publishes at `/.well-known/btt-creator.json` of their site: the accounts that are theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatorFile {
    accounts: Vec<Account>,
}

#[derive(Deserialize)]
struct Contents {
    version: u32,
    accounts: Vec<String>,
}

impl CreatorFile {
    /// Reads the file. Accounts that cannot be read are left out: they may be of chains that this program does not know.
    ///
    /// # Errors
    /// [`Error::CreatorFile`] if it is longer than [`MAX_CREATOR_FILE`], is no JSON object with `version` 1, or has no
    /// `accounts`.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_CREATOR_FILE {
            return Err(Error::CreatorFile);
        }
        let Contents { version: 1, accounts } =
            serde_json::from_slice(bytes).map_err(|_error| Error::CreatorFile)?
        else {
            return Err(Error::CreatorFile);
        };
        Ok(Self { accounts: accounts.iter().filter_map(|account| account.parse().ok()).collect() })
    }

    /// Whether the account is on the list.
    #[must_use]
    pub fn lists(&self, account: &Account) -> bool {
        self.accounts.contains(account)
    }
}
