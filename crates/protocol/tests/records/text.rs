//! Batches as lines of text, the same that `testdata/BatchWriter.java` writes and reads.

use std::fmt::Write;

use ottla_protocol::records::{BatchError, Batches, Records, TimestampType, decompress};

/// What we read in the bytes of batches: for each a line about its header, and one for each record.
pub(crate) fn describe(bytes: &[u8]) -> Result<String, BatchError> {
    let mut lines = String::new();
    for view in Batches::new(bytes) {
        let view = view?;
        view.check_crc()?;
        let header = view.header();
        let attributes = header.attributes;
        let codec = attributes.codec()?;
        let timestamp_type = match attributes.timestamp_type() {
            TimestampType::CreateTime => "create",
            TimestampType::LogAppendTime => "append",
        };
        let horizon = header.delete_horizon().map_or("-".to_owned(), |horizon| horizon.to_string());
        writeln!(
            lines,
            "header\t{}\t{}\t{}\t{}\t{}\t{}\t{codec}\t{timestamp_type}\t{}\t{}\t{horizon}\t{}\t{}\t{}\t{}\t{}\t{}",
            header.base_offset,
            header.last_offset(),
            header.next_offset(),
            header.size(),
            header.leader_epoch,
            header.crc,
            if attributes.is_transactional() { "transactional" } else { "-" },
            if attributes.is_control() { "control" } else { "-" },
            header.max_timestamp,
            header.producer_id,
            header.producer_epoch,
            header.base_sequence,
            header.last_sequence(),
            header.record_count,
        )
        .unwrap();
        // An empty batch has nothing to decompress.
        let body =
            if header.record_count == 0 { Vec::new() } else { decompress(codec, view.body(), 1 << 30)? };
        for record in Records::new(header, &body) {
            let record = record?;
            let [key, value] = [record.key, record.value].map(hex_or_dash);
            write!(lines, "record\t{}\t{}\t{key}\t{value}", record.offset, record.timestamp).unwrap();
            for header in record.headers {
                write!(lines, "\t{}={}", hex(header.key), hex_or_dash(header.value)).unwrap();
            }
            lines.push('\n');
        }
    }
    Ok(lines)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}

fn hex_or_dash(bytes: Option<&[u8]>) -> String {
    bytes.map_or("-".to_owned(), hex)
}
