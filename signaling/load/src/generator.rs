//! A process of clients, seen from inside and from outside.
//!
//! One process may have no more sockets than descriptors, and the server's process as many, so the clients of a large
//! case are spread over several.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::fleet::Fleet;
use crate::orders::{Crew, Figures, Order, Report};
use crate::server::Cores;

/// No case lasts longer: a process that is still there has been forgotten.
const LIFETIME: Duration = Duration::from_secs(900);

/// Obeys the orders on stdin until that ends.
pub(crate) fn obey(crew: &str) -> anyhow::Result<()> {
    let mut fleet = Fleet::new(&serde_json::from_str(crew)?)?;
    let orders = orders(&fleet)?;
    let end = Instant::now() + LIFETIME;
    loop {
        let order = match orders.try_recv() {
            Ok(order) => order,
            Err(TryRecvError::Disconnected) => return Ok(()),
            Err(TryRecvError::Empty) if Instant::now() > end => bail!("this process was forgotten"),
            Err(TryRecvError::Empty) => {
                fleet.turn(Duration::from_secs(1))?;
                continue;
            }
        };
        let report = match order {
            Order::Open => Report::Done { clients: fleet.open()? },
            Order::Join => Report::Done { clients: fleet.join()? },
            Order::Announce { rate, seconds, patience } => {
                fleet.announce(rate, Duration::from_secs(seconds.into()))?;
                report(&Report::Done { clients: 0 })?;
                Report::Figures(fleet.finish(Duration::from_secs(patience.into()))?)
            }
            Order::Mute => {
                fleet.mute()?;
                Report::Done { clients: 0 }
            }
            Order::ComeBack => {
                Report::Returned { seconds: fleet.come_back()?.iter().map(Duration::as_secs_f64).collect() }
            }
            Order::WatchTheEnd => Report::Done { clients: fleet.watch_the_end()? },
        };
        self::report(&report)?;
    }
}

fn report(report: &Report) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{}", serde_json::to_string(report)?)?;
    Ok(stdout.flush()?)
}

/// The orders as they come; each wakes the fleet.
fn orders(fleet: &Fleet) -> io::Result<Receiver<Order>> {
    let (sender, orders) = mpsc::channel();
    let waker = fleet.waker()?;
    thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            let Ok(order) = serde_json::from_str(&line) else { break };
            if sender.send(order).is_err() || waker.wake().is_err() {
                break;
            }
        }
        drop(sender);
        // Nobody is there to be told if that fails: the fleet looks once a second anyway.
        _ = waker.wake();
    });
    Ok(orders)
}

/// A process of clients that obeys; it ends with this value.
#[derive(Debug)]
pub(crate) struct Generator {
    child: Child,
    orders: Option<ChildStdin>,
    reports: BufReader<ChildStdout>,
}

impl Generator {
    /// Starts one on `cores`.
    pub(crate) fn start(crew: &Crew, cores: Cores) -> anyhow::Result<Self> {
        let mut command: Command = cores.command(&std::env::current_exe()?);
        command.arg("clients").arg(serde_json::to_string(crew)?).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("the generator cannot be started")?;
        let (orders, reports) = (child.stdin.take(), child.stdout.take());
        let reports = BufReader::new(reports.context("it has no output")?);
        Ok(Self { child, orders, reports })
    }

    /// Orders something, without waiting for it.
    pub(crate) fn order(&mut self, order: Order) -> anyhow::Result<()> {
        let orders = self.orders.as_mut().context("the generator was dismissed")?;
        Ok(writeln!(orders, "{}", serde_json::to_string(&order)?)?)
    }

    /// Waits for what came of an order.
    pub(crate) fn report(&mut self) -> anyhow::Result<Report> {
        let mut line = String::new();
        if self.reports.read_line(&mut line)? == 0 {
            bail!("the generator has failed");
        }
        Ok(serde_json::from_str(&line)?)
    }

    /// Waits for the end of an order that is only counted.
    pub(crate) fn done(&mut self) -> anyhow::Result<usize> {
        match self.report()? {
            Report::Done { clients } => Ok(clients),
            other => bail!("the generator says {other:?}"),
        }
    }

    /// Waits for what was measured.
    pub(crate) fn figures(&mut self) -> anyhow::Result<Figures> {
        match self.report()? {
            Report::Figures(figures) => Ok(figures),
            other => bail!("the generator says {other:?}"),
        }
    }

    /// Waits until all have come back.
    pub(crate) fn returned(&mut self) -> anyhow::Result<Vec<f64>> {
        match self.report()? {
            Report::Returned { seconds } => Ok(seconds),
            other => bail!("the generator says {other:?}"),
        }
    }

    /// Orders something, and waits for it.
    pub(crate) fn obeys(&mut self, order: Order) -> anyhow::Result<usize> {
        self.order(order)?;
        self.done()
    }
}

impl Drop for Generator {
    fn drop(&mut self) {
        drop(self.orders.take());
        // With the descriptors go tens of thousands of sockets: the next case begins when they are gone.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
