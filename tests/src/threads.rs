//! What each thread of a browser spends.

use std::collections::BTreeMap;
use std::fs;

use crate::chromium;
use crate::process::{CpuTime, Stat};

/// Processor time by what a process does and the name of its thread, as in `renderer, DedicatedWorker`.
#[derive(Clone, Debug, Default)]
pub struct CpuByThread(BTreeMap<String, CpuTime>);

impl CpuByThread {
    /// That of these processes, by their ids; with each what it spent in all, also on threads that ended.
    pub(crate) fn of(processes: impl IntoIterator<Item = (u32, u64)>) -> Self {
        let mut ticks: BTreeMap<String, u64> = BTreeMap::new();
        for (id, total) in processes {
            let work = chromium::work_of(id);
            let mut known = 0;
            for thread in fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten() {
                let is_main = thread.file_name().to_str() == Some(&id.to_string());
                let Some(stat) = Stat::read(&thread.path().join("stat").to_string_lossy()) else { continue };
                let name = if is_main { "main" } else { &stat.name };
                *ticks.entry(format!("{work}, {name}")).or_default() += stat.ticks;
                known += stat.ticks;
            }
            *ticks.entry(format!("{work}, ended")).or_default() += total.saturating_sub(known);
        }
        Self(ticks.into_iter().map(|(thread, ticks)| (thread, CpuTime::of_ticks(ticks))).collect())
    }

    /// What was spent since `earlier`.
    pub fn since(&self, earlier: &Self) -> impl Iterator<Item = (&str, CpuTime)> {
        self.0.iter().map(|(thread, spent)| {
            let before = earlier.0.get(thread).copied().unwrap_or_default();
            (thread.as_str(), *spent - before)
        })
    }
}
