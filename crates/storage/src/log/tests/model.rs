//! Random histories against a list of batches, each from a seed.

use super::*;

/// What the log should hold.
#[derive(Default)]
struct Model {
    batches: Vec<(Offset, Offset, Vec<u8>)>,
    start: Offset,
    end: Offset,
}

struct Rng(u64);

impl Rng {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

fn check(seed: u64) {
    let mut rng = Rng(seed);
    let folder = tempfile::tempdir().unwrap();
    let config = LogConfig {
        segment_bytes: 1800 + rng.below(3000) as u32,
        index_interval_bytes: [0, 100, 1000][rng.below(3) as usize],
        ..LogConfig::default()
    };
    let budget = TailBudget::new([0, 700, 1 << 20][rng.below(3) as usize]);
    let open = |start: StartPoint| {
        let options = LogOptions { tail: Arc::clone(&budget), ..options(folder.path(), config.clone()) };
        let (log, report) = PartitionLog::open(options, start, NOW).unwrap();
        log.trust_page_cache();
        log.start_leading(EPOCH);
        (log, report)
    };
    let mut log = open(StartPoint::default()).0;
    let mut model = Model::default();
    let mut time = NOW.0;
    for _ in 0..120 {
        match rng.below(20) {
            0..=9 => {
                time += rng.below(50) as i64 - 5;
                append_some(&log, &mut model, &mut rng, time);
            }
            10..=11 => {
                let bases = model.batches.iter().map(|(base, ..)| *base).filter(|base| *base >= model.start);
                let bases: Vec<Offset> = bases.chain([model.end]).collect();
                let to = bases[rng.below(bases.len() as u64) as usize];
                if now_or_never(log.truncate_to(to, EPOCH, NOW)).unwrap().unwrap() {
                    log.start_leading(EPOCH);
                    model.batches.retain(|(_, next, _)| *next <= to);
                    model.end = to;
                }
            }
            12 => {
                log.set_high_watermark(model.end);
                let span = (model.end.0 - model.start.0 + 1) as u64;
                model.start = Offset(model.start.0 + rng.below(span) as i64);
                assert_eq!(log.delete_records_before(model.start).unwrap(), model.start);
                log.tick(Timestamp(time)).unwrap();
            }
            13..=14 => drop(log.flush().unwrap()),
            15 => log.tick(Timestamp(time + 1_000_000)).unwrap(),
            16 => {
                log.close().unwrap();
                let (opened, report) = open(start_point(&log, true));
                assert_eq!(report.segments_examined, 0);
                log = opened;
            }
            17..=18 => {
                // The process dies; what it wrote is in the page cache.
                let (opened, report) = open(start_point(&log, false));
                assert_eq!((report.bytes_truncated, &report.damage), (0, &None));
                log = opened;
            }
            _ => {
                let from = model.start.0 + rng.below((model.end.0 - model.start.0 + 1) as u64) as i64;
                compare(&log, &model, Offset(from), 1 + rng.below(3000) as usize);
            }
        }
        assert_eq!((log.log_start_offset(), log.log_end_offset()), (model.start, model.end));
    }
    compare(&log, &model, model.start, 1 << 20);
}

fn append_some(log: &Arc<PartitionLog>, model: &mut Model, rng: &mut Rng, time: i64) {
    let value = vec![rng.below(256) as u8; rng.below(400) as usize];
    let values: Vec<&[u8]> = (0..=rng.below(3)).map(|_| &value[..]).collect();
    let mut batch = batch(time, &values);
    let appended = append(log, batch.clone()).unwrap();
    assert_eq!(appended.base_offset, model.end);
    batch.set_base_offset(appended.base_offset);
    batch.set_leader_epoch(EPOCH);
    let next = appended.last_offset.next();
    model.batches.push((appended.base_offset, next, batch.to_bytes().to_vec()));
    model.end = next;
}

fn compare(log: &PartitionLog, model: &Model, from: Offset, max_bytes: usize) {
    let expected: Vec<&Vec<u8>> =
        model.batches.iter().filter(|(_, next, _)| *next > from).map(|(.., bytes)| bytes).collect();
    let found = read_all(log, from, max_bytes);
    assert_eq!(found.iter().collect::<Vec<_>>(), expected, "from {from}, {max_bytes} bytes at once");
}

#[test]
fn random_histories_agree_with_the_model() {
    for seed in 0..25 {
        let outcome = std::panic::catch_unwind(|| check(seed));
        assert!(outcome.is_ok(), "seed {seed}");
    }
}
