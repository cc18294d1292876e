//! Telling the operator of notices, by a program of theirs.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;

/// Notices that wait until the operator is told of those before. Of more, they find out when they look.
const MAX_WAITING: usize = 64;

/// How long the program may take for one.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(50);

/// Runs the program, one notice after the other, on a thread of its own.
#[derive(Debug)]
pub(super) struct Messenger(SyncSender<String>);

impl Messenger {
    /// `program` is its name, and its arguments.
    pub(super) fn start(program: Vec<String>) -> anyhow::Result<Self> {
        let (letters, waiting) = sync_channel(MAX_WAITING);
        thread::Builder::new().name("messenger".to_owned()).spawn(move || deliver(&program, &waiting))?;
        Ok(Self(letters))
    }

    /// Has the program run with this as its input, some time.
    pub(super) fn tell(&self, letter: String) {
        if self.0.try_send(letter).is_err() {
            eprintln!("seedcast-signaling: more notices come than the operator can be told of");
        }
    }
}

fn deliver(program: &[String], letters: &Receiver<String>) {
    let Some((name, arguments)) = program.split_first() else { return };
    for letter in letters {
        if let Err(error) =
            run(name, arguments, &letter).with_context(|| format!("{name} cannot be told of a notice"))
        {
            eprintln!("seedcast-signaling: {error:#}");
        }
    }
}

fn run(name: &str, arguments: &[String], letter: &str) -> anyhow::Result<()> {
    let mut child = Command::new(name).args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
    let began = Instant::now();
    // A pipe takes a letter whole or waits for the program, which may never read.
    let input = child.stdin.take();
    let letter = letter.to_owned();
    let writer = thread::Builder::new()
        .spawn(move || input.map_or(Ok(()), |mut input| input.write_all(letter.as_bytes())))?;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if began.elapsed() > PATIENCE {
            child.kill()?;
            break child.wait()?;
        }
        thread::sleep(PAUSE);
    };
    // Its end of the pipe is closed now.
    drop(writer.join());
    anyhow::ensure!(status.success(), "{status}");
    Ok(())
}
