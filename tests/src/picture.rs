//! Pictures and sounds that are made to be looked at, as bytes.

/// A picture (BMP) of `width` by `height` pixels, in colours that run from one corner to the other and begin at `hue`.
#[must_use]
pub fn bitmap(width: u32, height: u32, hue: u8) -> Vec<u8> {
    let row = (width as usize * 3).next_multiple_of(4);
    let mut file = header(width, height, 24, 0, row * height as usize);
    for y in 0..height {
        let start = file.len();
        for x in 0..width {
            let share = |at: u32, of: u32| (u64::from(at) * 255 / u64::from(of)) as u8;
            file.extend([share(x, width), share(y, height), hue]);
        }
        file.resize(start + row, 0);
    }
    file
}

/// A picture of a thousand bytes, and of as many pixels as it is told: it is run-length encoded, and ends before its first run.
#[must_use]
pub fn hollow_bitmap(width: u32, height: u32) -> Vec<u8> {
    let mut file = header(width, height, 8, 1, 1024 + 2);
    file.resize(file.len() + 1024, 0x80);
    file.extend([0, 1]);
    file
}

fn header(width: u32, height: u32, depth: u16, encoding: u32, content: usize) -> Vec<u8> {
    const HEADERS: u32 = 54;
    let palette = if depth == 8 { 1024 } else { 0 };
    let mut file = b"BM".to_vec();
    for number in [HEADERS + content as u32, 0, HEADERS + palette, 40, width, height] {
        file.extend(number.to_le_bytes());
    }
    file.extend(1_u16.to_le_bytes());
    file.extend(depth.to_le_bytes());
    for number in [encoding, content as u32 - palette, 2835, 2835, palette / 4, 0] {
        file.extend(number.to_le_bytes());
    }
    file
}

/// A sound (MP3) with these texts (`ID3v2.3`: the name of a frame, and what is in it) and this cover instead of its own.
#[must_use]
pub fn tagged(sound: &[u8], texts: &[(&str, &str)], cover: Option<&[u8]>) -> Vec<u8> {
    let mut frames = Vec::new();
    let mut frame = |name: &str, parts: [&[u8]; 2]| {
        frames.extend(name.as_bytes());
        frames.extend((parts.concat().len() as u32).to_be_bytes());
        frames.extend([0, 0]);
        frames.extend(parts.concat());
    };
    if let Some(cover) = cover {
        frame("APIC", [b"\0image/bmp\0\x03\0", cover]);
    }
    for (name, text) in texts {
        let text: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        frame(name, [b"\x01\xFF\xFE", &text]);
    }
    let syncsafe = [21, 14, 7, 0].map(|shift| (frames.len() >> shift) as u8 & 0x7F);
    let own = match sound {
        [b'I', b'D', b'3', _, _, _, a, b, c, d, ..] => {
            10 + [a, b, c, d].into_iter().fold(0, |size, byte| size << 7 | usize::from(*byte))
        }
        _ => 0,
    };
    [b"ID3\x03\0\0", &syncsafe[..], &frames, sound.get(own..).unwrap_or_default()].concat()
}
