//! How fast batches are checked: `cargo run --release -p ottla-protocol --example validate_speed [CODEC…]`.
//!
//! One line for each codec, batch size and record size: bytes of batch (and of decompressed records) a second, and
//! the same for the checksum and the walk alone.

#![allow(clippy::unwrap_used, reason = "what it measures is valid")]
#![allow(clippy::print_stdout, reason = "printing is what this program does")]
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "a stopwatch needs a clock")]

use std::hint::black_box;
use std::time::Instant;

use bytes::Bytes;
use ottla_protocol::records::{
    BatchBuilder, BatchOptions, BatchView, Codec, Compression, NewRecord, Records, Rules, decompress,
    validate,
};
use ottla_types::Timestamp;

const NOW: Timestamp = Timestamp(1_700_000_000_000);

fn main() {
    println!(
        "{:>6} {:>8} {:>7} {:>7} | {:>10} {:>9} {:>9} {:>9} {:>9}",
        "codec", "batch", "records", "stored", "validate", "GB/s", "content", "crc", "iterate"
    );
    let wanted = std::env::args().skip(1).collect::<Vec<_>>();
    for codec in Codec::ALL {
        if !wanted.is_empty() && !wanted.iter().any(|name| name == codec.name()) {
            continue;
        }
        for (batch_len, record_len) in
            [(16 << 10, 100), (16 << 10, 1024), (64 << 10, 100), (64 << 10, 1024), (1 << 20, 1024)]
        {
            measure(codec, batch_len, record_len);
        }
    }
}

fn measure(codec: Codec, batch_len: usize, record_len: usize) {
    let options = BatchOptions { compression: Compression::new(codec), ..BatchOptions::default() };
    let mut builder = BatchBuilder::new(options);
    let text = (0..record_len * 64).map(|place| letter(place as u64)).collect::<Vec<_>>();
    for place in 0.. {
        let value = &text[place % 61 * record_len..][..record_len];
        let timestamp = NOW.plus_ms(place as i64 / 10);
        let key = (place as u64).to_be_bytes();
        let record = NewRecord { timestamp, key: Some(&key), value: Some(value), headers: &[] };
        if builder.size_with(&record) > batch_len {
            break;
        }
        builder.append(&record).unwrap();
    }
    let (content_len, count) = (builder.size(), builder.record_count());
    let batch = builder.finish().unwrap();
    let rules = Rules::default();
    let ns = best_of(&batch, |batch| {
        black_box(validate(batch, &rules, NOW).unwrap());
    });
    let crc = best_of(&batch, |batch| BatchView::parse(batch).unwrap().check_crc().unwrap());
    let iterate = best_of(&batch, |batch| {
        let view = BatchView::parse(batch).unwrap();
        let body;
        let bytes = if codec == Codec::None {
            view.body()
        } else {
            body = decompress(codec, view.body(), 1 << 30).unwrap();
            &body
        };
        for record in Records::new(view.header(), bytes) {
            black_box(record.unwrap());
        }
    });
    let rate = |len: usize, ns: f64| len as f64 / ns;
    println!(
        "{codec:>6} {batch_len:>8} {count:>7} {:>7} | {ns:>7.0} ns {:>9.2} {:>9.2} {:>9.2} {:>9.2}",
        batch.len(),
        rate(batch.len(), ns),
        rate(content_len, ns),
        rate(batch.len(), crc),
        rate(content_len, iterate),
    );
}

/// Compresses about as well as text does.
fn letter(place: u64) -> u8 {
    let word = place / 6 * 0x9e37_79b9 % 997;
    b'a' + (word.wrapping_mul(place % 6 + 3) % 26) as u8
}

fn best_of(batch: &Bytes, mut run: impl FnMut(&Bytes)) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..9 {
        let rounds = (20_000_000 / batch.len()).max(3);
        let start = Instant::now();
        for _ in 0..rounds {
            run(black_box(batch));
        }
        best = best.min(start.elapsed().as_nanos() as f64 / rounds as f64);
    }
    best
}
