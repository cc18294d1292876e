//! WebSocket frames as a client sends and receives them (RFC 6455), without extensions.

/// What a frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Close,
    Ping,
    Pong,
}

/// A whole message of a server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) kind: Kind,
    pub(crate) payload: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Takes the first frame from `bytes`; none if it is not there wholly. No tracker splits its messages, so
    /// fragments are an error.
    pub(crate) fn take(bytes: &mut &'a [u8]) -> Result<Option<Self>, Broken> {
        let &[first, second, ref rest @ ..] = *bytes else { return Ok(None) };
        let kind = match first {
            0x81 => Kind::Text,
            0x88 => Kind::Close,
            0x89 => Kind::Ping,
            0x8a => Kind::Pong,
            _ => return Err(Broken),
        };
        let (length, rest) = match (second, rest) {
            (0..126, rest) => (usize::from(second), rest),
            (126, &[a, b, ref rest @ ..]) => (usize::from(u16::from_be_bytes([a, b])), rest),
            (127, &[0, 0, 0, 0, a, b, c, d, ref rest @ ..]) => {
                (u32::from_be_bytes([a, b, c, d]) as usize, rest)
            }
            (126, _) => return Ok(None),
            (127, rest) if rest.len() < 8 => return Ok(None),
            // Masked, or longer than any message.
            _ => return Err(Broken),
        };
        let Some((payload, rest)) = rest.split_at_checked(length) else { return Ok(None) };
        *bytes = rest;
        Ok(Some(Frame { kind, payload }))
    }
}

/// The server does not speak WebSocket, or an extension of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Broken;

/// Appends a masked frame to `out`.
pub(crate) fn write(out: &mut Vec<u8>, kind: Kind, payload: &[u8]) {
    out.push(match kind {
        Kind::Text => 0x81,
        Kind::Close => 0x88,
        Kind::Ping => 0x89,
        Kind::Pong => 0x8a,
    });
    match payload.len() {
        length @ 0..126 => out.push(0x80 | length as u8),
        length @ 126..=0xffff => {
            out.push(0x80 | 126);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            out.push(0x80 | 127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&MASK.to_ne_bytes()[..4]);
    let start = out.len();
    out.extend_from_slice(payload);
    let (words, rest) = out[start..].as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ MASK).to_ne_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip(MASK.to_ne_bytes()) {
        *byte ^= mask;
    }
}

/// The masking key, twice. It protects proxies from what browsers send, so any will do here.
const MASK: u64 = 0x5ac3_960f_5ac3_960f;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_taken_once_it_is_whole() {
        for length in [0, 125, 126, 0xffff, 0x1_0000] {
            let mut whole = match length {
                0..126 => vec![0x81, length as u8],
                126..=0xffff => [&[0x81, 126][..], &(length as u16).to_be_bytes()].concat(),
                _ => [&[0x81, 127][..], &(length as u64).to_be_bytes()].concat(),
            };
            whole.resize(whole.len() + length, b'a');
            for cut in [1, whole.len() / 2, whole.len() - 1] {
                assert_eq!(Frame::take(&mut &whole[..cut]), Ok(None), "{cut} of {length}");
            }
            whole.push(0x8a);
            let mut rest = &whole[..];
            let frame = Frame::take(&mut rest).unwrap().unwrap();
            assert_eq!((frame.kind, frame.payload.len(), rest), (Kind::Text, length, &[0x8a][..]));
        }
    }

    #[test]
    fn fragments_extensions_and_masks_are_refused() {
        for bytes in [[0x01, 0], [0x80, 0], [0xc1, 0], [0x81, 0x80]] {
            assert_eq!(Frame::take(&mut &bytes[..]), Err(Broken), "{bytes:x?}");
        }
    }

    #[test]
    fn what_is_written_is_masked() {
        for length in [0, 5, 125, 126, 800, 0xffff, 0x1_0000] {
            let payload: Vec<u8> = (0..length).map(|index| index as u8).collect();
            let mut out = Vec::new();
            write(&mut out, Kind::Text, &payload);
            let header = out.len() - length;
            assert_eq!(out[1] & 0x80, 0x80);
            let key: Vec<u8> = out[header - 4..header].to_vec();
            let plain: Vec<u8> =
                out[header..].iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
            assert_eq!(plain, payload, "{length}");
        }
    }
}
