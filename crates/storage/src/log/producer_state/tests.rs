//! The snapshot's bytes are Apache Kafka's.

use std::path::Path;

use super::*;

fn kafkas() -> Vec<(Offset, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/kafka-4.3.1/clean");
    ["plain-0/00000000000000000180.snapshot", "copied-0/00000000000000000348.snapshot"]
        .iter()
        .map(|name| (Offset(180), std::fs::read(folder.join(name)).unwrap()))
        .collect()
}

const ALL: Expiry = Expiry { now: Timestamp(0), after_ms: i64::MAX };

#[test]
fn kafkas_snapshots_are_read_and_written() {
    for ((offset, bytes), producers) in kafkas().into_iter().zip([3, 1]) {
        let states = ProducerStates::from_snapshot(Path::new("s"), &bytes, offset, ALL).unwrap();
        assert_eq!(states.len(), producers);
        assert_eq!(states.to_snapshot(), bytes);
    }
}

#[test]
fn damage_to_a_snapshot_is_noticed() {
    for (offset, bytes) in kafkas() {
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert!(ProducerStates::from_snapshot(Path::new("s"), &damaged, offset, ALL).is_err());
            assert!(ProducerStates::from_snapshot(Path::new("s"), &bytes[..at], offset, ALL).is_err());
        }
    }
}
