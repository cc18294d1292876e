//! Measurements, and the screenshots.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::{self, Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::build;
use crate::error::Error;
use crate::fingerprint::files_in;
use crate::harness;
use crate::load;
use crate::process;
use crate::tools::Toolbox;
use crate::workspace::Workspace;

/// One benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bench {
    /// How fast a file goes from one browser to another.
    Transfer,
    /// How fast it goes between hidden tabs, compared with visible ones.
    Background,
    /// How soon a film plays, and how well it goes on.
    Stream,
    /// How many bytes a visitor downloads before the page is usable.
    Size,
    /// What the engine costs, by number of pieces and of peers.
    Engine,
    /// How well swarms do, in simulation.
    Swarm,
    /// What an announce costs the signaling server, and other trackers.
    Tracker,
    /// How the signaling server stands many clients, and bad ones.
    Soak,
}

impl Bench {
    /// All of them.
    pub(crate) const ALL: [Self; 8] = [
        Self::Transfer,
        Self::Background,
        Self::Stream,
        Self::Size,
        Self::Engine,
        Self::Swarm,
        Self::Tracker,
        Self::Soak,
    ];

    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Transfer => "transfer",
            Self::Background => "background",
            Self::Stream => "stream",
            Self::Size => "size",
            Self::Engine => "engine",
            Self::Swarm => "swarm",
            Self::Tracker => "tracker",
            Self::Soak => "soak",
        }
    }

    /// The benchmark of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|bench| bench.name() == name)
    }
}

/// Builds what is measured and measures it. With `json`, the last line printed is one JSON object.
pub(crate) fn run(workspace: &Workspace, toolbox: &Toolbox, bench: Bench, json: bool) -> Result<(), Error> {
    let options: &[&str] = if json { &["--json"] } else { &[] };
    match bench {
        Bench::Transfer => harness::run(workspace, toolbox, "bench-transfer", options),
        Bench::Background => harness::run(workspace, toolbox, "bench-background", options),
        Bench::Stream => harness::run(workspace, toolbox, "bench-stream", options),
        Bench::Engine => {
            let mut cargo = toolbox.command("cargo");
            cargo.args(["bench", "--quiet", "--package", "swarm", "--bench", "engine", "--"]).args(options);
            process::run(cargo.current_dir(workspace.root()))
        }
        Bench::Swarm => simulator(workspace, toolbox, "bench", options),
        Bench::Tracker => load::tracker(workspace, toolbox, options),
        Bench::Soak => load::soak(workspace, toolbox, options),
        Bench::Size => {
            build::page(workspace, toolbox)?;
            println!("{}", Size::of(&workspace.dist())?.text(json));
            Ok(())
        }
    }
}

/// Measures how soon a film plays for somebody who comes after another viewer was killed, in so many runs.
pub(crate) fn late(
    workspace: &Workspace,
    toolbox: &Toolbox,
    runs: Option<u32>,
    json: bool,
) -> Result<(), Error> {
    let runs = runs.map(|runs| ["--runs".to_owned(), runs.to_string()]);
    let options: Vec<String> = runs.into_iter().flatten().chain(json.then(|| "--json".to_owned())).collect();
    harness::run(workspace, toolbox, "bench-late", &options)
}

/// Plays random swarms in the simulator, as its `options` say.
pub(crate) fn soak(workspace: &Workspace, toolbox: &Toolbox, options: &[String]) -> Result<(), Error> {
    simulator(workspace, toolbox, "soak", options)
}

/// Builds the page and writes its screenshots into `out`, or into a folder of the target folder.
pub(crate) fn screenshots(
    workspace: &Workspace,
    toolbox: &Toolbox,
    out: Option<PathBuf>,
) -> Result<(), Error> {
    let out = match out {
        Some(out) => path::absolute(&out).map_err(Error::file(&out))?,
        None => workspace.target().join("screenshots"),
    };
    fs::create_dir_all(&out).map_err(Error::file(&out))?;
    harness::run(workspace, toolbox, "screenshots", &["--out".as_ref(), out.as_os_str()])
}

/// Runs the simulator.
fn simulator(
    workspace: &Workspace,
    toolbox: &Toolbox,
    command: &str,
    options: &[impl AsRef<OsStr>],
) -> Result<(), Error> {
    let mut cargo = toolbox.command("cargo");
    cargo.args(["run", "--quiet", "--release", "--package", "sim", "--", command]).args(options);
    process::run(cargo.current_dir(workspace.root()))
}

/// What a visitor downloads, in bytes after gzip at level 9.
#[derive(Debug, Default, PartialEq, Eq)]
struct Size {
    page: usize,
    engine: usize,
}

impl Size {
    /// Counts the files that the index.html in `dist` leads to.
    fn of(dist: &Path) -> Result<Self, Error> {
        let mut files = Vec::new();
        for path in files_in(dist)? {
            let bytes = fs::read(&path).map_err(Error::file(&path))?;
            let name = path.strip_prefix(dist).unwrap_or(&path).to_string_lossy().into_owned();
            files.push(File { name, bytes });
        }
        let mut size = Self::default();
        for file in loaded(&files) {
            let length = gzipped_length(&file.bytes).map_err(Error::file(&dist.join(&file.name)))?;
            *(if file.is_of_engine() { &mut size.engine } else { &mut size.page }) += length;
        }
        Ok(size)
    }
}

impl Size {
    fn text(&self, json: bool) -> String {
        let Self { page, engine } = self;
        if json {
            format!(r#"{{"page_gzip": {page}, "engine_gzip": {engine}}}"#)
        } else {
            format!("page {page} bytes, engine worker {engine} bytes, gzipped")
        }
    }
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

    fn is_of_engine(&self) -> bool {
        self.base_name().starts_with("seedcast-engine")
    }

    /// Every word in it that may be the name of another file. A wasm module names none that are loaded with it.
    fn mentions(&self) -> BTreeSet<&str> {
        let is_text = [".html", ".js", ".css"].iter().any(|ending| self.name.ends_with(ending));
        let text = if is_text { std::str::from_utf8(&self.bytes).unwrap_or_default() } else { "" };
        text.split(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c)).collect()
    }
}

/// The files that are loaded before the page is usable: index.html, the engine worker, which the page starts at
/// once, and whatever one of these names.
fn loaded(files: &[File]) -> Vec<&File> {
    let (mut loaded, mut others): (Vec<_>, Vec<_>) =
        files.iter().partition(|file| file.name == "index.html" || file.is_of_engine());
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
            file("snippets/port.js", ""),
            file("support.js", ""),
            file("tile.svg", ""),
        ];
        let names: BTreeSet<_> = loaded(&files).iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["app-1.css", "index.html", "page-1.js", "snippets/port.js", "tile.svg"].into());
    }

    #[test]
    fn the_engine_worker_is_loaded_although_no_text_names_it() {
        let files = [file("index.html", ""), file("seedcast-engine_bg.wasm", "")];
        assert_eq!(loaded(&files).len(), 2);
    }

    #[test]
    fn sizes_are_those_of_the_gzipped_bytes() {
        let length = gzipped_length(&[b'a'; 10_000]).expect("memory takes every write");
        assert!((20..100).contains(&length), "{length}");
    }

    #[test]
    fn json_has_one_number_for_the_page_and_one_for_the_engine() {
        let size = Size { page: 3, engine: 4 };
        assert_eq!(size.text(true), r#"{"page_gzip": 3, "engine_gzip": 4}"#);
    }
}
