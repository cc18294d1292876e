//! Handing a complete file to the user.

use std::rc::Rc;

use metainfo::FileSpan;
use web_sys::Blob;

use super::Torrent;
use super::view::covers;
use crate::Error;
use crate::browser::pause;
use crate::store::{Directory, StoredFile};

/// Bytes copied before peers get a turn again.
const TURN: u64 = 8 << 20;

/// Bytes copied at once.
const STEP: u64 = 1 << 20;

/// A complete file on its way out.
#[derive(Debug)]
pub(crate) struct SaveJob {
    /// What to call it.
    pub(crate) name: String,
    from: From,
}

#[derive(Debug)]
enum From {
    /// The user has it anyway.
    User(Blob),
    /// No change of the data around it reaches a blob any more.
    Finished(Rc<StoredFile>, FileSpan),
    /// Pieces beside it are still to be written, and a blob does not survive that.
    Unfinished(Rc<StoredFile>, FileSpan),
}

impl Torrent {
    /// The file at this position, if it is complete.
    pub(crate) fn save_file(&self, position: u32) -> Option<SaveJob> {
        let (info, have) = (self.info()?, self.have()?);
        let file = info.files().get(position as usize).filter(|file| covers(info, &have, file.span))?;
        let from = if let Some(reader) = &self.reader {
            From::User(reader.files().file(position as usize)?.clone().into())
        } else if have.is_full() || self.folder.data().blobs_are_copies() {
            From::Finished(self.folder.data(), file.span)
        } else {
            From::Unfinished(self.folder.data(), file.span)
        };
        Some(SaveJob { name: file.path.last()?.clone(), from })
    }
}

impl SaveJob {
    /// The file's bytes; `number` tells one copy in `exports` from the others.
    ///
    /// # Errors
    /// If storage fails, or is too full for the copy.
    pub(crate) async fn blob(self, exports: &Directory, number: u32) -> Result<Blob, Error> {
        let (data, span) = match self.from {
            From::User(file) => return Ok(file),
            From::Finished(data, span) => return data.blob(span).await,
            From::Unfinished(data, span) => (data, span),
        };
        let copy = exports.open(&number.to_string()).await?;
        let mut buffer = vec![0; STEP.min(span.length) as usize];
        let mut done = 0;
        while done < span.length {
            let length = STEP.min(span.length - done);
            let bytes = &mut buffer[..length as usize];
            data.read(span.offset + done, bytes)?;
            copy.write(done, bytes)?;
            done += length;
            if done % TURN == 0 {
                pause(0).await;
            }
        }
        copy.flush()?;
        copy.blob(FileSpan { offset: 0, length: span.length }).await
    }
}
