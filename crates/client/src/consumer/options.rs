//! How a consumer reads.

use std::time::Duration;

use super::group::Assignor;
use crate::{Error, Isolation, OffsetSpec, Result};

/// Where to begin in a partition that has no valid position (`auto.offset.reset`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AutoReset {
    /// With the first record that is still there.
    Earliest,
    /// With the next record that comes.
    #[default]
    Latest,
    /// Nowhere: [`Error::NoPosition`].
    Never,
}

/// How a consumer reads; the defaults are those of Kafka's consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerOptions {
    /// The group whose offsets are read and committed (`group.id`), and which is joined by subscribing.
    pub group: Option<String>,
    /// A name that lasts longer than a process, so that a restart moves no partitions (`group.instance.id`).
    pub instance_id: Option<String>,
    /// Where to begin in a partition that has no valid position (`auto.offset.reset`).
    pub auto_reset: AutoReset,
    /// Which records are shown (`isolation.level`).
    pub isolation: Isolation,
    /// How long brokers may wait for [`Self::fetch_bytes_min`] (`fetch.max.wait.ms`).
    pub fetch_max_wait: Duration,
    /// How much a broker gathers before it answers, if it does not take too long, in bytes (`fetch.min.bytes`).
    pub fetch_bytes_min: i32,
    /// How much one answer may hold, in bytes (`fetch.max.bytes`). A larger batch comes alone.
    pub fetch_bytes_max: i32,
    /// How much of it one partition may take, in bytes (`max.partition.fetch.bytes`).
    pub partition_bytes_max: i32,
    /// How much may wait for the program, in bytes after decompression: once there is more, nothing is asked for until
    /// the program has taken some. What is on its way by then comes on top of it.
    pub buffer_bytes_max: usize,
    /// The most records that one poll returns (`max.poll.records`).
    pub poll_records_max: usize,
    /// The most bytes that one batch may have after decompression.
    pub batch_bytes_max: usize,
    /// Whether the checksums of batches are compared (`check.crcs`).
    pub check_crcs: bool,
    /// How often positions are committed while polling (`auto.commit.interval.ms`); never, if not said. Positions
    /// are also committed when partitions are taken away and when the consumer is closed.
    pub auto_commit: Option<Duration>,
    /// The ways to share partitions that this member knows, the best first (`partition.assignment.strategy`). The
    /// group settles on one that all members know. If all of them are cooperative, members keep reading while the
    /// group rebalances.
    pub assignors: Vec<Assignor>,
    /// How long the group waits for a sign of life (`session.timeout.ms`).
    pub session_timeout: Duration,
    /// How often a sign of life is sent (`heartbeat.interval.ms`).
    pub heartbeat_interval: Duration,
    /// How long the program may take between two polls, and the group for a rebalance (`max.poll.interval.ms`).
    pub poll_interval_max: Duration,
}

impl Default for ConsumerOptions {
    fn default() -> Self {
        Self {
            group: None,
            instance_id: None,
            auto_reset: AutoReset::Latest,
            isolation: Isolation::ReadUncommitted,
            fetch_max_wait: Duration::from_millis(500),
            fetch_bytes_min: 1,
            fetch_bytes_max: 50 << 20,
            partition_bytes_max: 1 << 20,
            buffer_bytes_max: 64 << 20,
            poll_records_max: 500,
            batch_bytes_max: 256 << 20,
            check_crcs: true,
            auto_commit: Some(Duration::from_secs(5)),
            assignors: vec![Assignor::Range, Assignor::CooperativeSticky],
            session_timeout: Duration::from_secs(45),
            heartbeat_interval: Duration::from_secs(3),
            poll_interval_max: Duration::from_secs(300),
        }
    }
}

impl ConsumerOptions {
    /// Finds contradictions.
    ///
    /// # Errors
    /// [`Error::Mistake`].
    pub(super) fn check(&self) -> Result<()> {
        if self.heartbeat_interval >= self.session_timeout {
            let what = "the heartbeat interval must be shorter than the session timeout, best a third of it";
            return Err(Error::Mistake(what.to_owned()));
        }
        if self.assignors.is_empty() {
            return Err(Error::Mistake("a group needs at least one way to share its partitions".to_owned()));
        }
        if self.group.as_ref().is_some_and(String::is_empty) {
            return Err(Error::Mistake("a group needs a name".to_owned()));
        }
        Ok(())
    }
}

impl AutoReset {
    /// Where that is; `None` if nowhere.
    pub(super) const fn spec(self) -> Option<OffsetSpec> {
        match self {
            Self::Earliest => Some(OffsetSpec::Earliest),
            Self::Latest => Some(OffsetSpec::Latest),
            Self::Never => None,
        }
    }
}
