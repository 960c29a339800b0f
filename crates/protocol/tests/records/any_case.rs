//! Batches as producers send them, right or wrong, to topics with all kinds of settings.

use ottla_protocol::records::{Codec, TimestampType, set_max_timestamp};
use ottla_types::Timestamp;

use crate::any_batch::{AnyBatch, Random};
use crate::text::hex;

/// One question to a broker, as `testdata/BatchValidator.java` reads it: name, version of Produce, type of
/// timestamps, how old and how new they may be, codec, compacted or not, largest batch, time, batch.
pub(crate) fn any_case(seed: u64) -> String {
    let mut random = Random(seed);
    let codec = Codec::ALL[random.below(5)];
    // The first that is small.
    let batch =
        (seed * 1000..).map(|seed| AnyBatch::produced(seed, codec).bytes).find(|bytes| bytes.len() < 250);
    let mut bytes = batch.expect("most are").to_vec();
    let change = if random.one_in(3) { "unchanged" } else { change(&mut bytes, &mut random) };
    let now = AnyBatch::NOW.0;
    let version = if random.one_in(10) { 3 + random.below(4) } else { 7 + random.below(7) };
    let timestamp_type = if random.one_in(3) { "append" } else { "create" };
    let before = [i64::MAX, i64::MAX, i64::MAX, now, 40_000, 49_999][random.below(6)];
    let after = [3_600_000, 3_600_000, 3_600_000, 20_000, 0][random.below(5)];
    let compression = if random.one_in(2) { "producer" } else { Codec::ALL[random.below(5)].name() };
    let compacted = if random.one_in(6) { "compacted" } else { "-" };
    let size_max = if random.one_in(10) { bytes.len() - random.below(bytes.len().min(2)) } else { 1 << 20 };
    format!(
        "{codec} {change} {seed}\t{version}\t{timestamp_type}\t{before}\t{after}\t{compression}\t{compacted}\t\
         {size_max}\t{now}\t{}",
        hex(&bytes)
    )
}

/// Changes one thing, makes the checksum fit again in most cases, and says what it was.
fn change(bytes: &mut Vec<u8>, random: &mut Random) -> &'static str {
    let records = i32::from_be_bytes(bytes[57..61].try_into().expect("four bytes"));
    let len = bytes.len();
    let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
    let what = match random.below(24) {
        0 => (put(0, &7i64.to_be_bytes()), "base offset"),
        1 => (put(23, &(records + random.below(3) as i32).to_be_bytes()), "last offset delta"),
        2 => (put(57, &[records + 1, records - 1, 0, -1, i32::MAX][random.below(5)].to_be_bytes()), "count"),
        3 => {
            let records = [records + 1, records - 1, 0, i32::MAX][random.below(4)];
            put(23, &(records - 1).to_be_bytes());
            (put(57, &records.to_be_bytes()), "span")
        }
        4 => (put(22, &[0x20]), "control"),
        5 => (put(22, &[0x08]), "time of append"),
        6 => (put(22, &[0x10]), "transaction"),
        7 => (put(22, &[0x40]), "delete horizon"),
        8 => (put(21, &[1, 0x80]), "unknown attributes"),
        9 => (put(22, &[random.below(8) as u8]), "codec"),
        10 => (put(27, &(random.next() as i64).to_be_bytes()), "base timestamp"),
        11 => (put(27, &(AnyBatch::NOW.0 - 2_000).to_be_bytes()), "base timestamp"),
        12 => (put(35, &(AnyBatch::NOW.0 + 10_000_000).to_be_bytes()), "maximum timestamp"),
        13 => (put(35, &0i64.to_be_bytes()), "maximum timestamp"),
        14 => (put(43, &[0xff; 8]), "producer id"),
        15 => (put(53, &[0xff; 4]), "sequence"),
        16 => (put(51, &[0xff; 2]), "producer epoch"),
        17 => (put(16, &[[0, 1, 3, 0xff][random.below(4)]]), "format"),
        18 => {
            (put(8, &[len as i32 - 13, len as i32 - 11, 48, 3, -1][random.below(5)].to_be_bytes()), "length")
        }
        19 => (put(61 + random.below(len - 61), &[random.next() as u8]), "content"),
        20 => (put(61 + random.below((len - 61).min(12)), &[random.next() as u8]), "content"),
        21 => {
            put(17, &[9]);
            return "checksum";
        }
        22 => {
            let end = random.below(len);
            bytes.truncate(end);
            return "truncated";
        }
        _ => {
            let end = 1 + random.below(len);
            bytes.extend_from_within(..end);
            return "more";
        }
    };
    let timestamp = i64::from_be_bytes(bytes[35..43].try_into().expect("eight bytes"));
    let is_append_time = bytes[22] & 8 != 0;
    let kind = if is_append_time { TimestampType::LogAppendTime } else { TimestampType::CreateTime };
    let attributes = [bytes[21], bytes[22]];
    // Only the checksum counts here; attributes without a meaning stay.
    set_max_timestamp(bytes, kind, Timestamp(timestamp));
    if attributes != [bytes[21], bytes[22]] {
        bytes[21..23].copy_from_slice(&attributes);
        let crc = crc32c(&bytes[21..]);
        bytes[17..21].copy_from_slice(&crc.to_be_bytes());
    }
    what.1
}

/// Bit by bit.
fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0x82f6_3b78 & (crc & 1).wrapping_neg()))
    })
}
