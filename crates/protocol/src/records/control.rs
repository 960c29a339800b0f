//! Records that brokers write for brokers.

use super::RecordFault;

/// What a control record says. It is the second half of the record's key; the value's form depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ControlRecordType {
    /// A transaction was aborted (KIP-98).
    Abort,
    /// A transaction was committed (KIP-98).
    Commit,
    /// A leader of a metadata quorum begins its epoch (KIP-595).
    LeaderChange,
    /// The first record of a snapshot (KIP-630).
    SnapshotHeader,
    /// The last record of a snapshot (KIP-630).
    SnapshotFooter,
    /// The version of the quorum's protocol (KIP-853).
    KraftVersion,
    /// The voters of the quorum (KIP-853).
    KraftVoters,
    /// One that did not exist when this was written. Readers pass over it.
    Unknown(i16),
}

/// The version of the key, its first half.
const KEY_VERSION: i16 = 0;
/// The version of an end marker's value.
const END_TXN_VERSION: i16 = 0;

impl ControlRecordType {
    /// The number in the key.
    #[must_use]
    pub const fn id(self) -> i16 {
        match self {
            Self::Abort => 0,
            Self::Commit => 1,
            Self::LeaderChange => 2,
            Self::SnapshotHeader => 3,
            Self::SnapshotFooter => 4,
            Self::KraftVersion => 5,
            Self::KraftVoters => 6,
            Self::Unknown(id) => id,
        }
    }

    /// The type with this number.
    #[must_use]
    pub const fn from_id(id: i16) -> Self {
        match id {
            0 => Self::Abort,
            1 => Self::Commit,
            2 => Self::LeaderChange,
            3 => Self::SnapshotHeader,
            4 => Self::SnapshotFooter,
            5 => Self::KraftVersion,
            6 => Self::KraftVoters,
            other => Self::Unknown(other),
        }
    }

    /// The key of such a record.
    #[must_use]
    pub const fn key(self) -> [u8; 4] {
        let ([a, b], [c, d]) = (KEY_VERSION.to_be_bytes(), self.id().to_be_bytes());
        [a, b, c, d]
    }

    /// Reads a control record's key. Newer versions may have more fields behind those known here.
    ///
    /// # Errors
    /// [`RecordFault::Truncated`] for a key that is too short or missing, [`RecordFault::Version`] for a negative
    /// version.
    pub fn from_key(key: Option<&[u8]>) -> Result<Self, RecordFault> {
        let Some(&[a, b, c, d]) = key.and_then(<[u8]>::first_chunk) else {
            return Err(RecordFault::Truncated);
        };
        match i16::from_be_bytes([a, b]) {
            negative @ ..0 => Err(RecordFault::Version(negative)),
            _ => Ok(Self::from_id(i16::from_be_bytes([c, d]))),
        }
    }
}

/// The marker that ends a transaction on one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndTxn {
    /// Committed, or else aborted.
    pub is_commit: bool,
    /// The epoch of the coordinator that decided; markers of an older one are refused.
    pub coordinator_epoch: i32,
}

impl EndTxn {
    /// The type of the marker's record.
    #[must_use]
    pub const fn record_type(self) -> ControlRecordType {
        if self.is_commit { ControlRecordType::Commit } else { ControlRecordType::Abort }
    }

    /// The value of the marker's record.
    #[must_use]
    pub fn value(self) -> [u8; 6] {
        let mut value = [0; 6];
        value[..2].copy_from_slice(&END_TXN_VERSION.to_be_bytes());
        value[2..].copy_from_slice(&self.coordinator_epoch.to_be_bytes());
        value
    }

    /// Reads a control record as a marker; `None` if it is of another type.
    ///
    /// # Errors
    /// [`RecordFault::Truncated`] and [`RecordFault::Version`], for key and value.
    pub fn from_record(key: Option<&[u8]>, value: Option<&[u8]>) -> Result<Option<Self>, RecordFault> {
        let is_commit = match ControlRecordType::from_key(key)? {
            ControlRecordType::Commit => true,
            ControlRecordType::Abort => false,
            _ => return Ok(None),
        };
        let Some(&[a, b, c, d, e, f]) = value.and_then(<[u8]>::first_chunk) else {
            return Err(RecordFault::Truncated);
        };
        match i16::from_be_bytes([a, b]) {
            negative @ ..0 => Err(RecordFault::Version(negative)),
            _ => Ok(Some(Self { is_commit, coordinator_epoch: i32::from_be_bytes([c, d, e, f]) })),
        }
    }
}
