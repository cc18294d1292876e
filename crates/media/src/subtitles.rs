//! Subtitle files: which belong to a video, how they are encoded, and SubRip as WebVTT.

use std::fmt::Write as _;

/// Bytes above which a file is no subtitles: those of a long film have a tenth of it.
pub const MAX_SUBTITLES: u64 = 2 << 20;

/// Whether the subtitle file at one path is meant for the video at the other: it has its name and perhaps more, or
/// stands in a folder for subtitles beside it.
#[must_use]
pub fn belong_to(subtitles: &str, video: &str) -> bool {
    let (folder, video) = video.rsplit_once('/').unwrap_or(("", video));
    let (place, name) = subtitles.rsplit_once('/').unwrap_or(("", subtitles));
    let Some((name, "srt" | "vtt" | "SRT" | "VTT")) = name.rsplit_once('.') else { return false };
    let video = video.rsplit_once('.').map_or(video, |(stem, _)| stem);
    if place == folder {
        return name.strip_prefix(video).is_some_and(|more| !more.starts_with(char::is_alphanumeric));
    }
    let beside = place.strip_prefix(folder).map(|rest| rest.trim_start_matches('/').to_ascii_lowercase());
    beside.is_some_and(|beside| {
        ["subs", "subtitles", "sub"]
            .iter()
            .any(|word| beside == *word || beside.starts_with(&format!("{word}/")))
    })
}

/// The label (of the Encoding Standard, as `TextDecoder` takes it) of the encoding of a subtitle file. What is not
/// Unicode is in the encoding that was common for its language before Unicode was.
#[must_use]
pub fn charset(bytes: &[u8], language: Option<&str>) -> &'static str {
    match bytes {
        [0xFF, 0xFE, ..] => return "utf-16le",
        [0xFE, 0xFF, ..] => return "utf-16be",
        _ if std::str::from_utf8(bytes).is_ok() => return "utf-8",
        _ => {}
    }
    match language.map(|tag| tag.split('-').next().unwrap_or(tag)) {
        Some("ru" | "uk" | "bg" | "sr") => "windows-1251",
        Some("cs" | "hr" | "hu" | "pl" | "ro" | "sk") => "windows-1250",
        Some("el") => "windows-1253",
        Some("tr") => "windows-1254",
        Some("he") => "windows-1255",
        Some("ar" | "fa") => "windows-1256",
        Some("vi") => "windows-1258",
        Some("th") => "windows-874",
        Some("ja") => "shift_jis",
        Some("ko") => "euc-kr",
        Some("zh") => "gb18030",
        _ => "windows-1252",
    }
}

/// Subtitles as WebVTT: those that are stay as they are, of SubRip every cue is kept that has a time.
#[must_use]
pub fn to_webvtt(text: &str) -> String {
    let text = text.trim_start_matches('\u{feff}');
    if text.starts_with("WEBVTT") {
        return text.to_owned();
    }
    let mut vtt = String::with_capacity(text.len() + 8);
    vtt.push_str("WEBVTT\n");
    let mut in_cue = false;
    for line in text.lines().map(str::trim_end) {
        if let Some((start, end)) = times(line) {
            // Writing to a string cannot fail.
            let _ = write!(vtt, "\n{} --> {}\n", stamp(start), stamp(end));
            in_cue = true;
        } else if line.is_empty() {
            in_cue = false;
        } else if in_cue {
            // An arrow would begin another cue.
            vtt.push_str(&without_positions(line).replace("-->", "→"));
            vtt.push('\n');
        }
    }
    vtt
}

/// Milliseconds at which a cue begins and ends.
fn times(line: &str) -> Option<(u64, u64)> {
    let (start, rest) = line.split_once("-->")?;
    // Coordinates may follow.
    let end = rest.split_whitespace().next()?;
    Some((time(start.trim())?, time(end)?))
}

fn time(text: &str) -> Option<u64> {
    let (clock, fraction) = text.rsplit_once([',', '.'])?;
    let millis: u64 = fraction.parse::<u64>().ok().filter(|_| fraction.len() == 3)?;
    let mut seconds = 0_u64;
    for part in clock.split(':') {
        let part: u64 = part.trim().parse().ok().filter(|part| *part < 1000)?;
        seconds = seconds.checked_mul(60)?.checked_add(part)?;
    }
    seconds.checked_mul(1000)?.checked_add(millis)
}

fn stamp(millis: u64) -> String {
    let (seconds, millis) = (millis / 1000, millis % 1000);
    format!("{:02}:{:02}:{:02}.{millis:03}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Without `{\an8}` and the like, which other programs take for a place on the screen.
fn without_positions(line: &str) -> String {
    let mut kept = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("{\\") {
        kept.push_str(before);
        let Some((_, after)) = after.split_once('}') else {
            rest = "";
            break;
        };
        rest = after;
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn subrip_becomes_webvtt() {
        let srt = "1\r\n00:00:01,000 --> 00:00:02,500\r\n<i>Ahoy</i>\r\n{\\an8}above --> below\r\n\r\n2\r\n1:00:03,250 --> 1:00:04,000 X1:20\r\nLand\r\n";
        let vtt = "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\n<i>Ahoy</i>\nabove → below\n\n01:00:03.250 --> 01:00:04.000\nLand\n";
        assert_eq!(to_webvtt(srt), vtt);
    }

    #[test]
    fn webvtt_stays_as_it_is() {
        let vtt = "WEBVTT - a title\n\n00:01.000 --> 00:02.000 line:0\nAhoy\n";
        assert_eq!(to_webvtt(&format!("\u{feff}{vtt}")), vtt);
    }

    #[test]
    fn subtitles_belong_to_the_video_of_their_name() {
        assert!(belong_to("trip/day 1.en.srt", "trip/day 1.mp4"));
        assert!(belong_to("trip/day 1.srt", "trip/day 1.mp4"));
        assert!(!belong_to("trip/day 12.srt", "trip/day 1.mp4"));
        assert!(!belong_to("day 1.srt", "trip/day 1.mp4"));
        assert!(belong_to("film/Subs/English.srt", "film/film.mkv"));
        assert!(!belong_to("film/extras/English.srt", "film/film.mkv"));
        assert!(!belong_to("trip/day 1.txt", "trip/day 1.mp4"));
    }

    #[test]
    fn old_files_are_in_the_encoding_of_their_language() {
        assert_eq!(charset("Grüße".as_bytes(), Some("de")), "utf-8");
        assert_eq!(charset(b"\xFF\xFEA\0", None), "utf-16le");
        assert_eq!(charset(b"Gr\xFC\xDFe", Some("de")), "windows-1252");
        assert_eq!(charset(b"\xCF\xF0\xE8", Some("ru")), "windows-1251");
    }

    proptest! {
        #[test]
        fn any_text_becomes_one_webvtt_file(text in ".{0,400}") {
            let vtt = to_webvtt(&text);
            prop_assert!(vtt.starts_with("WEBVTT"));
            prop_assert_eq!(to_webvtt(&vtt), vtt);
        }

        #[test]
        fn every_cue_keeps_its_times(start in 0_u64..360_000_000, length in 1_u64..10_000) {
            let end = start + length;
            let srt = format!("1\n{} --> {}\nAhoy\n", stamp(start).replace('.', ","), stamp(end).replace('.', ","));
            let vtt = to_webvtt(&srt);
            prop_assert!(vtt.contains(&format!("{} --> {}", stamp(start), stamp(end))), "{}", vtt);
        }
    }
}
