use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::ops::Sub;
use std::os::unix::fs::FileExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::param::clock_ticks_per_second;
use rustix::process::{Pid, Signal, kill_process};

use crate::chromium;
use crate::threads::CpuByThread;
use crate::wait::until;

/// A program that runs beside a test and dies with this value, together with everything it started.
///
/// It stays in the process group of the test, so that a test runner that gives up on a test takes it along.
#[derive(Debug)]
pub(crate) struct Daemon {
    name: String,
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
    notable: fn(&str) -> bool,
}

impl Daemon {
    /// Starts `command`; of what it writes, the lines that are `notable` are printed in the end.
    pub(crate) fn spawn(name: &str, mut command: Command, notable: fn(&str) -> bool) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} cannot be started", command.get_program().display()))?;
        let lines = Arc::default();
        if let Some(output) = child.stdout.take() {
            collect(output, Arc::clone(&lines));
        }
        if let Some(output) = child.stderr.take() {
            collect(output, Arc::clone(&lines));
        }
        Ok(Self { name: name.to_owned(), child, lines, notable })
    }

    /// Waits for a line that `find` understands.
    pub(crate) async fn line<T>(
        &mut self,
        what: &str,
        limit: Duration,
        find: impl Fn(&str) -> Option<T>,
    ) -> Result<T> {
        let name = self.name.clone();
        until(&format!("{name} to say {what}"), limit, async || {
            let exited = self.child.try_wait()?;
            if let Some(found) = self.lines().iter().find_map(|line| find(line)) {
                return Ok(Some(found));
            }
            if let Some(status) = exited {
                bail!("{name} ended with {status} before it said {what}: {}", self.lines().join("\n"));
            }
            Ok(None)
        })
        .await
    }

    /// Processor time so far of all processes that this one started, itself left out.
    #[cfg_attr(not(feature = "browsers"), expect(dead_code, reason = "only browsers are measured"))]
    pub(crate) fn cpu_time(&self) -> CpuTime {
        CpuTime::of_ticks(descendants(self.child.id()).into_iter().map(|process| process.ticks).sum())
    }

    /// The same by process and thread.
    #[cfg_attr(not(feature = "browsers"), expect(dead_code, reason = "only browsers are measured"))]
    pub(crate) fn cpu_by_thread(&self) -> CpuByThread {
        CpuByThread::of(descendants(self.child.id()).iter().map(|process| (process.id, process.ticks)))
    }

    /// The bytes in memory that the processes which this one started have for themselves or share with each other, files
    /// left out, of those that do the work of `kind`.
    #[cfg_attr(not(feature = "browsers"), expect(dead_code, reason = "only browsers are measured"))]
    pub(crate) fn memory_of(&self, kind: &str) -> u64 {
        let ids = descendants(self.child.id()).into_iter().map(|process| process.id);
        ids.filter(|id| chromium::work_of(*id) == kind).map(memory).sum()
    }

    /// Kills the program and its descendants without warning, as a crash would.
    pub(crate) fn kill(&mut self) {
        let descendants = descendants(self.child.id());
        // A process that ended meanwhile cannot be killed, and need not be.
        let _ = self.child.kill();
        for pid in descendants.into_iter().filter_map(|process| Pid::from_raw(process.id.cast_signed())) {
            let _ = kill_process(pid, Signal::KILL);
        }
        let _ = self.child.wait();
    }

    /// Whether these bytes are anywhere in the program's memory, or in a line that it wrote. See proc_pid_mem(5).
    #[cfg_attr(not(feature = "browsers"), expect(dead_code, reason = "only servers of pages are searched"))]
    pub(crate) fn holds(&self, wanted: &[u8]) -> Result<bool> {
        let maps = fs::read_to_string(format!("/proc/{}/maps", self.child.id()))?;
        let memory = fs::File::open(format!("/proc/{}/mem", self.child.id()))?;
        let mut bytes = Vec::new();
        for line in maps.lines() {
            let mut fields = line.split_whitespace();
            let (Some(range), Some("rw-p")) = (fields.next(), fields.next()) else { continue };
            let (start, end) = range.split_once('-').context("a range of memory")?;
            let (start, end) = (u64::from_str_radix(start, 16)?, u64::from_str_radix(end, 16)?);
            bytes.resize(usize::try_from(end - start)?, 0);
            // What was given back meanwhile holds nothing.
            if memory.read_exact_at(&mut bytes, start).is_ok()
                && memchr::memmem::find(&bytes, wanted).is_some()
            {
                return Ok(true);
            }
        }
        Ok(self.lines().iter().any(|line| memchr::memmem::find(line.as_bytes(), wanted).is_some()))
    }

    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.kill();
        for line in self.lines().iter().filter(|line| (self.notable)(line)) {
            eprintln!("{}: {line}", self.name);
        }
    }
}

/// Processor time, of user and system together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct CpuTime(Duration);

impl CpuTime {
    /// In seconds.
    #[must_use]
    pub fn seconds(self) -> f64 {
        self.0.as_secs_f64()
    }

    pub(crate) fn of_ticks(ticks: u64) -> Self {
        Self(Duration::from_secs_f64(ticks as f64 / clock_ticks_per_second() as f64))
    }
}

impl Sub for CpuTime {
    type Output = Self;

    /// Zero rather than negative: a process that ended takes its time along.
    fn sub(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0))
    }
}

fn collect(output: impl Read + Send + 'static, lines: Arc<Mutex<Vec<String>>>) {
    thread::spawn(move || {
        for line in BufReader::new(output).split(b'\n') {
            let Ok(line) = line else { return };
            let line = String::from_utf8_lossy(&line).into_owned();
            lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    });
}

/// One process, as `/proc` has it.
struct Process {
    id: u32,
    parent: u32,
    /// Processor time, of user and system together, in the system's clock ticks.
    ticks: u64,
}

impl Process {
    /// Reads `/proc/ID/stat`. `None` if the process ended.
    fn read(id: u32) -> Option<Self> {
        let Stat { parent, ticks, .. } = Stat::read(&format!("/proc/{id}/stat"))?;
        Some(Self { id, parent, ticks })
    }
}

/// What the kernel says of a process or thread: see proc_pid_stat(5).
pub(crate) struct Stat {
    pub(crate) name: String,
    parent: u32,
    /// Processor time, of user and system together, in the system's clock ticks.
    pub(crate) ticks: u64,
}

impl Stat {
    /// Reads such a file. `None` if it is gone.
    pub(crate) fn read(path: &str) -> Option<Self> {
        let stat = fs::read_to_string(path).ok()?;
        // The second field is a name in parentheses that may itself hold spaces and parentheses.
        let (front, rest) = stat.rsplit_once(')')?;
        let name = front.split_once('(')?.1.trim().to_owned();
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
        Some(Self { name, parent: u32::try_from(number(4)?).ok()?, ticks: number(14)? + number(15)? })
    }
}

/// The bytes in memory that a process has for itself or shares with others, files left out: see proc_pid_status(5).
fn memory(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let kib = |line: &str| {
        let value = line.strip_prefix("RssAnon:").or_else(|| line.strip_prefix("RssShmem:"))?;
        value.trim().strip_suffix(" kB")?.parse::<u64>().ok()
    };
    status.lines().filter_map(kib).sum::<u64>() << 10
}

fn descendants(root: u32) -> Vec<Process> {
    let ids = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut others: Vec<Process> =
        ids.filter_map(|entry| Process::read(entry.file_name().to_str()?.parse().ok()?)).collect();
    let mut found = Vec::new();
    let mut parents = vec![root];
    while let Some(parent) = parents.pop() {
        let (children, rest) = others.into_iter().partition(|process: &Process| process.parent == parent);
        others = rest;
        parents.extend(children.iter().map(|child: &Process| child.id));
        found.extend(children);
    }
    found
}
