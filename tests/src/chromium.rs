//! Chromium without a window.

use std::fs;
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

/// What one of its processes does, by its command line: `browser`, `renderer`, `gpu-process`, or the name of a service such
/// as `network`.
pub(crate) fn work_of(process: u32) -> String {
    let words = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
    let words = String::from_utf8_lossy(&words).into_owned();
    // Chromium writes it with spaces for the processes that it forks.
    let option =
        |name: &str| words.split(['\0', ' ']).find_map(|word| word.strip_prefix(name)).map(str::to_owned);
    let service =
        option("--utility-sub-type=").map(|service| service.split('.').next().unwrap_or_default().to_owned());
    service.or_else(|| option("--type=")).unwrap_or_else(|| "browser".to_owned())
}

/// Opens a page, for as long as what it returns is kept, in a browser that nobody drives. `profile` is an empty folder.
pub(crate) fn stay(name: &str, profile: &Path, address: &str) -> Result<Daemon> {
    let mut command = Command::new(tools::chromium()?);
    command.arg(format!("--user-data-dir={}", profile.display())).args(ARGUMENTS).arg(address);
    Daemon::spawn(name, command, |line| line.contains(":CONSOLE:"))
}
