//! Transactions, and what is remembered about producers.

use super::{RUST_MEMORY, TRANSACTIONS};
use crate::setting::{Setting, boolean, int, short};

pub(super) const SETTINGS: &[Setting] = &[
    int("producer.id.expiration.ms", 86_400_000).min(1).cluster_wide().low(
        "How long a partition remembers an idempotent producer that writes nothing. A retry after that is not \
         recognized.",
    ),
    int("producer.id.expiration.check.interval.ms", 600_000)
        .min(1)
        .internal()
        .low("Time between two looks for producers to forget."),
    int("transactional.id.expiration.ms", 604_800_000)
        .min(1)
        .status(TRANSACTIONS)
        .high("How long a transactional id that nobody uses is remembered."),
    int("transaction.max.timeout.ms", 900_000)
        .min(1)
        .status(TRANSACTIONS)
        .high("The longest transaction that a producer may ask for."),
    int("transaction.state.log.num.partitions", 50)
        .min(1)
        .status(TRANSACTIONS)
        .high("Partitions of the topic that holds transactions. It must not change once the topic exists."),
    short("transaction.state.log.replication.factor", 3).min(1).status(TRANSACTIONS).high(
        "Replicas of the topic that holds transactions. Unless it is set, a smaller cluster gets as many as it \
         has brokers.",
    ),
    int("transaction.state.log.min.isr", 2).min(1).status(TRANSACTIONS).high(
        "`min.insync.replicas` of the topic that holds transactions. Unless it is set, it is no more than the \
         topic's replicas.",
    ),
    int("transaction.state.log.segment.bytes", 104_857_600)
        .min(1)
        .status(TRANSACTIONS)
        .high("Segment size of the topic that holds transactions."),
    int("transaction.state.log.load.buffer.size", 5_242_880)
        .min(1)
        .status(RUST_MEMORY)
        .high("How much of that topic is read at a time when a coordinator loads it."),
    int("transaction.abort.timed.out.transaction.cleanup.interval.ms", 10_000)
        .min(1)
        .status(TRANSACTIONS)
        .low("Time between two looks for transactions that took too long."),
    int("transaction.remove.expired.transaction.cleanup.interval.ms", 3_600_000)
        .min(1)
        .status(TRANSACTIONS)
        .low("Time between two looks for transactional ids to forget."),
    boolean("transaction.partition.verification.enable", true)
        .cluster_wide()
        .status(TRANSACTIONS)
        .low("Whether a partition checks with the coordinator that it belongs to a transaction before it takes part."),
    boolean("transaction.two.phase.commit.enable", false)
        .status(TRANSACTIONS)
        .low("Whether a transaction may be part of one that another system decides."),
    int("add.partitions.to.txn.retry.backoff.ms", 20)
        .min(1)
        .status(TRANSACTIONS)
        .high("Rest before a partition is again added to a transaction whose state is in motion."),
    int("add.partitions.to.txn.retry.backoff.max.ms", 100)
        .min(0)
        .status(TRANSACTIONS)
        .high("How long such attempts may go on."),
];
