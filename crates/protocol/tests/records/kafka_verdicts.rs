//! What Apache Kafka 4.3.1 made of produced batches, right and wrong ones, and what we do: see
//! `testdata/README.md`.

use std::io::Read;

use bytes::Bytes;
use flate2::read::GzDecoder;
use ottla_protocol::records::validate::{Reason, TopicCompression};
use ottla_protocol::records::{
    BatchError, Codec, Compression, Rejected, Rules, TimestampType, Validated, validate,
};
use ottla_types::{ErrorCode, LeaderEpoch, Offset, Timestamp};

use crate::kafka_vectors::bytes_of;
use crate::text::describe;

/// A question and Kafka's answer. `any_case.rs` beside this file made them up.
struct Verdict<'a> {
    name: &'a str,
    rules: Rules,
    now: Timestamp,
    batch: Bytes,
    error: &'a str,
    detail: &'a str,
    stored: Bytes,
}

fn parse(line: &str) -> Verdict<'_> {
    let fields = line.split('\t').collect::<Vec<_>>();
    let [name, version, kind, before, after, codec, compacted, size_max, now, batch, error, detail, stored] =
        fields[..]
    else {
        panic!("{line}");
    };
    let codec = Codec::ALL.into_iter().find(|known| known.name() == codec);
    let rules = Rules {
        produce_version: version.parse().unwrap(),
        timestamp_type: if kind == "append" {
            TimestampType::LogAppendTime
        } else {
            TimestampType::CreateTime
        },
        timestamp_before_max_ms: before.parse().unwrap(),
        timestamp_after_max_ms: after.parse().unwrap(),
        compression: codec
            .map_or(TopicCompression::Producer, |codec| TopicCompression::Fixed(Compression::new(codec))),
        is_compacted: compacted == "compacted",
        batch_bytes_max: size_max.parse().unwrap(),
        ..Rules::default()
    };
    let now = Timestamp(now.parse().unwrap());
    Verdict { name, rules, now, batch: bytes_of(batch), error, detail, stored: bytes_of(stored) }
}

/// What is in a batch, without its size and checksum, which depend on who compressed it.
fn content(bytes: &[u8]) -> String {
    let text = describe(bytes).unwrap();
    let (header, records) = text.split_once('\n').unwrap();
    let kept = header.split('\t').enumerate().filter(|(place, _)| ![4, 6].contains(place));
    let header = kept.map(|(_, field)| field).collect::<Vec<_>>().join(" ");
    format!("{header}\n{records}")
}

/// Whether our answer is Kafka's, and if not, what it is.
fn check(verdict: &Verdict<'_>, result: Result<Validated, Rejected>) -> Result<(), String> {
    match result {
        Err(rejected) => {
            let indexes = rejected.records.iter().map(|record| record.index.to_string()).collect::<Vec<_>>();
            let ours = (rejected.error_code().name(), indexes.join(","));
            if ours == (verdict.error, verdict.detail.to_owned()) || is_meant(verdict, &rejected) {
                return Ok(());
            }
            Err(format!("{} {}: {rejected}", ours.0, ours.1))
        }
        Ok(Validated { mut batch, max_timestamp, is_rewritten, .. }) => {
            batch.set_base_offset(Offset(1000));
            batch.set_leader_epoch(LeaderEpoch(5));
            let ours = batch.to_bytes();
            let codec = batch.header().attributes.codec().unwrap();
            let is_same = if codec == Codec::None || !is_rewritten {
                ours == verdict.stored
            } else {
                verdict.error == "NONE" && content(&ours) == content(&verdict.stored)
            };
            if is_same && max_timestamp.to_string() == verdict.detail {
                return Ok(());
            }
            Err(format!("NONE {max_timestamp}\n{}", content(&ours)))
        }
    }
}

/// The differences that the manual of `validate` names.
fn is_meant(verdict: &Verdict<'_>, rejected: &Rejected) -> bool {
    match (&rejected.reason, verdict.error) {
        (Reason::ProducerEpoch(_) | Reason::NoProducer, _) => true,
        (Reason::Broken(BatchError::Record { .. }), _) => !verdict.name.starts_with("none"),
        (Reason::Broken(_) | Reason::Rewrite(_), "UNKNOWN_SERVER_ERROR") => {
            matches!(rejected.error_code(), ErrorCode::InvalidRecord | ErrorCode::UnsupportedCompressionType)
        }
        _ => false,
    }
}

#[test]
fn we_judge_as_kafka_does() {
    let mut text = String::new();
    let file = include_bytes!("../../testdata/verdicts.tsv.gz");
    GzDecoder::new(&file[..]).read_to_string(&mut text).unwrap();
    let (mut cases, mut accepted) = (0, 0);
    for line in text.lines() {
        let verdict = parse(line);
        cases += 1;
        accepted += u32::from(verdict.error == "NONE");
        let Verdict { name, error, detail, .. } = verdict;
        if let Err(ours) = check(&verdict, validate(&verdict.batch, &verdict.rules, verdict.now)) {
            panic!("{name}: Kafka says {error} {detail}, we say {ours}");
        }
    }
    assert_eq!(cases, 1_500);
    assert!(accepted > 500, "{accepted}");
}
