//! Appenders, the partitions of a log directory, and a clock.

use std::collections::VecDeque;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use ottla_protocol::records::{BatchBuilder, BatchOptions, NewRecord, StoredBatch};
use ottla_storage::Reached;
use ottla_storage::disk::{Disk, RealDisk};
use ottla_storage::log::{LeaderBatch, LogConfig, Origin, PartitionLog};
use ottla_storage::log_dir::{LockedDir, LogDir, LogDirOptions};
use ottla_storage::wal::WalOptions;
use ottla_types::{LeaderEpoch, Timestamp, TopicPartition, Uuid};

const NOW: Timestamp = Timestamp(1_700_000_000_000);
const EPOCH: LeaderEpoch = LeaderEpoch(1);

/// Who appends what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) appenders: usize,
    pub(crate) partitions: usize,
    pub(crate) batch_bytes: usize,
    /// How many appends of one appender may wait to be durable.
    pub(crate) depth: usize,
}

/// What was measured. The times are from before an append until it is durable.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figures {
    pub(crate) mib_per_s: f64,
    pub(crate) commits_per_s: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    pub(crate) max: Duration,
}

pub(crate) struct Bench {
    path: PathBuf,
    dir: LogDir,
    load: Load,
    batch: StoredBatch,
    partitions: Vec<Arc<PartitionLog>>,
}

impl Bench {
    pub(crate) fn start(
        folder: &Path,
        wal: WalOptions,
        load: Load,
        grown: bool,
    ) -> Result<Self, Box<dyn Error>> {
        let path = folder.join("commit-line");
        let options =
            LogDirOptions { is_durable: true, tail_bytes: 0, recovery_threads: 1, wal, reserve_bytes: 0 };
        let locked = LockedDir::lock(RealDisk::shared(), &path)?;
        let (dir, _) = locked.open(options, NOW, |_, _| None, || 0)?;
        if grown {
            dir.started();
            while !is_grown(&path, wal)? {
                thread::sleep(Duration::from_millis(10));
            }
        }
        let config = LogConfig { max_message_bytes: 8 << 20, ..LogConfig::default() };
        let create = |index| {
            let name = TopicPartition::new("t", index);
            let log = dir.create(&name, Uuid::ONE, config.clone(), NOW)?;
            log.start_leading(EPOCH);
            Ok::<_, Box<dyn Error>>(log)
        };
        let partitions = (0..load.partitions as i32).map(create).collect::<Result<_, _>>()?;
        Ok(Self { path, load, batch: batch_of(load.batch_bytes)?, partitions, dir })
    }

    pub(crate) fn measure(&self, time: Duration) -> Figures {
        let begun = Instant::now();
        let times: Vec<Vec<Duration>> = thread::scope(|scope| {
            let appenders: Vec<_> = (0..self.load.appenders)
                .map(|index| {
                    let partition = &self.partitions[index % self.partitions.len()];
                    scope.spawn(move || self.append(partition, begun + time))
                })
                .collect();
            appenders
                .into_iter()
                .map(|appender| appender.join().expect("an appender does not panic"))
                .collect()
        });
        let seconds = begun.elapsed().as_secs_f64();
        let mut times: Vec<Duration> = times.into_iter().flatten().collect();
        times.sort_unstable();
        let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize];
        let count = times.len() as f64;
        Figures {
            mib_per_s: count * self.load.batch_bytes as f64 / seconds / (1 << 20) as f64,
            commits_per_s: count / seconds,
            p50: at(0.5),
            p99: at(0.99),
            max: at(1.0),
        }
    }

    fn append(&self, partition: &Arc<PartitionLog>, until: Instant) -> Vec<Duration> {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut waiting = VecDeque::new();
        let mut times = Vec::new();
        while Instant::now() < until {
            if waiting.len() == self.load.depth {
                finish(waiting.pop_front(), &waker, &mut times);
            }
            let begun = Instant::now();
            let batch = LeaderBatch {
                frame_bytes: self.batch.size(),
                batch: self.batch.clone(),
                leader_epoch: EPOCH,
                origin: Origin::Client,
            };
            let appended = wait(partition.append_as_leader(batch, NOW), &waker);
            let next = appended.expect("the disk takes a batch").last_offset.next();
            waiting.push_back((begun, partition.wait_durable(next)));
        }
        while !waiting.is_empty() {
            finish(waiting.pop_front(), &waker, &mut times);
        }
        times
    }

    pub(crate) fn stop(self) -> Result<(), Box<dyn Error>> {
        self.dir.close(1)?;
        RealDisk.remove_dir_all(&self.path)?;
        Ok(())
    }
}

/// Whether the write-ahead log has all of its segments, the last but for a moment.
fn is_grown(path: &Path, wal: WalOptions) -> Result<bool, Box<dyn Error>> {
    let entries = RealDisk.list(path)?;
    let segments = entries.iter().filter(|entry| entry.name.starts_with("ottla-wal"));
    Ok(segments.count() as u64 >= wal.size_bytes / wal.segment_bytes)
}

/// A batch of one record that is about so long.
fn batch_of(bytes: usize) -> Result<StoredBatch, Box<dyn Error>> {
    let mut builder = BatchBuilder::new(BatchOptions::default());
    let value = vec![7; bytes.saturating_sub(80)];
    builder.append(&NewRecord { timestamp: NOW, value: Some(&value), ..NewRecord::default() })?;
    Ok(StoredBatch::parse(&builder.finish()?)?)
}

fn finish(waiting: Option<(Instant, Reached)>, waker: &Waker, times: &mut Vec<Duration>) {
    let Some((begun, reached)) = waiting else { return };
    wait(reached, waker).expect("the directory stays online");
    times.push(begun.elapsed());
}

fn wait<F: Future>(future: F, waker: &Waker) -> F::Output {
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
