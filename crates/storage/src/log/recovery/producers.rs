//! What is known of producers, brought up to date from the log.

use std::sync::Arc;

use ottla_protocol::records::HEADER_LEN;
use ottla_types::Offset;

use super::super::index::Access;
use super::super::producer_state::{Origin, ProducerStates};
use super::super::segment::Segment;
use crate::StorageError;
use crate::checkpoint::read_range;

/// Goes through the batches from where `states` ends to `end`. Only headers are read, and the markers of transactions.
/// Transactions that were aborted at or after `rebuilt_from` are added to the index of them.
pub(in crate::log) fn replay_producers(
    segments: &[Arc<Segment>],
    mut states: ProducerStates,
    end: Offset,
    rebuilt_from: Option<Offset>,
) -> Result<ProducerStates, StorageError> {
    let from = states.end();
    let first = segments.partition_point(|segment| segment.base <= from).saturating_sub(1);
    for segment in segments.iter().skip(first) {
        if segment.base >= end || from >= end {
            break;
        }
        let mut scan =
            segment.scan_headers(segment.position_before(from, Access::Waiting)?, Access::Waiting)?;
        while let Some(place) = segment.next_of(&mut scan)? {
            let header = &place.header;
            if header.base_offset >= end {
                break;
            }
            if header.last_offset() < from || !header.producer_id.is_idempotent() {
                continue;
            }
            let body = match header.attributes.is_control() {
                true => {
                    let position = place.position + HEADER_LEN as u64;
                    read_range(&segment.log_file()?, position, header.size() - HEADER_LEN)?
                }
                false => Vec::new(),
            };
            let mut draft = states.draft();
            let accepted = draft.add(header, &body, Origin::Replication);
            accepted.map_err(|refusal| StorageError::corrupt(&segment.log_path(), refusal.to_string()))?;
            let changes = draft.into_changes();
            for aborted in states.apply(changes, header.next_offset()) {
                if rebuilt_from.is_some_and(|rebuilt| aborted.last_offset >= rebuilt) {
                    segment.txns.push(aborted)?;
                }
            }
        }
    }
    states.advance_to(end);
    Ok(states)
}
