//! The group coordinators of this node: one for each partition of `__consumer_offsets` that it leads.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use ottla_group::{
    Command, DeletedTopic, GroupConfig, GroupCoordinator, GroupRecord, RecordBytes, Reply, Swept,
};
use ottla_types::{BrokerId, ErrorCode, PartitionIndex, ProducerId, Uuid};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::coordinator::{Logged, Shard, ShardHandle};
use crate::metadata::Published;
use crate::partition::Partition;

/// The topic that keeps groups and their offsets.
pub(crate) const OFFSETS_TOPIC: &str = "__consumer_offsets";

/// The coordinators with their tasks, by the partition that is their log.
type Shards = BTreeMap<PartitionIndex, (ShardHandle<GroupCoordinator>, JoinHandle<()>)>;

/// Routes commands to the coordinator of their group.
pub(crate) struct Groups {
    published: Published,
    config: GroupConfig,
    clock: Clock,
    /// Where the coordinators' tasks run.
    runtime: Handle,
    shards: Mutex<Shards>,
}

impl Groups {
    /// The coordinators will run on the runtime that this is called from.
    pub(crate) fn new(published: Published, config: GroupConfig, clock: Clock) -> Self {
        Self { published, config, clock, runtime: Handle::current(), shards: Mutex::default() }
    }

    /// Hands a command to the coordinator of a group.
    pub(crate) async fn call(&self, group: &str, command: Command) -> Result<Reply, ErrorCode> {
        let partition = self.partition_of(group).ok_or(ErrorCode::NotCoordinator)?;
        let shard = self.shards().get(&partition).map(|(shard, _)| shard.clone());
        shard.ok_or(ErrorCode::NotCoordinator)?.call(command).await
    }

    /// Hands a command to every coordinator of this node, one after another.
    pub(crate) async fn call_every(&self, command: impl Fn() -> Command) -> Vec<Result<Reply, ErrorCode>> {
        let shards: Vec<_> = self.shards().values().map(|(shard, _)| shard.clone()).collect();
        let mut replies = Vec::with_capacity(shards.len());
        for shard in shards {
            replies.push(shard.call(command()).await);
        }
        replies
    }

    /// The broker that leads the partition of a group, if the topic exists.
    pub(crate) fn leader_of(&self, group: &str) -> Option<BrokerId> {
        let image = self.published.image();
        let topic = image.topics().by_name(OFFSETS_TOPIC)?;
        let partition = topic.partitions.get(&self.partition_of(group)?)?;
        Some(partition.leader).filter(|leader| *leader != BrokerId::NONE)
    }

    /// This node leads a partition of the topic from now on.
    pub(crate) fn start(&self, index: PartitionIndex, partition: Arc<Partition>) {
        let config = self.config.clone();
        let fresh = move || GroupCoordinator::new(config.clone());
        let (handle, shard) = Shard::new(partition, self.clock.clone(), fresh);
        let task = self.runtime.spawn(shard.run());
        self.shards().insert(index, (handle, task));
    }

    /// This node no longer leads a partition of the topic.
    pub(crate) fn stop(&self, index: PartitionIndex) {
        // Without its handle the task ends by itself, and those who wait are sent elsewhere.
        self.shards().remove(&index);
    }

    /// A topic is gone: so are the offsets that groups committed for it.
    pub(crate) fn forget_topic(self: &Arc<Self>, name: Arc<str>, topic_id: Uuid) {
        let groups = Arc::clone(self);
        self.runtime.spawn(async move {
            let topics = vec![DeletedTopic { name, topic_id }];
            groups.sweep(|resume_at| Command::ForgetTopics { topics: topics.clone(), resume_at }).await;
        });
    }

    /// Forgets offsets that nobody has committed for the retention time.
    pub(crate) async fn expire_offsets(&self) {
        self.sweep(|resume_at| Command::ExpireOffsets { resume_at }).await;
    }

    /// Takes every coordinator through a duty that it does a bounded part of at a time.
    async fn sweep(&self, duty: impl Fn(Option<Arc<str>>) -> Command) {
        let shards: Vec<_> = self.shards().values().map(|(shard, _)| shard.clone()).collect();
        for shard in shards {
            let mut resume_at = None;
            loop {
                match shard.call(duty(resume_at.take())).await {
                    Ok(Reply::Sweep(Swept { resume_at: Some(next), .. })) => resume_at = Some(next),
                    // A coordinator that is loading or gone is swept the next time, here or elsewhere.
                    Ok(Reply::Sweep(_)) | Err(_) => break,
                    Ok(other) => unexpected(&other),
                }
            }
        }
    }

    /// Ends every coordinator and waits for it.
    pub(crate) async fn stop_all(&self) {
        let shards = std::mem::take(&mut *self.shards());
        for (_, (handle, task)) in shards {
            drop(handle);
            if let Err(error) = task.await {
                tracing::error!(%error, "a group coordinator did not end as it should");
            }
        }
    }

    /// Kafka's rule: Java's hash of the id, without its sign, modulo the number of partitions.
    fn partition_of(&self, group: &str) -> Option<PartitionIndex> {
        let image = self.published.image();
        let count = image.topics().by_name(OFFSETS_TOPIC)?.partitions.len();
        Some(PartitionIndex((java_hash(group) & i32::MAX) % i32::try_from(count).ok().filter(|&n| n > 0)?))
    }

    fn shards(&self) -> MutexGuard<'_, Shards> {
        self.shards.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `String.hashCode()` of Java: over UTF-16 code units.
fn java_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

/// A reply of another kind than the command's, which the machine never gives.
pub(crate) fn unexpected(reply: &Reply) -> ! {
    panic!("the group coordinator answered another question: {reply:?}")
}

impl Logged for GroupCoordinator {
    fn encode(record: &GroupRecord) -> Result<(Bytes, Option<Bytes>), String> {
        let RecordBytes { key, value } = record.encode().map_err(|error| error.to_string())?;
        Ok((key, value))
    }

    fn decode(
        producer_id: Option<ProducerId>,
        key: &Bytes,
        value: Option<&Bytes>,
    ) -> Result<GroupRecord, String> {
        GroupRecord::decode(producer_id, key, value).map_err(|error| error.to_string())
    }

    fn transaction_ended(producer_id: ProducerId, is_committed: bool) -> GroupRecord {
        GroupRecord::TransactionEnded { producer_id, is_committed }
    }

    fn set_records_bytes_max(&mut self, bytes: usize) {
        GroupCoordinator::set_records_bytes_max(self, bytes);
    }

    fn report(&mut self) {
        for notice in self.take_notices() {
            tracing::info!("{notice}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_spread_as_java_spreads_them() {
        for (text, hash) in [("", 0), ("a", 97), ("group", 98_629_247), ("größe", 98_762_257)] {
            assert_eq!(java_hash(text), hash, "{text}");
        }
    }
}
