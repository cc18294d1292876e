//! What the kernel says of this machine and of processes, in `/proc`.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Cores that others may keep busy while something is measured.
pub(crate) const IDLE: f64 = 0.3;

/// How long to wait for that, in a whole run.
const PATIENCE: Duration = Duration::from_secs(60);

/// The unit of times in `/proc`, which is the same on every machine.
const TICK: Duration = Duration::from_millis(10);

/// Waits for the machine to be idle.
#[derive(Debug)]
pub(crate) struct IdleCheck {
    patience: Duration,
}

impl IdleCheck {
    pub(crate) fn new() -> Self {
        Self { patience: PATIENCE }
    }

    /// Waits until the machine is idle, or has not been for too long. Returns how many cores are busy then.
    pub(crate) fn wait(&mut self) -> anyhow::Result<f64> {
        loop {
            let (before, start) = (busy_time()?, Instant::now());
            thread::sleep(Duration::from_millis(500));
            let elapsed = start.elapsed();
            let busy = (busy_time()?.saturating_sub(before)).as_secs_f64() / elapsed.as_secs_f64();
            if busy < IDLE || self.patience.is_zero() {
                return Ok(busy);
            }
            self.patience = self.patience.saturating_sub(elapsed);
        }
    }
}

/// Lets this process, and those that it starts, have as many descriptors as the machine lets it.
pub(crate) fn raise_descriptor_limit() -> anyhow::Result<()> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    Ok(setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?)
}

/// How many descriptors a process may have.
pub(crate) fn descriptor_limit() -> u64 {
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// Bytes of the kernel's memory for TCP, both ends of connections on this machine included.
pub(crate) fn tcp_memory() -> anyhow::Result<u64> {
    let text = fs::read_to_string("/proc/net/sockstat")?;
    let pages = text
        .lines()
        .find_map(|line| line.strip_prefix("TCP:")?.rsplit_once(" mem ")?.1.parse::<u64>().ok())
        .context("/proc/net/sockstat says nothing of TCP's memory")?;
    Ok(pages * rustix::param::page_size() as u64)
}

/// Processor time that a process has used, all its threads together.
pub(crate) fn cpu_time(pid: u32) -> anyhow::Result<Duration> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The second field is the program's name, in which there may be anything.
    let (_, fields) = text.rsplit_once(')').context("/proc has changed")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<u32>().ok()).unwrap_or(0);
    Ok(TICK * (ticks(11) + ticks(12)))
}

/// Bytes of memory of a process: now, and at most so far.
pub(crate) fn memory(pid: u32) -> anyhow::Result<Memory> {
    let text = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok())
    };
    let (now, peak) = (field("VmRSS:"), field("VmHWM:"));
    Ok(Memory { now: now.context("no VmRSS")? * 1024, peak: peak.context("no VmHWM")? * 1024 })
}

/// Resident memory, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    pub(crate) now: u64,
    pub(crate) peak: u64,
}

/// Descriptors that a process has open.
pub(crate) fn descriptors(pid: u32) -> anyhow::Result<usize> {
    Ok(fs::read_dir(format!("/proc/{pid}/fd"))?.count())
}

/// Time that all cores together were not idle.
fn busy_time() -> anyhow::Result<Duration> {
    let text = fs::read_to_string("/proc/stat")?;
    let line = text.lines().next().context("/proc/stat is empty")?;
    let ticks = line.split_whitespace().skip(1).take(8).map(|field| field.parse::<u32>().unwrap_or(0));
    // The fourth and the fifth are times without work.
    Ok(TICK
        * ticks.enumerate().filter(|(index, _)| !matches!(index, 3 | 4)).map(|(_, ticks)| ticks).sum::<u32>())
}
