//! What the files of a partition and the folders of a log directory are called.

use std::path::{Path, PathBuf};

use ottla_types::{Offset, PartitionIndex, TopicPartition};

/// What a file in a partition's folder holds. Its name is an offset in twenty digits and one of these endings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// Record batches, back to back: `.log`.
    Log,
    /// Offset to position: `.index`.
    OffsetIndex,
    /// Timestamp to offset: `.timeindex`.
    TimeIndex,
    /// Aborted transactions: `.txnindex`.
    TxnIndex,
    /// What is known of each producer at that offset: `.snapshot`.
    Snapshot,
}

/// In which of its lives a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileStage {
    /// In use.
    Live,
    /// To be removed: `.deleted`.
    Deleted,
    /// The unfinished output of compaction or of a split: `.cleaned`.
    Cleaned,
    /// The finished output, on its way to take the place of what it came from: `.swap`.
    Swap,
}

impl FileKind {
    /// All of them, those of a segment first.
    pub const ALL: [Self; 5] =
        [Self::Log, Self::OffsetIndex, Self::TimeIndex, Self::TxnIndex, Self::Snapshot];
    /// Those that make up a segment.
    pub const OF_SEGMENT: [Self; 4] = [Self::Log, Self::OffsetIndex, Self::TimeIndex, Self::TxnIndex];

    const fn ending(self) -> &'static str {
        match self {
            Self::Log => ".log",
            Self::OffsetIndex => ".index",
            Self::TimeIndex => ".timeindex",
            Self::TxnIndex => ".txnindex",
            Self::Snapshot => ".snapshot",
        }
    }
}

impl FileStage {
    const ALL: [Self; 4] = [Self::Live, Self::Deleted, Self::Cleaned, Self::Swap];

    const fn ending(self) -> &'static str {
        match self {
            Self::Live => "",
            Self::Deleted => ".deleted",
            Self::Cleaned => ".cleaned",
            Self::Swap => ".swap",
        }
    }
}

/// The name of a file in a partition's folder, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileName {
    /// The segment's base offset; for a snapshot, the offset up to which it knows.
    pub offset: Offset,
    /// What it holds.
    pub kind: FileKind,
    /// In which of its lives it is.
    pub stage: FileStage,
}

impl FileName {
    /// The name of a live file.
    #[must_use]
    pub const fn live(offset: Offset, kind: FileKind) -> Self {
        Self { offset, kind, stage: FileStage::Live }
    }

    /// The same file in another stage.
    #[must_use]
    pub const fn at(self, stage: FileStage) -> Self {
        Self { stage, ..self }
    }

    /// The file's place in a folder.
    #[must_use]
    pub fn path(self, folder: &Path) -> PathBuf {
        folder.join(format!("{:020}{}{}", self.offset.0, self.kind.ending(), self.stage.ending()))
    }

    /// Takes a name apart; `None` if it is not one of these files.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let (digits, _) = name.split_once('.')?;
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let offset = Offset(digits.parse().ok()?);
        let ending = &name[digits.len()..];
        for kind in FileKind::ALL {
            for stage in FileStage::ALL {
                if ending.strip_prefix(kind.ending()) == Some(stage.ending()) {
                    return Some(Self { offset, kind, stage });
                }
            }
        }
        None
    }
}

/// In which of its lives a partition's folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FolderStage {
    /// In use.
    Live,
    /// The partition is deleted, its files are still to be removed: `-delete`.
    Delete,
    /// The partition is being moved here from another log directory: `-future`.
    Future,
    /// Nobody knows the topic: `-stray`.
    Stray,
}

impl FolderStage {
    const MARKED: [Self; 3] = [Self::Delete, Self::Future, Self::Stray];

    const fn ending(self) -> &'static str {
        match self {
            Self::Live => "",
            Self::Delete => "-delete",
            Self::Future => "-future",
            Self::Stray => "-stray",
        }
    }
}

/// The name of a partition's folder, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderName {
    /// The partition. Where the name had to be shortened, its topic is only the beginning of the real one.
    pub partition: TopicPartition,
    /// In which of its lives the folder is.
    pub stage: FolderStage,
}

/// No file system takes longer names.
const NAME_LEN_MAX: usize = 255;

impl FolderName {
    /// The name of a partition's folder in a stage. `unique` tells apart several that are not live.
    #[must_use]
    pub fn format(partition: &TopicPartition, stage: FolderStage, unique: u128) -> String {
        if stage == FolderStage::Live {
            return partition.to_string();
        }
        let ending = format!("-{}.{unique:032x}{}", partition.partition, stage.ending());
        let topic = &*partition.topic;
        // A move needs the whole name; a folder that only waits for its removal does not.
        let room = if stage == FolderStage::Future { topic.len() } else { NAME_LEN_MAX - ending.len() };
        format!("{}{ending}", &topic[..topic.len().min(room)])
    }

    /// Takes a name apart; `None` if it is not that of a partition's folder.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let mut stage = FolderStage::Live;
        let mut rest = name;
        for marked in FolderStage::MARKED {
            if let Some(without) = name.strip_suffix(marked.ending()) {
                stage = marked;
                rest = without.rsplit_once('.').filter(|(_, unique)| !unique.is_empty())?.0;
            }
        }
        let (topic, partition) = rest.rsplit_once('-')?;
        let partition: i32 = partition.parse().ok().filter(|&index| index >= 0)?;
        if topic.is_empty() {
            return None;
        }
        Some(Self { partition: TopicPartition::new(topic, PartitionIndex(partition)), stage })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_kafkas() {
        let name = FileName::live(Offset(348), FileKind::TimeIndex);
        assert_eq!(name.path(Path::new("/d")), Path::new("/d/00000000000000000348.timeindex"));
        for text in [
            "00000000000000000000.log",
            "00000000000000000060.index.cleaned",
            "00000000000000000060.txnindex.swap",
            "09223372036854775807.snapshot.deleted",
        ] {
            let name = FileName::parse(text).unwrap();
            assert_eq!(name.path(Path::new("")), Path::new(text));
        }
        for text in [
            "leader-epoch-checkpoint",
            "00000000000000000000-0000000000.checkpoint",
            ".log",
            "1.log.bak",
            "x.log",
        ] {
            assert_eq!(FileName::parse(text), None, "{text}");
        }
    }

    #[test]
    fn folder_names_are_kafkas() {
        let plain = TopicPartition::new("a-b.c", 7);
        assert_eq!(FolderName::format(&plain, FolderStage::Live, 1), "a-b.c-7");
        let deleted = FolderName::format(&plain, FolderStage::Delete, 1);
        assert_eq!(deleted, "a-b.c-7.00000000000000000000000000000001-delete");
        for stage in [FolderStage::Live, FolderStage::Delete, FolderStage::Future, FolderStage::Stray] {
            let name = FolderName::format(&plain, stage, 99);
            assert_eq!(FolderName::parse(&name), Some(FolderName { partition: plain.clone(), stage }));
        }
        let long = TopicPartition::new("t".repeat(249), 123_456);
        assert_eq!(FolderName::format(&long, FolderStage::Stray, 0).len(), 255);
        for name in ["", "-0", "t", "t-", "t-x", "t--1x", "t-0-delete", "lost+found"] {
            assert_eq!(FolderName::parse(name), None, "{name}");
        }
    }
}
