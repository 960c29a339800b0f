//! Processor time: the broker's, the generator's own, and that of everybody else on the machine.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::reading::{Metric, Reading};

// Powers of ten, as disks and networks are sold.
const MEGABYTE: f64 = 1e6;
const GIGABYTE: f64 = 1e9;

/// The clocks at the beginning of an interval.
pub(crate) struct Meter {
    broker: u32,
    began: Instant,
    clocks: Clocks,
}

/// What an interval cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    pub(crate) elapsed: Duration,
    /// Seconds of processor time of the broker's process, in user mode and in the kernel.
    pub(crate) broker: f64,
    /// The same of this process and of children that have ended.
    pub(crate) own: f64,
    /// What else the machine did in this time, its kernel's threads included.
    pub(crate) others: f64,
}

struct Clocks {
    broker: u64,
    own: u64,
    machine: u64,
}

impl Meter {
    /// Reads the clocks; the broker is the process of that id.
    pub(crate) fn start(broker: u32) -> Result<Self> {
        Ok(Self { broker, began: Instant::now(), clocks: Clocks::read(broker)? })
    }

    /// Reads them again.
    pub(crate) fn stop(&self) -> Result<Usage> {
        let elapsed = self.began.elapsed();
        let now = Clocks::read(self.broker)?;
        let seconds = |ticks: u64| ticks as f64 / rustix::param::clock_ticks_per_second() as f64;
        let broker = seconds(now.broker - self.clocks.broker);
        let own = seconds(now.own - self.clocks.own);
        let machine = seconds(now.machine.saturating_sub(self.clocks.machine));
        Ok(Usage { elapsed, broker, own, others: (machine - broker - own).max(0.0) })
    }
}

impl Usage {
    /// What the interval tells when so many bytes went through.
    pub(crate) fn readings(&self, bytes: u64) -> [Reading; 4] {
        [
            Metric::Throughput.is(bytes as f64 / MEGABYTE / self.elapsed.as_secs_f64()),
            Metric::BrokerPerGigabyte.is(self.broker_per_gigabyte(bytes)),
            Metric::OwnProcessors.is(self.own_processors()),
            Metric::OthersProcessors.is(self.others_processors()),
        ]
    }

    /// The broker's seconds of processor time per gigabyte.
    pub(crate) fn broker_per_gigabyte(&self, bytes: u64) -> f64 {
        self.broker * GIGABYTE / bytes as f64
    }

    /// How many processors the generator kept busy.
    pub(crate) fn own_processors(&self) -> f64 {
        self.own / self.elapsed.as_secs_f64()
    }

    /// How many processors the broker kept busy.
    pub(crate) fn broker_processors(&self) -> f64 {
        self.broker / self.elapsed.as_secs_f64()
    }

    /// How many processors were busy with something else.
    pub(crate) fn others_processors(&self) -> f64 {
        self.others / self.elapsed.as_secs_f64()
    }
}

impl Clocks {
    fn read(broker: u32) -> Result<Self> {
        let own = times_of_process(&read(&PathBuf::from("/proc/self/stat"))?);
        let broker = times_of_process(&read(&PathBuf::from(format!("/proc/{broker}/stat")))?);
        let machine = busy_ticks(&read(&PathBuf::from("/proc/stat"))?);
        let (Some(own), Some(broker), Some(machine)) = (own, broker, machine) else {
            return Err(Error::Found("the clocks in /proc are not as on Linux".into()));
        };
        Ok(Self { broker: broker.itself, own: own.itself + own.children, machine })
    }
}

fn read(path: &PathBuf) -> Result<String> {
    fs::read_to_string(path).map_err(Error::file(path))
}

#[derive(Debug, PartialEq, Eq)]
struct Times {
    itself: u64,
    children: u64,
}

/// Fields 14 to 17 of `/proc/PID/stat` (proc_pid_stat(5)). The second, the name, may contain anything.
fn times_of_process(stat: &str) -> Option<Times> {
    let (_, rest) = stat.rsplit_once(')')?;
    let fields = rest.split_whitespace().collect::<Vec<_>>();
    let ticks = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    Some(Times { itself: ticks(14)? + ticks(15)?, children: ticks(16)? + ticks(17)? })
}

/// Field 4 of `/proc/PID/stat`: the process that the parent is.
pub(crate) fn parent_of(stat: &str) -> Option<u32> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// The first line of `/proc/stat` without idleness and waiting; guests are part of user time already.
fn busy_ticks(stat: &str) -> Option<u64> {
    let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let ticks = line.split_whitespace().map(|field| field.parse().ok()).collect::<Option<Vec<u64>>>()?;
    let [user, nice, system, _idle, _iowait, irq, softirq, steal, ..] = ticks[..] else { return None };
    Some(user + nice + system + irq + softirq + steal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clocks_of_a_process_are_found_behind_any_name() {
        let stat = "12 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 100 20 3 4 20 0 1 0";
        assert_eq!(times_of_process(stat), Some(Times { itself: 120, children: 7 }));
        assert_eq!(times_of_process("12 (a) S 1"), None);
        assert_eq!(parent_of(stat), Some(1));
    }

    #[test]
    fn idleness_is_not_busy() {
        assert_eq!(busy_ticks("cpu  1 2 4 1000 2000 8 16 32 0 0\ncpu0 1\n"), Some(63));
        assert_eq!(busy_ticks("cpu  1 2\n"), None);
    }

    #[test]
    fn this_process_has_clocks() {
        let meter = Meter::start(std::process::id()).unwrap();
        let usage = meter.stop().unwrap();
        assert!(usage.broker >= 0.0 && usage.others >= 0.0);
    }
}
