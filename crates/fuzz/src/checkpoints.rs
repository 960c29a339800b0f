//! The small text files of a log directory and of a partition's folder.

use std::io::IoSlice;
use std::path::Path;

use ottla_storage::checkpoint::{
    CleanShutdown, LeaderEpochs, MetaProperties, OffsetCheckpoint, PartitionMetadata,
    RECOVERY_POINT_CHECKPOINT,
};
use ottla_storage::disk::{Disk, Open};
use ottla_testkit::FaultyDisk;

use crate::memory::bounded;

const FOLDER: &str = "/data";

/// Takes the content of each. What can be read is written and read again.
pub fn run(input: &[u8]) {
    let disk = FaultyDisk::new(0);
    let folder = Path::new(FOLDER);
    disk.create_dir_all(folder).expect("a new disk takes a folder");
    let offsets = folder.join(RECOVERY_POINT_CHECKPOINT);
    let files = [
        CleanShutdown::path(folder),
        LeaderEpochs::path(folder),
        MetaProperties::path(folder),
        PartitionMetadata::path(folder),
        offsets.clone(),
    ];
    for file in &files {
        write(&disk, file, input);
    }
    bounded("the readers of checkpoints", input.len(), 128, 64 << 10, || read_all(&disk, folder, &offsets));
}

pub(crate) fn write(disk: &dyn Disk, path: &Path, content: &[u8]) {
    let file = disk.open(path, Open::Truncated).expect("a new disk takes a file");
    file.write_all_at(&[IoSlice::new(content)], 0).expect("a new disk takes what is written");
}

fn read_all(disk: &FaultyDisk, folder: &Path, offsets: &Path) {
    const WRITTEN: &str = "what was read can be written";
    if let Ok(Some(read)) = CleanShutdown::read(disk, folder) {
        read.write(disk, folder).expect(WRITTEN);
        // A broker without an epoch writes -1.
        let broker_epoch = Some(read.broker_epoch.unwrap_or(-1));
        assert_eq!(CleanShutdown::read(disk, folder).ok().flatten(), Some(CleanShutdown { broker_epoch }));
    }
    if let Ok(read) = LeaderEpochs::read(disk, folder) {
        LeaderEpochs::write(disk, folder, &read).expect(WRITTEN);
        assert_eq!(LeaderEpochs::read(disk, folder).ok(), Some(read));
    }
    if let Ok(Some(read)) = MetaProperties::read(disk, folder) {
        read.write(disk, folder).expect(WRITTEN);
        assert_eq!(MetaProperties::read(disk, folder).ok().flatten(), Some(read));
    }
    if let Ok(Some(read)) = PartitionMetadata::read(disk, folder) {
        read.write(disk, folder).expect(WRITTEN);
        assert_eq!(PartitionMetadata::read(disk, folder).ok().flatten(), Some(read));
    }
    if let Ok(read) = OffsetCheckpoint::read(disk, offsets) {
        read.write(disk, offsets).expect(WRITTEN);
        assert_eq!(OffsetCheckpoint::read(disk, offsets).ok(), Some(read));
    }
}

/// One of each.
pub fn seeds() -> Vec<Vec<u8>> {
    [
        "",
        "0\n0\n",
        "0\n2\ntopic 0 120\ntopic 1 9223372036854775807\n",
        "0\n2\n0 0\n3 180\n",
        "version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ\n",
        "#\n#Wed Jan 01 00:00:00 UTC 2025\ncluster.id=4L6g3nShT-eMCtK--X86sw\ndirectory.id=RO5jkD4tQZ2qPLXWzTzbLQ\n\
         node.id=1\nversion=1\n",
        r#"{"version":0,"brokerEpoch":42}"#,
    ]
    .map(|content| content.as_bytes().to_vec())
    .into()
}
