//! The files of a partition's folder, as a broker finds them when it starts: whole, torn or somebody else's.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::{Buf, BufMut, Bytes};
use ottla_storage::FolderSync;
use ottla_storage::checkpoint::DirectoryCheckpoints;
use ottla_storage::disk::{Disk, PagePool};
use ottla_storage::log::{
    Access, LogConfig, LogOptions, PageCache, PartitionLog, Piece, ReadLimits, StartPoint, TailBudget,
};
use ottla_storage::wal::PartitionId;
use ottla_testkit::FaultyDisk;
use ottla_types::{Offset, PartitionIndex, Timestamp, Uuid};

use crate::batches::mend_checksums;
use crate::checkpoints::write;
use crate::memory::bounded;

const FOLDER: &str = "/data/topic-0";
const NOW: Timestamp = Timestamp(1_800_000_000_000);

/// What a file's first byte may say that it is.
const ENDINGS: [&str; 7] =
    ["log", "index", "timeindex", "txnindex", "snapshot", "leader-epoch-checkpoint", "partition.metadata"];
const SNAPSHOT: usize = 4;

/// Files are capped here: what a longer one could do a shorter one does.
const FILES_MAX: usize = 24;

/// Takes flags, the recovery point in two bytes, and files: what each is, the offset in its name and its length in
/// two bytes each, and its content. Checksums are made right first, unless the flags say otherwise.
pub fn run(input: &[u8]) {
    let mut rest = Bytes::copy_from_slice(input);
    let (Ok(flags), Ok(recovery_point)) = (rest.try_get_u8(), rest.try_get_u16()) else { return };
    let disk = FaultyDisk::new(0);
    disk.create_dir_all(Path::new(FOLDER)).expect("a new disk takes a folder");
    for _ in 0..FILES_MAX {
        let Some((kind, path, mut content)) = take_file(&mut rest) else { break };
        if flags & 2 == 0 {
            mend(kind, &mut content);
        }
        write(&disk, &path, &content);
    }
    let recovery_point = Offset(recovery_point.into());
    let start = StartPoint { is_clean: flags & 1 != 0, recovery_point, ..StartPoint::default() };
    let opened = bounded("opening and reading a log", input.len(), 64, 4 << 20, || open(&disk, start));
    let Some((log_start, log_end)) = opened else { return };
    let start = StartPoint {
        is_clean: true,
        was_flushed: true,
        recovery_point: log_end,
        log_start,
        is_start_exact: false,
        high_watermark: log_end,
    };
    assert_eq!(
        open(&disk, start),
        Some((log_start, log_end)),
        "a log that was closed in order is found again"
    );
}

fn take_file(rest: &mut Bytes) -> Option<(usize, PathBuf, Vec<u8>)> {
    let kind = usize::from(rest.try_get_u8().ok()?) % ENDINGS.len();
    let offset = rest.try_get_u16().ok()?;
    let len = usize::from(rest.try_get_u16().ok()?).min(rest.len());
    let content = rest.split_to(len).to_vec();
    let name = match kind {
        0..=SNAPSHOT => format!("{offset:020}.{}", ENDINGS[kind]),
        _ => ENDINGS[kind].to_owned(),
    };
    Some((kind, Path::new(FOLDER).join(name), content))
}

fn mend(kind: usize, content: &mut [u8]) {
    match kind {
        0 => mend_checksums(content),
        // Two bytes of version, the checksum, and what it is the checksum of.
        SNAPSHOT if content.len() > 6 => {
            let computed = crc_fast::crc32_iscsi(&content[6..]);
            content[2..6].copy_from_slice(&computed.to_be_bytes());
        }
        _ => {}
    }
}

/// Opens the log, asks it everything and closes it: where it starts and ends, unless its files were refused.
fn open(disk: &FaultyDisk, start: StartPoint) -> Option<(Offset, Offset)> {
    let checkpoints = DirectoryCheckpoints::read(&disk.shared(), Path::new("/data")).ok()?;
    let options = LogOptions {
        checkpoints,
        disk: disk.shared(),
        folder: PathBuf::from(FOLDER),
        id: PartitionId { topic_id: Uuid::ONE, partition: PartitionIndex(0) },
        commit: Arc::new(PageCache),
        config: LogConfig { index_interval_bytes: 200, segment_index_bytes: 4096, ..LogConfig::default() },
        tail: TailBudget::new(1 << 16),
        pages: PagePool::new(0),
        seed: 1,
        root: FolderSync::new(disk.shared(), Path::new("/data")),
    };
    let (log, report) = PartitionLog::open(options, start, NOW).ok()?;
    assert!(report.log_start <= report.log_end, "a log starts before it ends: {report:?}");
    assert_eq!((log.log_start_offset(), log.log_end_offset()), (report.log_start, report.log_end));
    read(&log);
    for target in [0, NOW.0 / 2, i64::MAX] {
        let _ = log.offset_for_timestamp(Timestamp(target));
    }
    let _ = log.offset_of_max_timestamp();
    let _ = log.aborted_transactions(report.log_start, report.log_end);
    let _ = log.latest_epoch().map(|epoch| log.end_offset_for_epoch(epoch));
    log.close().ok()?;
    Some((report.log_start, report.log_end))
}

/// Follows the log as a consumer does, a few steps far.
fn read(log: &PartitionLog) {
    let mut from = log.log_start_offset();
    let upper = log.log_end_offset();
    let limits = ReadLimits { upper, max_bytes: 4096, at_least_one: true, access: Access::Waiting };
    for _ in 0..16 {
        let Ok(result) = log.read(from, &limits) else { return };
        let mut bytes = Vec::new();
        for piece in &result.pieces {
            match piece {
                Piece::Memory(memory) => bytes.extend_from_slice(memory),
                Piece::File { file, position, len } => {
                    let mut buffer = vec![0; *len];
                    let read = file.read_at(&mut buffer, *position).expect("the disk is sound");
                    assert_eq!(read, *len, "a piece lies within its file");
                    bytes.extend_from_slice(&buffer);
                }
            }
        }
        assert_eq!(bytes.len(), result.bytes, "the pieces are as long as they should be");
        let last = ottla_protocol::records::Batches::new(&bytes).map_while(Result::ok).last();
        match last.map(|view| view.header().next_offset()) {
            Some(next) if next > from => from = next,
            _ => return,
        }
    }
}

/// Folders that Apache Kafka wrote, whole and with the beginnings of their files only.
pub fn seeds() -> Vec<Vec<u8>> {
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("../storage/testdata/kafka-4.3.1");
    let mut seeds = Vec::new();
    for (flags, state) in [(1u8, "clean"), (0, "killed")] {
        for partition in ["plain-0", "copied-0"] {
            for len_max in [400, 4000, usize::from(u16::MAX)] {
                let mut seed = vec![flags];
                seed.put_u16(0);
                put_folder(&mut seed, &testdata.join(state).join(partition), len_max);
                seeds.push(seed);
            }
        }
    }
    seeds
}

fn put_folder(seed: &mut Vec<u8>, folder: &Path, len_max: usize) {
    let entries = std::fs::read_dir(folder).expect("the storage crate's test data are there");
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.expect("the folder can be read").path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let Some(kind) =
            ENDINGS.iter().position(|ending| name == *ending || name.ends_with(&format!(".{ending}")))
        else {
            continue;
        };
        let mut content = std::fs::read(&path).expect("the storage crate's test data can be read");
        content.truncate(len_max);
        seed.put_u8(kind as u8);
        let offset = name.split('.').next().and_then(|offset| offset.parse().ok()).unwrap_or(0);
        seed.put_u16(offset);
        seed.put_u16(content.len() as u16);
        seed.put_slice(&content);
    }
}
