//! Chromium without a window.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::process::Daemon;
use crate::tools;

/// Two browsers on a machine without a network find each other only by plain loopback addresses; the rest keeps
/// the browser from doing anything that it was not asked to do.
pub(crate) const ARGUMENTS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--window-size=1280,800",
];

/// Opens a page, for as long as what it returns is kept, in a browser that nobody drives. `profile` is an empty folder.
pub(crate) fn stay(name: &str, profile: &Path, address: &str) -> Result<Daemon> {
    let mut command = Command::new(tools::chromium()?);
    command.arg(format!("--user-data-dir={}", profile.display())).args(ARGUMENTS).arg(address);
    Daemon::spawn(name, command, |line| line.contains(":CONSOLE:"))
}
