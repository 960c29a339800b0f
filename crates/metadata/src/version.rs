//! `metadata.version`: which record versions and which facts the metadata log may hold.

use std::fmt;

/// A level of the feature `metadata.version` (KIP-778).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MetadataVersion(pub i16);

/// Names by level, from [`MetadataVersion::MINIMUM`] on.
const NAMES: [&str; 24] = [
    "3.3-IV3", "3.4-IV0", "3.5-IV0", "3.5-IV1", "3.5-IV2", "3.6-IV0", "3.6-IV1", "3.6-IV2", "3.7-IV0",
    "3.7-IV1", "3.7-IV2", "3.7-IV3", "3.7-IV4", "3.8-IV0", "3.9-IV0", "4.0-IV0", "4.0-IV1", "4.0-IV2",
    "4.0-IV3", "4.1-IV0", "4.1-IV1", "4.2-IV0", "4.2-IV1", "4.3-IV0",
];

impl MetadataVersion {
    /// The feature's name.
    pub const FEATURE: &'static str = "metadata.version";
    /// The lowest level that Apache Kafka 4.x reads.
    pub const MINIMUM: Self = Self(7);
    /// The highest level that Apache Kafka 4.3.1 reads, and so the highest that Ottla writes.
    pub const LATEST: Self = Self(30);

    /// Whether records may be wrapped in a metadata transaction (KIP-866).
    #[must_use]
    pub const fn has_transactions(self) -> bool {
        self.0 >= 13
    }

    /// Whether an ISR that shrinks needs a new leader epoch.
    #[must_use]
    pub const fn bumps_leader_epoch_on_isr_shrink(self) -> bool {
        self.0 < 12
    }

    /// Whether SCRAM credentials may be stored.
    #[must_use]
    pub const fn has_scram(self) -> bool {
        self.0 >= 11
    }

    /// Whether delegation tokens may be stored.
    #[must_use]
    pub const fn has_delegation_tokens(self) -> bool {
        self.0 >= 14
    }

    /// Whether controllers register (KIP-919).
    #[must_use]
    pub const fn has_controller_registration(self) -> bool {
        self.0 >= 15
    }

    /// Whether replicas are assigned to log directories (KIP-858).
    #[must_use]
    pub const fn has_directory_assignment(self) -> bool {
        self.0 >= 17
    }

    /// Whether partitions may have eligible leader replicas (KIP-966).
    #[must_use]
    pub const fn has_eligible_leader_replicas(self) -> bool {
        self.0 >= 23
    }

    /// Whether log directories may be cordoned (KIP-1066).
    #[must_use]
    pub const fn has_cordoned_log_dirs(self) -> bool {
        self.0 >= 30
    }

    /// The version to write `RegisterBrokerRecord` in.
    #[must_use]
    pub const fn register_broker_record(self) -> i16 {
        match self.0 {
            30.. => 4,
            17.. => 3,
            8.. => 2,
            _ => 1,
        }
    }

    /// The version to write `PartitionRecord` and `PartitionChangeRecord` in.
    #[must_use]
    pub const fn partition_record(self) -> i16 {
        match self.0 {
            23.. => 2,
            17.. => 1,
            _ => 0,
        }
    }

    /// Whether going from this level down to `lower` loses nothing: no level between them changed a record.
    #[must_use]
    pub fn can_fall_to(self, lower: Self) -> bool {
        const CHANGED_RECORDS: [i16; 9] = [8, 11, 13, 14, 15, 17, 23, 30, i16::MAX];
        !CHANGED_RECORDS.iter().any(|&level| lower.0 < level && level <= self.0)
    }

    /// The level's name in Kafka's tools, if 4.3.1 knows it.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        usize::try_from(self.0 - Self::MINIMUM.0).ok().and_then(|index| NAMES.get(index).copied())
    }
}

impl fmt::Display for MetadataVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => write!(f, "level {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_have_the_names_that_kafka_prints() {
        assert_eq!(MetadataVersion::LATEST.to_string(), "4.3-IV0");
        assert_eq!(MetadataVersion::MINIMUM.to_string(), "3.3-IV3");
        assert_eq!(MetadataVersion(17).to_string(), "3.7-IV2");
        assert_eq!(MetadataVersion(31).name(), None);
    }

    #[test]
    fn a_downgrade_across_a_changed_record_loses_facts() {
        assert!(MetadataVersion(29).can_fall_to(MetadataVersion(23)));
        assert!(!MetadataVersion(30).can_fall_to(MetadataVersion(29)));
    }
}
