//! What a visitor downloads of each program, and how much that may be.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::error::Error;
use crate::fingerprint::files_in;

/// So many bytes a visitor may download of each program, after gzip at level 9. What was reached, rounded up by less than a
/// hundredth: who makes a program smaller lowers its number, who has a reason to make it larger raises it.
const BUDGETS: [(Program, usize); 8] = [
    (Program::Page, 348_700),
    (Program::Engine, 321_000),
    (Program::Purse, 268_300),
    (Program::Payments, 147_700),
    (Program::Embed, 98_400),
    (Program::Tips, 223_700),
    (Program::Artwork, 42_000),
    (Program::Subtitles, 31_600),
];

/// A program that a visitor may download.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// What people see: all that is loaded before it is usable, without the engine worker.
    Page,
    /// The engine worker.
    Engine,
    /// What decides on payments by the byte: loaded when somebody wants to pay or to be paid.
    Purse,
    /// What is shown of payments: loaded with the purse.
    Payments,
    /// The player in other people's pages, before it is to play.
    Embed,
    /// What the page loads when a torrent asks for tips.
    Tips,
    /// What the page loads when a torrent has pictures, or something of it plays.
    Artwork,
    /// What the player in other people's pages loads when somebody chooses subtitles.
    Subtitles,
}

impl Program {
    /// All of them.
    pub(crate) const ALL: [Self; 8] = [
        Self::Page,
        Self::Engine,
        Self::Purse,
        Self::Payments,
        Self::Embed,
        Self::Tips,
        Self::Artwork,
        Self::Subtitles,
    ];

    /// Its name, as its files have it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Engine => "engine",
            Self::Purse => "purse",
            Self::Payments => "payments",
            Self::Embed => "embed",
            Self::Tips => "tips",
            Self::Artwork => "artwork",
            Self::Subtitles => "subtitles",
        }
    }

    /// Whether it begins with this file.
    fn starts_with(self, file: &File) -> bool {
        match self {
            Self::Page => file.name == "index.html",
            Self::Embed => file.name == "embed.html",
            Self::Engine | Self::Purse | Self::Payments | Self::Tips | Self::Artwork | Self::Subtitles => {
                file.is_of(self)
            }
        }
    }
}

/// The bytes of each program in `dist`, after gzip at level 9.
pub(crate) fn weigh(dist: &Path) -> Result<Vec<(Program, usize)>, Error> {
    let mut files = Vec::new();
    for path in files_in(dist)? {
        let bytes = fs::read(&path).map_err(Error::file(&path))?;
        let name = path.strip_prefix(dist).unwrap_or(&path).to_string_lossy().into_owned();
        files.push(File { name, bytes });
    }
    let weight = |program| {
        let lengths = loaded(&files, program).into_iter().map(|file| gzipped_length(&file.bytes));
        let weight = lengths.sum::<io::Result<_>>().map_err(Error::file(dist))?;
        Ok((program, weight))
    };
    Program::ALL.into_iter().map(weight).collect()
}

/// Checks that no program in `dist` is heavier than it may be.
pub(crate) fn check(dist: &Path) -> Result<(), Error> {
    let problems = excess(&weigh(dist)?, &BUDGETS);
    if problems.is_empty() {
        return Ok(());
    }
    let problem = format!(
        "is too heavy: {}. `cargo xtask bench size` shows what each is made of. Make it smaller, load what is new when it is \
         used, or raise its number in crates/xtask/src/weight.rs and say why",
        problems.join(", ")
    );
    Err(Error::Unfit { path: dist.to_owned(), problem })
}

/// What is heavier than its budget, and by how much.
fn excess(weights: &[(Program, usize)], budgets: &[(Program, usize)]) -> Vec<String> {
    let budget =
        |of: Program| budgets.iter().find(|(program, _)| *program == of).map_or(0, |(_, bytes)| *bytes);
    let over = weights.iter().filter(|(program, bytes)| *bytes > budget(*program));
    let words = |(program, bytes): &(Program, usize)| {
        let budget = budget(*program);
        format!("{} has {} bytes more than its {budget} gzipped", program.name(), bytes - budget)
    };
    over.map(words).collect()
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

    fn is_of(&self, program: Program) -> bool {
        self.base_name().strip_prefix("seedcast-").is_some_and(|rest| rest.starts_with(program.name()))
    }

    /// Every word in it that may be the name of another file. A wasm module names none that are loaded with it, and what
    /// `<meta>` names is fetched by those who show links, not by visitors.
    fn mentions(&self) -> BTreeSet<&str> {
        let is_text = [".html", ".js", ".css"].iter().any(|ending| self.name.ends_with(ending));
        let text = if is_text { std::str::from_utf8(&self.bytes).unwrap_or_default() } else { "" };
        let shown = text.split('<').filter(|element| !element.starts_with("meta ")).flat_map(words);
        shown.map(|word| word.trim_start_matches(['.', '/'])).collect()
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && !"._-/".contains(c))
}

/// The files that are loaded when `program` is: with which it begins, and whatever one of these names, but for those of
/// other workers.
fn loaded(files: &[File], program: Program) -> Vec<&File> {
    let (mut loaded, mut others): (Vec<_>, Vec<_>) = files
        .iter()
        .filter(|file| {
            let workers = [Program::Engine, Program::Purse];
            workers.into_iter().all(|worker| program == worker || !file.is_of(worker))
        })
        .partition(|file| program.starts_with(file));
    let mut next = 0;
    while let Some(file) = loaded.get(next) {
        let mentions = file.mentions();
        let (mentioned, rest) = others.into_iter().partition(|other| mentions.contains(other.name.as_str()));
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
        let page = "<meta property='og:image' content='./shown-by-chats.png'>
            <link href='/app-1.css'><script>import './page-1.js'</script>";
        let files = [
            file("app-1.css", "body { background: url(tile.svg) }"),
            file("embed.js", ""),
            file("index.html", page),
            file("page-1.js", "import './snippets/a/port.js'; new URL('page.wasm')"),
            file("page.wasm", ""),
            file("seedcast-engine_bg.wasm", ""),
            file("shown-by-chats.png", ""),
            file("snippets/a/port.js", ""),
            file("snippets/b/port.js", ""),
            file("support.js", ""),
            file("tile.svg", ""),
        ];
        let loaded = loaded(&files, Program::Page);
        let names: BTreeSet<_> = loaded.iter().map(|file| file.name.as_str()).collect();
        let expected =
            ["app-1.css", "index.html", "page-1.js", "page.wasm", "snippets/a/port.js", "tile.svg"];
        assert_eq!(names, expected.into());
    }

    #[test]
    fn each_file_counts_for_the_program_that_loads_it() {
        let dist = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(dist.path().join(name), text).unwrap();
        write("index.html", "seedcast-page.js seedcast-engine.js");
        write("seedcast-page.js", "");
        write("seedcast-engine.js", "");
        write("seedcast-engine_bg.wasm", "");
        write("seedcast-purse_loader.js", "seedcast-purse.js");
        write("seedcast-purse.js", "");
        write("embed.html", "");
        write("seedcast-payments.js", "");
        write("seedcast-tips.js", "");
        write("seedcast-artwork.js", "");
        write("seedcast-artwork_bg.wasm", "");
        write("seedcast-subtitles.js", "");
        let empty = gzipped_length(b"").unwrap();
        let index = gzipped_length(b"seedcast-page.js seedcast-engine.js").unwrap();
        let expected = [
            (Program::Page, index + empty),
            (Program::Engine, 2 * empty),
            (Program::Purse, gzipped_length(b"seedcast-purse.js").unwrap() + empty),
            (Program::Payments, empty),
            (Program::Embed, empty),
            (Program::Tips, empty),
            (Program::Artwork, 2 * empty),
            (Program::Subtitles, empty),
        ];
        assert_eq!(weigh(dist.path()).unwrap(), expected);
    }

    #[test]
    fn sizes_are_those_of_the_gzipped_bytes() {
        let length = gzipped_length(&[b'a'; 10_000]).expect("memory takes every write");
        assert!((20..100).contains(&length), "{length}");
    }

    // Issue 14, 5: budgets that fail the test command when they are broken.
    #[test]
    fn a_program_over_its_budget_is_named_with_what_it_has_too_much() {
        let budgets = [(Program::Page, 100), (Program::Tips, 50)];
        assert_eq!(excess(&[(Program::Page, 100), (Program::Tips, 50)], &budgets), [""; 0]);
        let heavy = excess(&[(Program::Page, 103), (Program::Tips, 50)], &budgets);
        assert_eq!(heavy, ["page has 3 bytes more than its 100 gzipped"]);
    }

    #[test]
    fn every_program_has_a_budget() {
        assert_eq!(BUDGETS.map(|(program, _)| program), Program::ALL);
    }
}
