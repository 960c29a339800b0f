//! What a broker does from time to time: retention, rolls, flushes, checkpoints, expired offsets, heartbeats.

use std::sync::Arc;
use std::time::Duration;

use ottla_storage::StorageError;
use ottla_storage::log_dir::LogDir;
use ottla_types::TopicPartition;
use tokio::time::{MissedTickBehavior, interval};

use crate::broker::Broker;
use crate::clock::Clock;
use crate::registration::Registration;

/// How often rolls, asked-for flushes and due removals are looked for: `log.flush.scheduler.interval.ms` is without
/// limit by default, and segments must be rolled even when nothing is written.
const TICK: Duration = Duration::from_secs(1);
/// `broker.heartbeat.interval.ms` as Kafka has it.
const HEARTBEAT: Duration = Duration::from_millis(2_000);

/// Every periodic duty of a broker, until it is dropped.
pub(crate) struct Housekeeping {
    pub(crate) broker: Arc<Broker>,
    pub(crate) registration: Registration,
}

impl Housekeeping {
    pub(crate) async fn run(self) {
        let storage = &self.broker.config().storage;
        let every = |ms: i64| {
            let mut interval = interval(Duration::from_millis(ms.max(1) as u64));
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            interval
        };
        let mut tick = every(TICK.as_millis() as i64);
        let mut retention = every(storage.retention_check_ms);
        let mut checkpoints =
            every(storage.recovery_point_checkpoint_ms.min(storage.high_watermark_checkpoint_ms));
        let mut heartbeat = every(HEARTBEAT.as_millis() as i64);
        let mut offsets = every(self.broker.config().offsets.retention_check_ms);
        // Not at once, as in Apache Kafka: offsets that ran out while the node was stopped wait for their readers.
        offsets.reset();
        let mut was_full = false;
        loop {
            tokio::select! {
                _ = tick.tick() => {
                    self.with_dir(|dir, clock| dir.tick(clock.now())).await;
                    self.tell_if_full(&mut was_full);
                }
                _ = retention.tick() => self.with_dir(|dir, clock| dir.apply_retention(clock.now())).await,
                _ = checkpoints.tick() => self.checkpoint().await,
                _ = heartbeat.tick() => self.registration.heartbeat(&self.broker).await,
                _ = offsets.tick() => self.broker.groups().expire_offsets().await,
            }
        }
    }

    /// Does something for all partitions on a lane, and logs what went wrong.
    async fn with_dir(&self, work: fn(&LogDir, &Clock) -> Vec<(TopicPartition, StorageError)>) {
        let (dir, clock) = (Arc::clone(&self.broker.dir), self.broker.clock.clone());
        let partitions = Arc::clone(&self.broker.partitions);
        let done = self.broker.reads.run(move || {
            partitions.advance_watermarks();
            work(&dir, &clock)
        });
        for (partition, error) in done.await {
            tracing::error!(%partition, %error, "a partition's files could not be tended");
        }
    }

    /// Says once that the disk is full, and once that it is not any more.
    fn tell_if_full(&self, was_full: &mut bool) {
        let (is_full, root) = (self.broker.dir.is_full(), self.broker.dir.root().display());
        match (*was_full, is_full) {
            (false, true) => tracing::error!("{root}: the disk is full, and produce requests are refused"),
            (true, false) => tracing::info!("{root}: the disk has room again"),
            _ => {}
        }
        *was_full = is_full;
    }

    async fn checkpoint(&self) {
        let (dir, partitions) = (Arc::clone(&self.broker.dir), Arc::clone(&self.broker.partitions));
        let written = self.broker.reads.run(move || {
            partitions.advance_watermarks();
            dir.write_checkpoints()
        });
        if let Err(error) = written.await {
            tracing::error!(%error, "the checkpoints cannot be written");
        }
    }
}
