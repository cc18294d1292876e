//! Which messages a build understands.

/// Tells builds apart that would misread each other: nothing in the encoding of a message says what it is. It is a sum of
/// the release and of the files in which the messages are declared, so that none can change without it; of those that
/// other crates declare, only a release tells.
pub const VERSION: u32 = {
    let mut sum = FNV_OFFSET;
    let sources = [
        env!("CARGO_PKG_VERSION"),
        include_str!("lib.rs"),
        include_str!("purse.rs"),
        include_str!("reason.rs"),
        include_str!("stream.rs"),
        include_str!("tabs.rs"),
        include_str!("tips.rs"),
        include_str!("user.rs"),
        include_str!("view.rs"),
        include_str!("window.rs"),
    ];
    let mut next = 0;
    while next < sources.len() {
        sum = fnv(sum, sources[next].as_bytes());
        next += 1;
    }
    sum
};

const FNV_OFFSET: u32 = 0x811c_9dc5;

/// FNV-1a of 32 bits, going on from `sum`.
const fn fnv(mut sum: u32, bytes: &[u8]) -> u32 {
    let mut at = 0;
    while at < bytes.len() {
        sum = (sum ^ bytes[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_fnv_1a_of_what_declares_messages() {
        // From the reference vectors of the FNV authors.
        assert_eq!(fnv(FNV_OFFSET, b"foobar"), 0xbf9c_f968);
        assert_eq!(fnv(fnv(FNV_OFFSET, b"foo"), b"bar"), 0xbf9c_f968);
        assert_ne!(VERSION, FNV_OFFSET);
    }
}
