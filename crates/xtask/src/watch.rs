//! Running programs so that nobody has to wonder whether they still do anything.

use std::env;
use std::io::{self, IsTerminal, Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::process;

/// How long a program may print nothing before a line says that it goes on.
const QUIET: Duration = Duration::from_secs(8);

/// Who follows what a program prints.
pub(crate) trait Listener: Send {
    /// Takes the next line of its output, without its end.
    fn hear(&mut self, line: &str);

    /// What is going on, for the line that is printed when nothing else was.
    fn status(&self) -> String;
}

/// Runs `command` to its end, its output shown as it comes and told to `listener`.
pub(crate) fn watch(command: &mut Command, listener: &mut impl Listener) -> Result<(), Error> {
    watch_with(QUIET, command, listener)
}

fn watch_with(quiet: Duration, command: &mut Command, listener: &mut impl Listener) -> Result<(), Error> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if io::stderr().is_terminal() && env::var_os("CARGO_TERM_COLOR").is_none() {
        // Cargo sees only a pipe.
        command.env("CARGO_TERM_COLOR", "always");
    }
    let mut child = command.spawn().map_err(|source| process::not_started(command, source))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let start = Instant::now();
    let heard = &Mutex::new(Heard { last: start, listener });
    let (running, ended) = mpsc::channel::<()>();
    let status = thread::scope(|scope| {
        scope.spawn(move || {
            let mut wait = quiet;
            while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(wait) {
                wait = lock(heard).remind(quiet, start.elapsed());
            }
        });
        let errors = scope.spawn(|| stderr.map(|stderr| show(stderr, io::stderr(), heard)));
        if let Some(stdout) = stdout {
            show(stdout, io::stdout(), heard);
        }
        // Its panic would be that of a listener, which goes on in this thread.
        _ = errors.join();
        drop(running);
        child.wait()
    });
    let status = status.map_err(|source| process::not_started(command, source))?;
    if status.success() { Ok(()) } else { Err(Error::Failed { command: process::words(command), status }) }
}

struct Heard<'a, L> {
    /// When something was printed last.
    last: Instant,
    listener: &'a mut L,
}

impl<L: Listener> Heard<'_, L> {
    /// Says what is going on if nothing was said for so long; how long it may stay so.
    fn remind(&mut self, quiet: Duration, running: Duration) -> Duration {
        let silent = self.last.elapsed();
        if silent < quiet {
            return quiet.saturating_sub(silent);
        }
        eprintln!("... {}, for {}", self.listener.status(), spoken(running));
        self.last = Instant::now();
        quiet
    }
}

fn lock<'a, 'b, L>(heard: &'a Mutex<Heard<'b, L>>) -> std::sync::MutexGuard<'a, Heard<'b, L>> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Copies `output` to `screen` as it comes, and tells the listener its lines.
fn show<L: Listener>(mut output: impl Read, mut screen: impl Write, heard: &Mutex<Heard<'_, L>>) {
    let mut buffer = [0; 8 << 10];
    let mut line = Vec::new();
    while let Ok(length @ 1..) = output.read(&mut buffer) {
        let bytes = &buffer[..length];
        // Whether or not anyone still reads the screen, the program goes on.
        _ = screen.write_all(bytes).and_then(|()| screen.flush());
        let mut heard = lock(heard);
        heard.last = Instant::now();
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            line.extend_from_slice(part);
            if let Some(whole) = line.strip_suffix(b"\n") {
                heard.listener.hear(&String::from_utf8_lossy(whole));
                line.clear();
            }
        }
    }
    if !line.is_empty() {
        lock(heard).listener.hear(&String::from_utf8_lossy(&line));
    }
}

/// A time in words, to the second.
pub(crate) fn spoken(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    /// Notes what it hears, and makes a file when it is asked what goes on.
    struct Notes {
        lines: Vec<String>,
        asked: Cell<u32>,
        file: PathBuf,
    }

    impl Listener for Notes {
        fn hear(&mut self, line: &str) {
            self.lines.push(line.to_owned());
        }

        fn status(&self) -> String {
            self.asked.set(self.asked.get() + 1);
            fs::write(&self.file, "").unwrap();
            "testing".to_owned()
        }
    }

    fn shell(script: &str) -> (Result<(), Error>, Notes) {
        let folder = tempfile::tempdir().unwrap();
        let mut notes = Notes { lines: Vec::new(), asked: Cell::new(0), file: folder.path().join("asked") };
        let mut command = Command::new("sh");
        command.args(["-c", script, "sh"]).arg(&notes.file);
        let outcome = watch_with(Duration::from_millis(1), &mut command, &mut notes);
        (outcome, notes)
    }

    #[test]
    fn every_line_of_either_output_is_heard_and_the_last_needs_no_end() {
        let (outcome, mut notes) = shell("echo one; echo two >&2; printf three");
        assert!(outcome.is_ok());
        notes.lines.sort();
        assert_eq!(notes.lines, ["one", "three", "two"]);
    }

    #[test]
    fn a_program_that_prints_nothing_is_spoken_for() {
        // It ends only once somebody asked what it is doing.
        let (outcome, notes) = shell(r#"until [ -e "$1" ]; do :; done"#);
        assert!(outcome.is_ok());
        assert!(notes.asked.get() > 0);
    }

    #[test]
    fn a_program_that_fails_is_named_with_its_code() {
        let (outcome, _) = shell("exit 3");
        let message = outcome.unwrap_err().to_string();
        assert!(message.contains("exit status: 3") && message.contains("sh -c"), "{message}");
    }

    #[test]
    fn times_are_told_in_minutes_and_seconds() {
        assert_eq!(spoken(Duration::from_millis(8_900)), "8 s");
        assert_eq!(spoken(Duration::from_secs(123)), "2 min 03 s");
    }
}
