//! `.snapshot`: what is known of the producers at an offset.

use std::fs;
use std::path::Path;

use bytes::{Buf, Bytes};
use crc_fast::CrcAlgorithm;
use ottla_protocol::Message;
use ottla_protocol::files::ProducerSnapshot;
use ottla_protocol::files::producer_snapshot::ProducerEntry;

/// Behind version and checksum.
const CHECKED_FROM: usize = 6;

/// Reads a snapshot; the error says what is wrong with it.
pub(super) fn read(path: &Path) -> Result<Vec<ProducerEntry>, String> {
    let bytes = Bytes::from(fs::read(path).map_err(|error| error.to_string())?);
    let mut fields = bytes.clone();
    let version = fields.try_get_i16().map_err(|_| "it is cut off".to_owned())?;
    let snapshot = ProducerSnapshot::decode_all(fields, version).map_err(|error| error.to_string())?;
    let computed = crc_fast::checksum(CrcAlgorithm::Crc32Iscsi, &bytes[CHECKED_FROM..]);
    if computed != u64::from(snapshot.crc) {
        return Err(format!("its checksum is {:#010x}, but its content has {computed:#010x}", snapshot.crc));
    }
    Ok(snapshot.producer_entries)
}
