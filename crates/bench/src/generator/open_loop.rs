//! An open loop: requests leave by the clock, whether or not earlier ones have been acknowledged.
//!
//! A latency counts from the time at which the request was meant to leave. Whoever waits for a slow broker before
//! sending on would leave out just those requests that suffer from it ("coordinated omission").

use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::thread;
use std::time::{Duration, Instant};

use rustix::thread::set_current_timer_slack;

use super::prepared::{PreparedProduce, acknowledged, batch};
use super::{Connection, Topic};
use crate::error::{Error, Result};

/// What is sent when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenLoop {
    /// How many requests leave per second.
    pub(crate) requests_per_second: u32,
    /// The size of a request's one batch, nearly, but of one record at least.
    pub(crate) batch_len: usize,
    /// The size of a record's value.
    pub(crate) record_len: usize,
    /// 1 or -1.
    pub(crate) acks: i16,
    /// How many connections take turns.
    pub(crate) connections: usize,
    /// Requests of this time do not count.
    pub(crate) warm_up: Duration,
    /// Requests of this time do.
    pub(crate) measured: Duration,
}

/// Times in nanoseconds, in rising order.
#[derive(Debug, Default)]
pub(crate) struct Latencies(Vec<u64>);

impl Latencies {
    fn new(mut all: Vec<u64>) -> Self {
        all.sort_unstable();
        Self(all)
    }

    /// The time that so many of a thousand requests took at most, in milliseconds.
    pub(crate) fn per_mille_ms(&self, per_mille: usize) -> f64 {
        let rank = (self.0.len() * per_mille).div_ceil(1000).max(1) - 1;
        self.0.get(rank).map_or(f64::NAN, |nanoseconds| *nanoseconds as f64 / 1e6)
    }
}

/// When each request is meant to leave.
#[derive(Clone, Copy)]
struct Timetable {
    start: Instant,
    interval: Duration,
    /// Requests before this one do not count.
    first_measured: u32,
    end: u32,
}

impl Timetable {
    fn of(load: &OpenLoop) -> Self {
        let requests = |time: Duration| (time.as_secs_f64() * f64::from(load.requests_per_second)) as u32;
        let first_measured = requests(load.warm_up);
        Self {
            // Threads need a moment to get to their places.
            start: Instant::now() + Duration::from_millis(20),
            interval: Duration::from_secs(1) / load.requests_per_second,
            first_measured,
            end: first_measured + requests(load.measured),
        }
    }

    fn due(&self, number: u32) -> Instant {
        self.start + self.interval * number
    }

    fn lateness(&self, number: u32) -> u64 {
        self.due(number).elapsed().as_nanos() as u64
    }
}

impl OpenLoop {
    /// Sends everything. `on_measured` is called when the first request that counts leaves, and when all are
    /// acknowledged. Returns the latencies, and how late the generator itself was.
    pub(crate) fn run(
        &self,
        address: SocketAddr,
        topic: &Topic,
        mut on_measured: impl FnMut(),
    ) -> Result<(Latencies, Latencies)> {
        let batch = batch(self.batch_len, self.record_len)?;
        let (mut senders, mut readers) = (Vec::new(), Vec::new());
        let connections = (0..self.connections)
            .map(|index| {
                let partition = index as i32 % topic.partitions;
                Ok((Connection::open(address)?, PreparedProduce::new(topic, partition, &batch, self.acks)?))
            })
            .collect::<Result<Vec<_>>>()?;
        let timetable = Timetable::of(self);
        for (index, (connection, request)) in connections.into_iter().enumerate() {
            senders.push((connection.sending_half()?, request));
            let step = self.connections;
            readers.push(thread::spawn(move || read(connection, timetable, index, step)));
        }
        let late = send(&mut senders, timetable, &mut on_measured)?;
        let mut latencies = Vec::new();
        for reader in readers {
            latencies.append(&mut reader.join().expect("readers do not panic")?);
        }
        on_measured();
        Ok((Latencies::new(latencies), Latencies::new(late)))
    }
}

fn send(
    senders: &mut [(Connection, PreparedProduce)],
    timetable: Timetable,
    on_measured: &mut impl FnMut(),
) -> Result<Vec<u64>> {
    // By default the kernel may wake a sleeper 50 microseconds late. Where it cannot be asked, the lateness shows it.
    let _ = set_current_timer_slack(NonZeroU64::new(1));
    let mut late = Vec::with_capacity((timetable.end - timetable.first_measured) as usize);
    let count = senders.len();
    for number in 0..timetable.end {
        if number == timetable.first_measured {
            on_measured();
        }
        let wait = timetable.due(number).saturating_duration_since(Instant::now());
        if !wait.is_zero() {
            thread::sleep(wait);
        }
        let (connection, request) = &mut senders[number as usize % count];
        if number >= timetable.first_measured {
            late.push(timetable.lateness(number));
        }
        connection.send(request.numbered(number as i32))?;
    }
    Ok(late)
}

fn read(mut connection: Connection, timetable: Timetable, first: usize, step: usize) -> Result<Vec<u64>> {
    let mut latencies = Vec::new();
    for expected in (first as u32..timetable.end).step_by(step) {
        let frame = connection.receive()?;
        let latency = timetable.lateness(expected);
        let number = acknowledged(frame)? as u32;
        if number != expected {
            return Err(Error::Found(format!("answer {number} came before {expected}")));
        }
        if number >= timetable.first_measured {
            latencies.push(latency);
        }
    }
    Ok(latencies)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_ranks() {
        let latencies = Latencies::new((1..=1000).rev().map(|ms| ms * 1_000_000).collect());
        let at = |per_mille| latencies.per_mille_ms(per_mille);
        assert_eq!([at(500), at(990), at(999), at(1000)], [500.0, 990.0, 999.0, 1000.0]);
        assert_eq!(Latencies::new(vec![7_000_000]).per_mille_ms(999), 7.0);
        assert!(Latencies::default().per_mille_ms(500).is_nan());
    }

    #[test]
    fn the_timetable_does_not_wait_for_anybody() {
        let load = OpenLoop {
            requests_per_second: 1000,
            batch_len: 0,
            record_len: 1,
            acks: 1,
            connections: 1,
            warm_up: Duration::from_secs(1),
            measured: Duration::from_secs(2),
        };
        let timetable = Timetable::of(&load);
        assert_eq!((timetable.first_measured, timetable.end), (1000, 3000));
        assert_eq!(timetable.due(2500) - timetable.due(0), Duration::from_millis(2500));
    }
}
