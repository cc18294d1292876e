//! What there is to know in a description of a connection (SDP), which is opaque otherwise.

/// Bytes in one message, unless the peer takes less.
pub const MAX_MESSAGE: usize = 256 * 1024;

/// Bytes in one message that every peer takes, whatever its session description says (RFC 8841, section 6.1).
pub const DEFAULT_MESSAGE: usize = 64 * 1024;

/// Bytes that one message to the author of this session description may have
/// (`a=max-message-size`, RFC 8841).
#[must_use]
pub fn max_message(sdp: &str) -> usize {
    let line = sdp.lines().find_map(|line| line.trim().strip_prefix("a=max-message-size:"));
    match line.map(|size| size.trim().parse::<u64>()) {
        Some(Ok(0)) => MAX_MESSAGE,
        Some(Ok(size)) => usize::try_from(size).unwrap_or(MAX_MESSAGE).clamp(1024, MAX_MESSAGE),
        _ => DEFAULT_MESSAGE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_message_is_read_from_the_description() {
        let sdp =
            |line: &str| format!("v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n{line}\r\n");
        let read = |line: &str| max_message(&sdp(line));
        assert_eq!(read("a=max-message-size:100000"), 100_000);
        assert_eq!(read("a=max-message-size:1073741823"), MAX_MESSAGE);
        assert_eq!(read("a=max-message-size:0"), MAX_MESSAGE, "zero means any length");
        assert_eq!(read("a=max-message-size:1"), 1024, "no message of single bytes");
        assert_eq!(read("a=max-message-size:99999999999999999999"), DEFAULT_MESSAGE);
        assert_eq!(read("a=sctp-port:5000"), DEFAULT_MESSAGE);
    }
}
