//! Appenders, partitions of the simplest form, and a clock.

use std::error::Error;
use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use ottla_storage::disk::{Disk, File, Open, RealDisk};
use ottla_storage::wal::{Batch, Change, Entry, PartitionFiles, PartitionId, Wal, WalOptions, replay};
use ottla_storage::{Reached, Watermark};
use ottla_types::{LeaderEpoch, Offset, PartitionIndex, Uuid};

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
    dir: PathBuf,
    wal: Wal,
    load: Load,
    partitions: Vec<Arc<Partition>>,
}

impl Bench {
    pub(crate) fn start(
        folder: &Path,
        options: WalOptions,
        load: Load,
        grown: bool,
    ) -> Result<Self, Box<dyn Error>> {
        let disk = RealDisk::shared();
        let dir = folder.join("commit-line");
        disk.create_dir_all(&dir)?;
        let replayed = replay(&*disk, &dir, |_, _| Ok(()))?;
        let background = disk.lane("background")?;
        let wal = Wal::open(&disk, &dir, options, replayed, Arc::clone(&background))?;
        let partitions = (0..load.partitions).map(|index| Partition::create(&disk, &dir, index)).collect();
        let bench = Self { dir, wal, load, partitions: Result::from_iter::<Vec<_>>(partitions)? };
        if grown {
            bench.wal.grow();
            // Every segment is grown in pieces of a MiB, each a job of its own.
            for _ in 0..options.size_bytes >> 19 {
                let (done, waited) = channel();
                background.submit(Box::new(move || done.send(()).expect("the bench waits")));
                waited.recv()?;
            }
        }
        Ok(bench)
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

    fn append(&self, partition: &Arc<Partition>, until: Instant) -> Vec<Duration> {
        let body = Bytes::from(vec![7; self.load.batch_bytes - Batch::HEAD_LEN]);
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut waiting = std::collections::VecDeque::new();
        let mut times = Vec::new();
        while Instant::now() < until {
            if waiting.len() == self.load.depth {
                finish(waiting.pop_front(), &waker, &mut times);
            }
            waiting.push_back((Instant::now(), partition.append(&self.wal, &body)));
        }
        while !waiting.is_empty() {
            finish(waiting.pop_front(), &waker, &mut times);
        }
        times
    }

    pub(crate) fn stop(self) -> Result<(), Box<dyn Error>> {
        let (done, closed) = channel();
        self.wal.close(Box::new(move |outcome| drop(done.send(outcome))));
        closed.recv()??;
        RealDisk.remove_dir_all(&self.dir)?;
        Ok(())
    }
}

fn finish(waiting: Option<(Instant, Reached)>, waker: &Waker, times: &mut Vec<Duration>) {
    let Some((begun, reached)) = waiting else { return };
    let mut reached = pin!(reached);
    while reached.as_mut().poll(&mut Context::from_waker(waker)).is_pending() {
        thread::park();
    }
    times.push(begun.elapsed());
}

struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[derive(Debug)]
struct Partition {
    id: PartitionId,
    file: Arc<dyn File>,
    next: Mutex<(i64, u64)>,
    written: AtomicU64,
    synced: AtomicU64,
    failed: AtomicI64,
    durable: Arc<Watermark>,
}

impl Partition {
    fn create(disk: &Arc<dyn Disk>, dir: &Path, index: usize) -> io::Result<Arc<Self>> {
        let file = disk.open(&dir.join(format!("{index}.log")), Open::Truncated)?;
        disk.sync_dir(dir)?;
        Ok(Arc::new(Self {
            id: PartitionId { topic_id: Uuid::ONE, partition: PartitionIndex(index as i32) },
            file,
            next: Mutex::default(),
            written: AtomicU64::new(0),
            synced: AtomicU64::new(0),
            failed: AtomicI64::new(0),
            durable: Watermark::new(Offset::ZERO),
        }))
    }

    fn append(self: &Arc<Self>, wal: &Wal, body: &Bytes) -> Reached {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let (offset, position) = *next;
        let head = [1; Batch::HEAD_LEN];
        let parts = [IoSlice::new(&head), IoSlice::new(body)];
        self.file.write_all_at(&parts, position).expect("the disk takes a write");
        let len = (Batch::HEAD_LEN + body.len()) as u64;
        self.written.store(position + len, Ordering::Release);
        *next = (offset + 1, position + len);
        let batch = Batch {
            leader_epoch: LeaderEpoch(0),
            base_offset: Offset(offset),
            next_offset: Offset(offset + 1),
            head,
            body: body.clone(),
        };
        let entry = Entry { files: Arc::clone(self) as _, stamp: 0, change: Change::Batch(batch) };
        wal.enqueue(entry).expect("the log is open");
        self.durable.reached(Offset(offset + 1))
    }
}

impl PartitionFiles for Partition {
    fn partition(&self) -> PartitionId {
        self.id
    }

    fn sync(&self) -> io::Result<()> {
        let written = self.written.load(Ordering::Acquire);
        self.file.sync_data()?;
        self.synced.fetch_max(written, Ordering::AcqRel);
        Ok(())
    }

    fn start_writeback(&self) {
        let synced = self.synced.load(Ordering::Acquire);
        // A hint: the sync that follows reports what is wrong.
        let _ = self.file.start_writeback(synced..self.written.load(Ordering::Acquire));
    }

    fn durable_to(&self, _: u64, next_offset: Offset) {
        self.durable.advance(next_offset);
    }

    fn log_start_durable(&self, _: Offset) {}

    fn failed(&self, error: &Arc<io::Error>) {
        self.failed.store(1, Ordering::Relaxed);
        self.durable.fail(error);
    }
}
