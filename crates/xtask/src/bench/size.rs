//! What a visitor downloads, by program, and what the programs are made of.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::error::Error;
use crate::fingerprint::files_in;
use crate::process;
use crate::tools::Toolbox;
use crate::wasm;
use crate::workspace::Workspace;

/// The programs that a visitor may download.
const PROGRAMS: [&str; 6] = ["page", "engine", "embed", "tips", "artwork", "subtitles"];

/// So many of a program's parts are shown to people.
const SHOWN: usize = 12;

/// Measures the page that was built.
pub(super) fn print(workspace: &Workspace, toolbox: &Toolbox, json: bool) -> Result<(), Error> {
    let downloads = Downloads::of(&workspace.dist())?;
    let mut parts = Vec::new();
    for program in PROGRAMS {
        parts.extend(parts_of(workspace, toolbox, program)?);
    }
    println!("{}", if json { in_json(&downloads, &parts) } else { in_words(&downloads, &parts) });
    Ok(())
}

/// Bytes of the files of each program, after gzip at level 9.
#[derive(Debug, Default, PartialEq, Eq)]
struct Downloads {
    /// All that is loaded before the page is usable, without the engine worker.
    page: usize,
    engine: usize,
    /// The player in other people's pages, before it is to play.
    embed: usize,
    /// What the page loads when a torrent asks for tips.
    tips: usize,
    /// What the page loads when a torrent has pictures, or something of it plays.
    artwork: usize,
    /// What the player in other people's pages loads when somebody chooses subtitles.
    subtitles: usize,
}

/// The code of one crate in a program.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    program: &'static str,
    name: String,
    /// As it is in the module, before gzip.
    bytes: usize,
}

impl Downloads {
    fn of(dist: &Path) -> Result<Self, Error> {
        let mut files = Vec::new();
        for path in files_in(dist)? {
            let bytes = fs::read(&path).map_err(Error::file(&path))?;
            let name = path.strip_prefix(dist).unwrap_or(&path).to_string_lossy().into_owned();
            files.push(File { name, bytes });
        }
        let length = |files: Vec<&File>| -> Result<usize, Error> {
            let lengths = files
                .iter()
                .map(|file| gzipped_length(&file.bytes).map_err(Error::file(&dist.join(&file.name))));
            lengths.sum()
        };
        Ok(Self {
            page: length(loaded(&files, |file| file.name == "index.html"))?,
            engine: length(files.iter().filter(|file| file.is_of("engine")).collect())?,
            embed: length(loaded(&files, |file| file.name == "embed.html"))?,
            tips: length(loaded(&files, |file| file.is_of("tips")))?,
            artwork: length(loaded(&files, |file| file.is_of("artwork")))?,
            subtitles: length(loaded(&files, |file| file.is_of("subtitles")))?,
        })
    }
}

/// What a program is made of, largest first, after the passes that the built page has had. Those leave no names in it, so
/// they are done again on the module that still has them.
fn parts_of(workspace: &Workspace, toolbox: &Toolbox, program: &'static str) -> Result<Vec<Part>, Error> {
    let module = workspace.target().join(format!("wasm-bindgen/release/seedcast-{program}_bg.wasm"));
    let named = workspace.target().join(format!("named-{program}.wasm"));
    process::run(toolbox.command("wasm-opt").arg("-Oz").arg("-g").arg(&module).arg("-o").arg(&named))?;
    let wasm = fs::read(&named).map_err(Error::file(&named))?;
    let functions = wasm::functions(&wasm).ok_or_else(|| Error::Unfit {
        path: named.clone(),
        problem: "is not a WebAssembly module with names".to_owned(),
    })?;
    let mut sums = BTreeMap::<&str, usize>::new();
    for (name, bytes) in &functions {
        *sums.entry(crate_of(name)).or_default() += bytes;
    }
    let part = |(name, bytes): (&str, usize)| Part { program, name: name.to_owned(), bytes };
    let mut parts: Vec<Part> = sums.into_iter().map(part).collect();
    parts.sort_by_key(|part| std::cmp::Reverse(part.bytes));
    Ok(parts)
}

/// The crate in which a function is written, by its name: of `<T as alloc::string::ToString>::to_string`, `alloc`.
fn crate_of(function: &str) -> &str {
    let mut rest = function;
    loop {
        rest = rest.trim_start_matches(['<', '&', '*', '[', '(']);
        let word = ["mut ", "dyn ", "const "].iter().find_map(|word| rest.strip_prefix(word));
        let Some(after) = word else { break };
        rest = after;
    }
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    if !name.is_empty() && (after.starts_with("::") || after.starts_with('[')) {
        name
    } else if let Some((_, implemented)) = after.split_once(" as ") {
        crate_of(implemented)
    } else {
        "none"
    }
}

fn in_json(downloads: &Downloads, parts: &[Part]) -> String {
    let Downloads { page, engine, embed, tips, artwork, subtitles } = downloads;
    let part = |Part { program, name, bytes }: &Part| {
        format!(r#"{{"program": "{program}", "part": "{name}", "bytes": {bytes}}}"#)
    };
    let parts = parts.iter().map(part).collect::<Vec<_>>().join(", ");
    format!(
        r#"{{"page_gzip": {page}, "engine_gzip": {engine}, "embed_gzip": {embed}, "tips_gzip": {tips}, "artwork_gzip": {artwork}, "subtitles_gzip": {subtitles}, "parts": [{parts}]}}"#
    )
}

fn in_words(downloads: &Downloads, parts: &[Part]) -> String {
    let Downloads { page, engine, embed, tips, artwork, subtitles } = downloads;
    let mut text = format!(
        "page {page} bytes, engine worker {engine} bytes, player for other pages {embed} bytes, tips {tips} bytes, \
         artwork {artwork} bytes, subtitles {subtitles} bytes, gzipped\n\
         Code by crate, not gzipped:"
    );
    for program in PROGRAMS {
        let parts = parts.iter().filter(|part| part.program == program).take(SHOWN);
        let parts: Vec<_> = parts.map(|part| format!("{} {}", part.name, part.bytes)).collect();
        text.push_str(&format!("\n  {program}: {}", parts.join(", ")));
    }
    text
}

/// A file of the built page, its name relative to `dist/`.
struct File {
    name: String,
    bytes: Vec<u8>,
}

impl File {
    fn base_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }

    fn is_of(&self, program: &str) -> bool {
        self.base_name().strip_prefix("seedcast-").is_some_and(|rest| rest.starts_with(program))
    }

    /// Every word in it that may be the name of another file. A wasm module names none that are loaded with it.
    fn mentions(&self) -> BTreeSet<&str> {
        let is_text = [".html", ".js", ".css"].iter().any(|ending| self.name.ends_with(ending));
        let text = if is_text { std::str::from_utf8(&self.bytes).unwrap_or_default() } else { "" };
        text.split(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c)).collect()
    }
}

/// The files that `is_first` names, and whatever one of these names, but for the engine worker's.
fn loaded(files: &[File], is_first: impl Fn(&File) -> bool) -> Vec<&File> {
    let (mut loaded, mut others): (Vec<_>, Vec<_>) =
        files.iter().filter(|file| !file.is_of("engine")).partition(|file| is_first(file));
    let mut next = 0;
    while let Some(file) = loaded.get(next) {
        let mentions = file.mentions();
        let (mentioned, rest) = others.into_iter().partition(|other| mentions.contains(other.base_name()));
        let mentioned: Vec<_> = mentioned;
        loaded.extend(mentioned);
        others = rest;
        next += 1;
    }
    loaded
}

fn gzipped_length(bytes: &[u8]) -> io::Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> File {
        File { name: name.to_owned(), bytes: text.as_bytes().to_vec() }
    }

    #[test]
    fn what_index_html_leads_to_is_loaded_and_nothing_else() {
        let files = [
            file("app-1.css", "body { background: url(tile.svg) }"),
            file("embed.js", ""),
            file("index.html", "<link href='/app-1.css'><script>import '/page-1.js'</script>"),
            file("page-1.js", "import './snippets/port.js'"),
            file("seedcast-engine_bg.wasm", ""),
            file("snippets/port.js", ""),
            file("support.js", ""),
            file("tile.svg", ""),
        ];
        let loaded = loaded(&files, |file| file.name == "index.html");
        let names: BTreeSet<_> = loaded.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["app-1.css", "index.html", "page-1.js", "snippets/port.js", "tile.svg"].into());
    }

    #[test]
    fn each_file_counts_for_the_program_that_loads_it() {
        let dist = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(dist.path().join(name), text).unwrap();
        write("index.html", "seedcast-page.js seedcast-engine.js");
        write("seedcast-page.js", "");
        write("seedcast-engine.js", "");
        write("seedcast-engine_bg.wasm", "");
        write("embed.html", "");
        write("seedcast-tips.js", "");
        write("seedcast-artwork.js", "");
        write("seedcast-artwork_bg.wasm", "");
        write("seedcast-subtitles.js", "");
        let empty = gzipped_length(b"").unwrap();
        let found = Downloads::of(dist.path()).unwrap();
        let index = gzipped_length(b"seedcast-page.js seedcast-engine.js").unwrap();
        let expected = Downloads {
            page: index + empty,
            engine: 2 * empty,
            embed: empty,
            tips: empty,
            artwork: 2 * empty,
            subtitles: empty,
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn sizes_are_those_of_the_gzipped_bytes() {
        let length = gzipped_length(&[b'a'; 10_000]).expect("memory takes every write");
        assert!((20..100).contains(&length), "{length}");
    }

    #[test]
    fn functions_belong_to_the_crate_that_has_their_code() {
        let cases = [
            ("swarm::torrent::Torrent::handle::h436aa88783d6bbc7", "swarm"),
            ("<dlmalloc[e24a]::dlmalloc::Dlmalloc<dlmalloc[e24a]::sys::System>>::malloc", "dlmalloc"),
            ("<&mut postcard::ser::serializer::Serializer<F> as serde_core::ser::Serializer>::a", "postcard"),
            ("<T as alloc::string::ToString>::to_string::h71c672ada6f22a87", "alloc"),
            ("__udivti3", "none"),
        ];
        for (function, name) in cases {
            assert_eq!(crate_of(function), name, "{function}");
        }
    }

    #[test]
    fn json_has_a_number_for_each_program_and_one_for_each_part() {
        let downloads = Downloads { page: 3, engine: 4, embed: 5, tips: 6, artwork: 7, subtitles: 8 };
        let parts = [Part { program: "page", name: "yew".to_owned(), bytes: 7 }];
        assert_eq!(
            in_json(&downloads, &parts),
            r#"{"page_gzip": 3, "engine_gzip": 4, "embed_gzip": 5, "tips_gzip": 6, "artwork_gzip": 7, "subtitles_gzip": 8, "parts": [{"program": "page", "part": "yew", "bytes": 7}]}"#
        );
    }
}
