//! What Python's `zipfile`, which knows zip64 and checks every sum, says of the archives.

use std::fs::File as Sink;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::process::Command;

use tempfile::NamedTempFile;
use zip::{Archive, Crc32, File, Time};

/// Prints every file of an archive as `path|length|sum|date`, after reading it against its sum. Long ones,
/// and the first of very many, are not read.
const LIST: &str = r#"
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    entries = archive.infolist()
    for entry in entries:
        if entry.file_size < 1 << 20 and (len(entries) < 1000 or entry is entries[-1]):
            assert len(archive.read(entry)) == entry.file_size
        date = "%04d-%02d-%02d %02d:%02d:%02d" % entry.date_time
        print(f"{entry.filename}|{entry.file_size}|{entry.CRC:08x}|{date}|{entry.external_attr >> 16:o}")
"#;

fn list(archive: &Path) -> Vec<String> {
    let output =
        Command::new("python3").arg("-c").arg(LIST).arg(archive).output().expect("Python is installed");
    let (listed, complaint) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{complaint}");
    listed.lines().map(str::to_owned).collect()
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = Crc32::new();
    crc.update(bytes);
    crc.sum()
}

fn write(files: &[(&str, &[u8])]) -> NamedTempFile {
    let mut bytes = Vec::new();
    let mut archive = Archive::new(Time::of_unix(1_500_000_000));
    for (path, content) in files {
        let entry = File { path, length: content.len() as u64, crc: crc(content) };
        bytes.extend(archive.file(&entry).expect("the path is short"));
        bytes.extend(*content);
    }
    bytes.extend(archive.finish());
    let mut file = NamedTempFile::new().expect("there is room for a file");
    file.write_all(&bytes).expect("there is room");
    file
}

#[test]
fn files_in_folders_come_out_with_their_names_and_dates() {
    let archive = write(&[
        ("Zeitung/Grüße.txt", b"hello"),
        ("日本語/空.txt", b""),
        ("كتاب/مرحبا.txt", &[0xff; 70_000]),
        ("🦀", b"crab"),
    ]);
    let date = "2017-07-14 02:40:00|100644";
    let expected = [
        format!("Zeitung/Grüße.txt|5|3610a686|{date}"),
        format!("日本語/空.txt|0|00000000|{date}"),
        format!("كتاب/مرحبا.txt|70000|{:08x}|{date}", crc(&[0xff; 70_000])),
        format!("🦀|4|{:08x}|{date}", crc(b"crab")),
    ];
    assert_eq!(list(archive.path()), expected);
}

#[test]
fn an_archive_may_be_empty() {
    assert!(list(write(&[]).path()).is_empty());
}

#[test]
fn there_may_be_more_files_than_16_bits_count() {
    for count in [65_534, 65_535, 65_536] {
        let names: Vec<String> = (0..count).map(|number| format!("f/{number}")).collect();
        let files: Vec<(&str, &[u8])> = names.iter().map(|name| (&**name, &b"x"[..])).collect();
        let listed = list(write(&files).path());
        assert_eq!(listed.len(), count);
        assert!(listed.last().is_some_and(|last| last.starts_with(&format!("f/{}|1|", count - 1))));
    }
}

/// The long files are holes, which take no room.
#[test]
fn files_may_be_longer_and_lie_further_than_32_bits_count() {
    let edge = u64::from(u32::MAX);
    for lengths in
        [&[edge - 1, 3][..], &[edge, 3], &[edge + 1, 3], &[5 << 30, 6 << 30, 3], &[3 << 30, 3 << 30, 3]]
    {
        let mut sink = NamedTempFile::new().expect("there is room for a file");
        let mut archive = Archive::new(Time::EARLIEST);
        let out: &mut Sink = sink.as_file_mut();
        let mut expected = Vec::new();
        for (number, length) in lengths.iter().enumerate() {
            let path = format!("{number}.bin");
            // Nobody reads the holes, so nobody checks their sum.
            let sum = if *length == 3 { crc(b"end") } else { 0 };
            let header =
                archive.file(&File { path: &path, length: *length, crc: sum }).expect("the path is short");
            out.write_all(&header).expect("there is room");
            if *length == 3 {
                out.write_all(b"end").expect("there is room");
            } else {
                out.seek(SeekFrom::Current(*length as i64)).expect("holes are possible");
            }
            expected.push(format!("{path}|{length}|{sum:08x}|1980-01-01 00:00:00|100644"));
        }
        out.write_all(&archive.finish()).expect("there is room");
        assert_eq!(list(sink.path()), expected);
    }
}

#[test]
fn a_path_that_no_archive_can_hold_is_refused_and_changes_nothing() {
    let long = "é".repeat(40_000);
    let mut archive = Archive::new(Time::EARLIEST);
    let error = archive.file(&File { path: &long, length: 1, crc: 0 }).expect_err("it has 80,000 bytes");
    assert!(error.to_string().len() < 200);
    assert_eq!(archive.finish(), Archive::new(Time::EARLIEST).finish());
}
