//! libtorrent and Seedcast read each other's torrent files, and know the torrents by the same hashes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use harness::{DescribedFile, Description, Files, Format};
use metainfo::merkle::Hash;
use metainfo::{BLOCK_LENGTH, Info, InfoBuilder, InfoHash, Magnet, Metainfo, Version};

const FORMATS: [(Format, Version); 3] =
    [(Format::V1, Version::One), (Format::Hybrid, Version::Hybrid), (Format::V2, Version::Two)];

/// Folders whose files end where a piece does or elsewhere, are empty, or have names in other scripts; the order
/// of version 2 is that of their bytes.
const FOLDERS: [&[(&str, u64)]; 3] = [
    &[("a", 1), ("b", 0)],
    &[("a", 16_384), ("b", 16_385), ("c/d", 0), ("c/e", 100_000), ("f", 32_768)],
    &[("Ελληνικά/αρχή.bin", 70_001), ("中文/文件 1.bin", 300_000), ("🌱 #1 %20.bin", 5), ("Z", 3), ("a", 3)],
];

/// A folder sorts before files whose names begin with its own, though a slash sorts behind a full stop. libtorrent
/// makes hybrids of such folders that it refuses itself.
const HARD_TO_SORT: &[(&str, u64)] = &[("a/b", 40_000), ("a.b", 40_000), ("a-b", 0)];

#[test]
fn torrents_of_folders_from_seedcast_have_the_same_hashes_in_libtorrent() -> Result<()> {
    for (number, content) in FOLDERS.into_iter().chain([HARD_TO_SORT]).enumerate() {
        let (files, folder) = folder(content)?;
        for ((format, version), piece_length) in FORMATS.into_iter().zip([16_384, 65_536, 32_768]) {
            let mut builder = InfoBuilder::new("folder").piece_length(piece_length);
            for (path, length) in content {
                builder = builder.file(path.split('/').map(str::to_owned).collect(), *length);
            }
            expect_understood(builder, version, &folder, files.path())
                .with_context(|| format!("folder {number} as {format}"))?;
        }
    }
    Ok(())
}

#[test]
fn torrents_of_files_from_seedcast_have_the_same_hashes_in_libtorrent() -> Result<()> {
    for length in [1, 16_384, 16_385, 1_000_000] {
        let files = Files::new()?;
        let file = files.random("file.bin", length, 1)?;
        for (format, version) in FORMATS {
            let builder = InfoBuilder::single("file.bin", length).private(length == 1);
            expect_understood(builder, version, &file, files.path())
                .with_context(|| format!("{length} bytes as {format}"))?;
        }
    }
    Ok(())
}

#[test]
fn torrents_from_libtorrent_have_the_same_hashes_in_seedcast() -> Result<()> {
    for (number, content) in FOLDERS.into_iter().enumerate() {
        let (files, folder) = folder(content)?;
        let (first, _length) = content.first().context("no folder is empty")?;
        for (format, _version) in FORMATS {
            for content in [&folder, &folder.join(first)] {
                let torrent = files.path().join("content.torrent");
                let description = Description::create(format, content, &torrent)?;
                expect_same(&torrent, &description)
                    .with_context(|| format!("{} of folder {number} as {format}", content.display()))?;
            }
        }
    }
    Ok(())
}

// libtorrent saves it as a file of that name, with no folder around it, but it is the same torrent.
#[test]
fn a_folder_of_one_file_has_the_same_hashes_in_both() -> Result<()> {
    let (files, folder) = folder(&[("only.bin", 40_000)])?;
    let torrent = files.path().join("content.torrent");
    for (format, _version) in FORMATS {
        let description = Description::create(format, &folder, &torrent)?;
        expect_same_hashes(&torrent, &description).with_context(|| format.to_string())?;
    }
    Ok(())
}

#[test]
fn what_both_accept_of_strange_torrents_is_the_same_torrent_to_both() -> Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/metainfo");
    let mut accepted = 0;
    for torrent in corpus.read_dir()? {
        let torrent = torrent?.path();
        if Metainfo::parse(&fs::read(&torrent)?).is_ok()
            && let Ok(description) = Description::read(&torrent)
        {
            accepted += 1;
            expect_same_hashes(&torrent, &description).with_context(|| torrent.display().to_string())?;
        }
    }
    ensure!(accepted > 5, "both accept only {accepted} torrents");
    Ok(())
}

/// A torrent of `content` that Seedcast makes is to libtorrent what it is to us.
fn expect_understood(builder: InfoBuilder, version: Version, content: &Path, scratch: &Path) -> Result<()> {
    let bytes = finish(builder, version, content)?.to_bytes();
    let torrent = scratch.join("ours.torrent");
    fs::write(&torrent, bytes)?;
    let description = Description::read(&torrent)?;
    let versions = (description.v1.is_some(), description.v2.is_some());
    ensure!(
        versions == (version != Version::Two, version != Version::One),
        "libtorrent sees another version"
    );
    expect_same(&torrent, &description)
}

/// The file holds what libtorrent says, by our reading.
fn expect_same(torrent: &Path, description: &Description) -> Result<()> {
    let info = expect_same_hashes(torrent, description)?;
    ensure!(info.name() == description.name, "it is called {} here", info.name());
    let files = files_of(&info);
    ensure!(files == description.files, "{files:?}, {:?}", description.files);
    Ok(())
}

/// The file holds the torrent that libtorrent says, whatever its files are called.
fn expect_same_hashes(torrent: &Path, description: &Description) -> Result<Info> {
    let info = Metainfo::parse(&fs::read(torrent)?)?.info;
    let hashes = info.hashes();
    ensure!(hashes.v1().map(|hash| hash.to_string()) == description.v1, "v1: {hashes:?}, {description:?}");
    ensure!(hashes.v2().map(|hash| hash.to_string()) == description.v2, "v2: {hashes:?}, {description:?}");
    ensure!(Magnet::parse(&description.magnet)?.hashes == hashes, "its link is {}", description.magnet);
    ensure!(info.geometry().piece_length() == description.piece_length, "pieces have another length");
    let lengths = files_of(&info).into_iter().map(|file| file.length);
    ensure!(lengths.eq(description.files.iter().map(|file| file.length)), "files have other lengths");
    Ok(info)
}

/// The files as libtorrent lists them.
fn files_of(info: &Info) -> Vec<DescribedFile> {
    let path = |path: String| if info.is_single_file() { path } else { format!("{}/{path}", info.name()) };
    let files = info.files().iter();
    files.map(|file| DescribedFile { path: path(file.path_string()), length: file.span.length }).collect()
}

/// Hashes `content`, a file or a folder, and makes a torrent of it.
fn finish(builder: InfoBuilder, version: Version, content: &Path) -> Result<Metainfo> {
    let builder = builder.version(version);
    let geometry = builder.geometry()?;
    let mut torrent = vec![0; usize::try_from(geometry.total_length())?];
    let mut leaves = Vec::new();
    for file in builder.files()? {
        let path = if content.is_dir() { content.join(file.path_string()) } else { content.to_owned() };
        let bytes = fs::read(path)?;
        leaves.extend(bytes.chunks(usize::try_from(BLOCK_LENGTH)?).map(Hash::of_block));
        let start = usize::try_from(file.span.offset)?;
        torrent.get_mut(start..start + bytes.len()).context("a file too long")?.copy_from_slice(&bytes);
    }
    let mut pieces: Vec<_> = torrent
        .chunks(usize::try_from(geometry.piece_length())?)
        .map(|piece| *InfoHash::of(piece).as_bytes())
        .collect();
    match version {
        Version::One => leaves.clear(),
        Version::Two => pieces.clear(),
        Version::Hybrid => {}
    }
    let (info, piece_layers) = builder.finish(&pieces, &leaves)?;
    Ok(Metainfo { piece_layers, ..Metainfo::new(info) })
}

fn folder(content: &[(&str, u64)]) -> Result<(Files, PathBuf)> {
    let files = Files::new()?;
    for (seed, (path, length)) in content.iter().enumerate() {
        files.random(&format!("folder/{path}"), *length, seed.try_into()?)?;
    }
    let folder = files.path().join("folder");
    Ok((files, folder))
}
