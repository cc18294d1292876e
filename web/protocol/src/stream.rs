//! How the service worker gets the bytes of a file from the engine worker.
//!
//! Media elements read `stream/<info hash>/<path>` below the page's folder. The service worker answers them for all tabs.
//! It remembers nothing, for browsers stop it at will: the owner of the engine holds a Web Lock whose name is [`LOCK`]
//! and then its client id, which the service worker told it. To that client it posts
//!
//! ```js
//! { stream: { address, method, range, ifRange } }     // address: what is behind stream/; headers or null
//! ```
//!
//! with one end of a `MessageChannel`. The page passes that on unread, as [`window::ToEngine::Stream`](crate::window::ToEngine::Stream).
//! From then on the two workers talk over the channel:
//!
//! | From | Value | Meaning |
//! |---|---|---|
//! | engine | `{ status, headers }` | the answer begins; `headers` is a list of names and values |
//! | engine | `ArrayBuffer`, transferred | the next bytes, at most [`MAX_CHUNK`] |
//! | engine | `null` | that was all |
//! | engine | string | nothing more comes: a sentence that says why |
//! | service worker | number | so many chunks more may be sent |
//! | service worker | `null` | nobody reads any more |

use serde::{Deserialize, Serialize};

/// What the names of the owner's lock begin with.
pub const LOCK: &str = "seedcast-stream:";

/// Bytes in one chunk.
pub const MAX_CHUNK: u32 = 256 * 1024;

/// The part of an HTTP request that its answer depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamRequest {
    /// What stands behind `stream/` in the URL: `<info hash>/<path>`, percent-encoded.
    pub address: String,
    /// The method.
    pub method: String,
    /// The `Range` header.
    pub range: Option<String>,
    /// The `If-Range` header.
    pub if_range: Option<String>,
}
