//! Whether a site serves the page that its sources are built into.
//!
//! Whoever serves a page can read what is opened in it, by serving another one: neither encryption nor hashes help against
//! that. Whoever builds the sources of the release that a site says it has, and compares, would see it.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::error::Error;
use crate::fingerprint::files_in;
use crate::tools::Toolbox;
use crate::workspace::Workspace;
use crate::{build, process};

/// How a file that a site serves stands to the one that was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Same,
    Different,
    Missing,
}

/// Builds the page of the sources as they are, and compares each of its files with what the site at `address` serves.
pub(crate) fn site(workspace: &Workspace, toolbox: &Toolbox, address: &str) -> Result<(), Error> {
    if process::on_path("curl").is_none() {
        return Err(Error::Missing { what: "curl".to_owned(), remedy: "install it".to_owned() });
    }
    build::page(workspace, toolbox)?;
    let describe = ["describe", "--tags", "--always", "--dirty"];
    let built = process::output(Command::new("git").args(describe).current_dir(workspace.root()));
    println!("Built from {}.", built.as_deref().map_or("these sources", str::trim));
    let wrong = compare(&workspace.dist(), |name, most| fetch(&url(address, name), most))?;
    if wrong == 0 {
        println!("{address} serves every file of the page as it was built.");
        println!("Headers, /config.json, and what it serves beside the page were not compared.");
        return Ok(());
    }
    let problem = format!("serves {wrong} files that are not those that these sources are built into");
    Err(Error::Unfit { path: address.into(), problem })
}

/// Where a site has a file of the page.
fn url(address: &str, name: &str) -> String {
    let folder = address.trim_end_matches('/');
    if name == "index.html" { format!("{folder}/") } else { format!("{folder}/{name}") }
}

/// Compares each file in `dist` with what `fetch` gets of it, of no more bytes than it is told, and prints those that
/// differ. How many do.
fn compare(dist: &Path, mut fetch: impl FnMut(&str, u64) -> Option<Vec<u8>>) -> Result<usize, Error> {
    let mut wrong = 0;
    for path in files_in(dist)? {
        let name = path.strip_prefix(dist).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        // Notes of the build, which no site has to serve.
        if name.starts_with('.') {
            continue;
        }
        let ours = fs::read(&path).map_err(Error::file(&path))?;
        let found = match fetch(&name, ours.len() as u64) {
            Some(theirs) if theirs == ours => Found::Same,
            Some(_) => Found::Different,
            None => Found::Missing,
        };
        match found {
            Found::Same => {}
            Found::Different => println!("{name} differs"),
            Found::Missing => println!("{name} is not served, or is longer"),
        }
        wrong += usize::from(found != Found::Same);
    }
    Ok(wrong)
}

/// What is at an address, if it is not longer than it may be. Redirects are not followed: browsers would follow them only
/// where the site's policy allows it.
fn fetch(url: &str, most: u64) -> Option<Vec<u8>> {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--fail", "--max-time", "60", "--max-filesize"])
        .arg(most.to_string());
    let output = curl.arg("--").arg(url).output().ok()?;
    output.status.success().then_some(output.stdout)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_page_that_differs_in_one_byte_is_found() {
        let dist = TempDir::new().unwrap();
        fs::create_dir(dist.path().join("words")).unwrap();
        for (name, text) in
            [("index.html", "<p>"), ("a.js", "1"), ("words/de.txt", "a"), (".fingerprint", "7")]
        {
            fs::write(dist.path().join(name), text).unwrap();
        }
        let served = |name: &str, most: u64| {
            assert_ne!(name, ".fingerprint");
            let bytes = fs::read(dist.path().join(name)).unwrap();
            assert_eq!(bytes.len() as u64, most);
            Some(bytes)
        };
        assert_eq!(compare(dist.path(), served).unwrap(), 0);
        assert_eq!(compare(dist.path(), |_, _| None).unwrap(), 3);
        let changed = |name: &str, most: u64| {
            served(name, most).map(|bytes| if name == "a.js" { b"2".to_vec() } else { bytes })
        };
        assert_eq!(compare(dist.path(), changed).unwrap(), 1);
    }

    #[test]
    fn files_are_fetched_from_the_folder_of_the_page() {
        assert_eq!(url("https://a.example", "index.html"), "https://a.example/");
        assert_eq!(url("https://a.example/share/", "words/de.txt"), "https://a.example/share/words/de.txt");
    }
}
