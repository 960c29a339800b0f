//! Newtypes over the integers of Kafka's protocol, so that an offset is never taken for an epoch.

use std::fmt;

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        #[repr(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl From<$inner> for $name {
            fn from(value: $inner) -> Self {
                Self(value)
            }
        }

        impl From<$name> for $inner {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}

number!(
    /// The position of a record in a partition: 0 is the first record ever written there.
    Offset(i64)
);
number!(
    /// How often a partition has changed leader; rises by at least one with each new leader.
    LeaderEpoch(i32)
);
number!(
    /// Rises with each change of a partition's leader, replicas or in-sync set.
    PartitionEpoch(i32)
);
number!(
    /// The `node.id` of a broker.
    BrokerId(i32)
);
number!(
    /// Identifies one registration of a broker: the offset of its record in the metadata log.
    BrokerEpoch(i64)
);
number!(
    /// The index of a partition within its topic, from 0.
    PartitionIndex(i32)
);
number!(
    /// Identifies an idempotent or transactional producer.
    ProducerId(i64)
);
number!(
    /// Tells apart the incarnations of one producer id; an older one is fenced.
    ProducerEpoch(i16)
);
number!(
    /// The place of a record among those that one producer sent to one partition. After [`i32::MAX`] comes 0.
    Sequence(i32)
);

impl Offset {
    /// The first offset of a partition.
    pub const ZERO: Self = Self(0);
    /// "No offset", where the protocol has a number for it.
    pub const NONE: Self = Self(-1);

    /// The offset after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The offset `count` records after this one.
    #[must_use]
    pub const fn plus(self, count: i64) -> Self {
        Self(self.0 + count)
    }

    /// How many offsets lie from `earlier` (included) to this one (excluded).
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }
}

impl LeaderEpoch {
    /// "No epoch": an old client, or a batch written before epochs existed.
    pub const NONE: Self = Self(-1);
}

impl BrokerId {
    /// "No broker", for example a partition without a leader.
    pub const NONE: Self = Self(-1);
}

impl ProducerId {
    /// The producer is not idempotent.
    pub const NONE: Self = Self(-1);

    /// Whether batches with this id carry sequences that must be checked.
    #[must_use]
    pub const fn is_idempotent(self) -> bool {
        self.0 >= 0
    }
}

impl ProducerEpoch {
    /// The producer is not idempotent.
    pub const NONE: Self = Self(-1);
}

impl Sequence {
    /// The producer is not idempotent.
    pub const NONE: Self = Self(-1);

    /// The sequence `count` records later. Sequences wrap from [`i32::MAX`] to 0 (KIP-98).
    #[must_use]
    pub const fn plus(self, count: i32) -> Self {
        let sum = self.0 as i64 + count as i64;
        Self(if sum > i32::MAX as i64 { (sum - i32::MAX as i64 - 1) as i32 } else { sum as i32 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_wraps_to_zero_after_the_largest() {
        assert_eq!(Sequence(i32::MAX).plus(1), Sequence(0));
        assert_eq!(Sequence(i32::MAX - 1).plus(3), Sequence(1));
        assert_eq!(Sequence(4).plus(5), Sequence(9));
    }
}
