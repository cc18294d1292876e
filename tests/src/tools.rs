//! Where the product and the programs around it are.
//!
//! `cargo xtask test` says so in environment variables; run by hand, the places that it builds into and the
//! search path stand in.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

/// The built page: `SEEDCAST_DIST`, or `dist/`.
///
/// # Errors
/// If it is not built.
pub fn dist() -> Result<PathBuf> {
    existing("SEEDCAST_DIST", "dist", "index.html", "cargo xtask build")
}

/// A copy of the built page, to be changed.
///
/// # Errors
/// If the page is not built.
pub fn copied_dist() -> Result<TempDir> {
    copy_of(&dist()?)
}

/// A copy of the page that was built into the folder `dist`, to be changed.
///
/// # Errors
/// If it cannot be read.
pub fn copy_of(dist: &Path) -> Result<TempDir> {
    let copy = TempDir::with_prefix("seedcast-page-")?;
    copy_folder(dist, copy.path())?;
    Ok(copy)
}

/// The built server: `SEEDCAST_SIGNALING`, or the one in `target/release/`.
///
/// # Errors
/// If it is not built.
pub fn signaling() -> Result<PathBuf> {
    existing("SEEDCAST_SIGNALING", "target/release/seedcast-signaling", "", "cargo xtask build")
}

/// A file of an npm package, below the `node_modules` of `SEEDCAST_NPM`, or of `tests/npm/`.
///
/// # Errors
/// If it is not installed.
pub fn npm(file: &str) -> Result<PathBuf> {
    let modules = existing("SEEDCAST_NPM", "tests/npm", "node_modules", "cargo xtask test")?;
    let path = modules.join("node_modules").join(file);
    ensure!(path.exists(), "{} is missing: `cargo xtask test` installs it", path.display());
    Ok(path)
}

/// The chain of play money: `SEEDCAST_ANVIL`, or `anvil` on the search path.
///
/// # Errors
/// If it is not installed.
pub fn anvil() -> Result<PathBuf> {
    program("SEEDCAST_ANVIL", &["anvil"])
}

/// The folder of the compiled contract of payments by the byte: `SEEDCAST_CONTRACT`, or `target/contract/`.
///
/// # Errors
/// If it is not compiled.
pub fn contract() -> Result<PathBuf> {
    existing("SEEDCAST_CONTRACT", "target/contract", "BttPay.json", "cargo xtask contract")
}

/// Chromium itself: `SEEDCAST_CHROMIUM`, or `chromium`, `chromium-browser` or `google-chrome` on the search path.
///
/// # Errors
/// If it is not installed.
pub fn chromium() -> Result<PathBuf> {
    program("SEEDCAST_CHROMIUM", &["chromium", "chromium-browser", "google-chrome"])
}

/// Chromium's WebDriver server: `SEEDCAST_CHROMEDRIVER`, or `chromedriver` on the search path.
///
/// # Errors
/// If it is not installed.
pub fn chromedriver() -> Result<PathBuf> {
    program("SEEDCAST_CHROMEDRIVER", &["chromedriver"])
}

/// Firefox's WebDriver server: `SEEDCAST_GECKODRIVER`, or `geckodriver` on the search path.
///
/// # Errors
/// If it is not installed.
pub fn geckodriver() -> Result<PathBuf> {
    program("SEEDCAST_GECKODRIVER", &["geckodriver"])
}

/// Firefox itself: `SEEDCAST_FIREFOX`, or `firefox` or `firefox-esr` on the search path.
///
/// # Errors
/// If it is not installed.
pub fn firefox() -> Result<PathBuf> {
    program("SEEDCAST_FIREFOX", &["firefox", "firefox-esr"])
}

/// Node.js: `SEEDCAST_NODE`, or `node` on the search path.
///
/// # Errors
/// If it is not installed.
pub fn node() -> Result<PathBuf> {
    program("SEEDCAST_NODE", &["node"])
}

/// ffmpeg: `SEEDCAST_FFMPEG`, or `ffmpeg` on the search path.
///
/// # Errors
/// If it is not installed.
pub fn ffmpeg() -> Result<PathBuf> {
    program("SEEDCAST_FFMPEG", &["ffmpeg"])
}

/// coturn's server: `SEEDCAST_TURNSERVER`, or `turnserver` on the search path.
///
/// # Errors
/// If it is not installed.
pub fn turnserver() -> Result<PathBuf> {
    program("SEEDCAST_TURNSERVER", &["turnserver"])
}

/// iproute2's `ip`: `SEEDCAST_IP`, or `ip` on the search path.
///
/// # Errors
/// If it is not installed.
pub fn ip() -> Result<PathBuf> {
    program("SEEDCAST_IP", &["ip"])
}

/// The folder in which films and sounds are kept: `SEEDCAST_MEDIA`, or one among temporary files.
#[must_use]
pub fn media() -> PathBuf {
    env::var_os("SEEDCAST_MEDIA").map_or_else(|| env::temp_dir().join("seedcast-media"), PathBuf::from)
}

/// A Python that has libtorrent: `SEEDCAST_PYTHON`, or `python3` on the search path.
///
/// # Errors
/// If it is not installed.
pub fn python() -> Result<PathBuf> {
    program("SEEDCAST_PYTHON", &["python3"])
}

fn existing(variable: &str, fallback: &str, inside: &str, remedy: &str) -> Result<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the workspace is gone")?;
    let path = env::var_os(variable).map_or_else(|| workspace.join(fallback), PathBuf::from);
    let proof = path.join(inside);
    ensure!(
        if inside.is_empty() { path.exists() } else { proof.exists() },
        "{} is missing: run `{remedy}`, or set {variable}",
        if inside.is_empty() { path.display() } else { proof.display() },
    );
    Ok(path)
}

fn program(variable: &str, names: &[&str]) -> Result<PathBuf> {
    if let Some(path) = env::var_os(variable) {
        let path = PathBuf::from(path);
        ensure!(path.exists(), "{} is missing, and {variable} names it", path.display());
        return Ok(path);
    }
    let search = env::var_os("PATH").unwrap_or_default();
    names
        .iter()
        .flat_map(|name| env::split_paths(&search).map(move |folder| folder.join(name)))
        .find(|path| path.is_file())
        .with_context(|| format!("{} is not installed: install it, or set {variable}", names.join(" or ")))
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    for entry in from.read_dir()? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir(&to)?;
            copy_folder(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), &to)?;
        }
    }
    Ok(())
}
