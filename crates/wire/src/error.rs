/// Why the bytes of a peer cannot be what they claim to be.
///
/// After any of these from the [`Decoder`](crate::Decoder) the stream is lost: close the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The stream does not open with the BitTorrent handshake.
    #[error("The peer does not speak BitTorrent.")]
    NotBitTorrent,
    /// A message whose length does not fit its type.
    #[error("The peer sent a message of type {id} with the impossible length {length}.")]
    MessageLength {
        /// The message type.
        id: u8,
        /// The length that the message's prefix states, in bytes.
        length: u32,
    },
    /// A message, block or payload longer than the limit for its type.
    #[error("The peer sent a message of type {id} and {length} bytes, over the limit of {limit}.")]
    TooLong {
        /// The message type.
        id: u8,
        /// The length that the message's prefix states, in bytes.
        length: u32,
        /// The longest that is accepted, in bytes.
        limit: u32,
    },
    /// A bitfield of another size than the torrent's.
    #[error("The peer sent a bitfield of {bytes} bytes for a torrent of {pieces} pieces.")]
    BitfieldLength {
        /// Bytes in the bitfield.
        bytes: usize,
        /// Pieces in the torrent.
        pieces: u32,
    },
    /// A bitfield claims pieces after the last.
    #[error("The peer sent a bitfield with pieces after the torrent's last.")]
    SpareBits,
    /// The payload of an extension is not bencode.
    #[error("The peer sent an extension message that is not valid bencode.")]
    Bencode,
    /// An extended handshake or a message of an extension lacks what it must have.
    #[error("The peer sent a malformed {extension} message.")]
    Extension {
        /// The extension's name.
        extension: &'static str,
    },
}
