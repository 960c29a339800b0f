//! A producer against a broker that loses, delays and refuses, from a seed.

use std::collections::BTreeMap;

use ottla_protocol::records::{BatchView, Codec, Compression, Records, decompress_bytes};
use ottla_testkit::Chance;
use ottla_types::ProducerEpoch;

use super::*;

/// What a broker knows of a producer in one partition.
#[derive(Default)]
struct ProducerState {
    epoch: i16,
    next_sequence: i32,
    /// Base sequence, record count and base offset of the last batches.
    recent: Vec<(i32, i32, i64)>,
}

/// One partition of a broker that recognizes what it has (KIP-98).
#[derive(Default)]
struct Log {
    values: Vec<u64>,
    producers: BTreeMap<i64, ProducerState>,
}

impl Log {
    fn append(&mut self, batch: &Bytes) -> Result<i64, ErrorCode> {
        let view = BatchView::parse(batch).unwrap();
        view.check_crc().unwrap();
        let header = *view.header();
        let body =
            decompress_bytes(header.attributes.codec().unwrap(), &batch.slice_ref(view.body()), 1 << 20)
                .unwrap();
        let values = Records::new(&header, &body)
            .map(|record| u64::from_be_bytes(record.unwrap().value.unwrap().try_into().unwrap()));
        let count = header.record_count;
        if header.producer_id.is_idempotent() {
            let state = self.producers.entry(header.producer_id.0).or_insert_with(|| ProducerState {
                epoch: header.producer_epoch.0,
                ..ProducerState::default()
            });
            if header.producer_epoch.0 < state.epoch {
                return Err(ErrorCode::InvalidProducerEpoch);
            }
            if header.producer_epoch.0 > state.epoch {
                if header.base_sequence.0 != 0 {
                    return Err(ErrorCode::OutOfOrderSequenceNumber);
                }
                *state = ProducerState { epoch: header.producer_epoch.0, ..ProducerState::default() };
            }
            let sequence = header.base_sequence.0;
            if let Some(known) = state.recent.iter().find(|known| known.0 == sequence && known.1 == count) {
                return Ok(known.2);
            }
            if sequence != state.next_sequence {
                return Err(ErrorCode::OutOfOrderSequenceNumber);
            }
            state.next_sequence = sequence + count;
            state.recent.push((sequence, count, self.values.len() as i64));
            if state.recent.len() > 5 {
                state.recent.remove(0);
            }
        }
        let base = self.values.len() as i64;
        self.values.extend(values);
        Ok(base)
    }
}

struct World {
    chance: Chance,
    now: Timestamp,
    accumulator: Accumulator,
    logs: BTreeMap<TopicPartition, Log>,
    leaders: BTreeMap<TopicPartition, BrokerId>,
    on_the_way: Vec<Shipment>,
    /// The values in each batch, in order.
    sent: BTreeMap<BatchId, (TopicPartition, Vec<u64>)>,
    delivered: BTreeMap<BatchId, Option<Offset>>,
    given_up: BTreeMap<BatchId, Error>,
    next_value: u64,
}

/// How unkind the world is.
#[derive(Clone, Copy)]
struct Weather {
    /// Of 100 batches, how many are refused for good.
    refused_percent: u64,
    /// Of 100 batches, how many are refused for a while.
    busy_percent: u64,
    /// Of 100 requests, how many end with their connection.
    lost_percent: u64,
    delivery_timeout: Duration,
}

const PARTITIONS: i32 = 3;

impl World {
    fn new(seed: u64, weather: Weather) -> Self {
        let mut chance = Chance::from_seed(seed);
        let options = ProducerOptions {
            batch_bytes: 300,
            buffer_bytes_max: 4000,
            linger: Duration::from_millis(chance.below(20)),
            delivery_timeout: weather.delivery_timeout,
            ..ProducerOptions::default()
        };
        let compression = Compression::new(*chance.pick(&Codec::ALL));
        let batch_options = BatchOptions { compression, ..BatchOptions::default() };
        let partitions = (0..PARTITIONS).map(|index| TopicPartition::new("t", index));
        Self {
            now: Timestamp(1_000_000),
            accumulator: Accumulator::new(options, Backoff::default(), batch_options, chance.bits()),
            logs: BTreeMap::new(),
            leaders: partitions.map(|partition| (partition, BrokerId(1))).collect(),
            on_the_way: Vec::new(),
            sent: BTreeMap::new(),
            delivered: BTreeMap::new(),
            given_up: BTreeMap::new(),
            next_value: 0,
            chance,
        }
    }

    fn send_record(&mut self) {
        let partition = TopicPartition::new("t", self.chance.below(PARTITIONS as u64) as i32);
        let value = self.next_value.to_be_bytes();
        if !self.accumulator.has_room_for(value.len()) {
            return;
        }
        let record = NewRecord { timestamp: self.now, value: Some(&value), ..NewRecord::default() };
        let placed = self.accumulator.append(self.now, &partition, &record).unwrap();
        let (_, values) = self.sent.entry(placed.batch).or_insert_with(|| (partition, Vec::new()));
        assert_eq!((placed.index as usize, placed.is_first), (values.len(), values.is_empty()));
        values.push(self.next_value);
        self.next_value += 1;
    }

    fn ship(&mut self) {
        let leaders = &self.leaders;
        let shipments = self.accumulator.ship(self.now, |partition| leaders.get(partition).copied());
        for shipment in shipments {
            let mine = self.on_the_way.iter().filter(|other| other.broker == shipment.broker);
            assert!(mine.count() < 5, "more than five requests to one broker");
            self.on_the_way.push(shipment);
        }
    }

    /// The oldest request to a broker is answered; or the connection ends, and with it every request.
    fn answer(&mut self, weather: Weather) {
        if self.on_the_way.is_empty() {
            return;
        }
        let broker = self.on_the_way[self.chance.index(self.on_the_way.len())].broker;
        if !self.chance.percent(weather.lost_percent) {
            let oldest = self.on_the_way.iter().position(|shipment| shipment.broker == broker).unwrap();
            let shipment = self.on_the_way.remove(oldest);
            return self.serve(&shipment, weather, false);
        }
        let (lost, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.on_the_way).into_iter().partition(|shipment| shipment.broker == broker);
        self.on_the_way = others;
        let arrived = self.chance.index(lost.len() + 1);
        for (index, shipment) in lost.iter().enumerate() {
            if index < arrived {
                self.serve(shipment, weather, true);
            } else {
                self.lose(shipment);
            }
        }
    }

    fn serve(&mut self, shipment: &Shipment, weather: Weather, is_answer_lost: bool) {
        self.accumulator.returned(shipment.broker);
        for (partition, id, bytes) in &shipment.batches {
            let refusal = match self.chance.below(100) {
                percent if percent < weather.refused_percent => Some(ErrorCode::MessageTooLarge),
                percent if percent < weather.refused_percent + weather.busy_percent => {
                    Some(ErrorCode::NotEnoughReplicas)
                }
                _ if self.leaders[partition] != shipment.broker => Some(ErrorCode::NotLeaderOrFollower),
                _ => None,
            };
            let result = match refusal {
                Some(code) => Err(code),
                None => self.logs.entry(partition.clone()).or_default().append(bytes),
            };
            let result = match result {
                _ if is_answer_lost => Err(Error::UnknownBroker(shipment.broker)),
                Ok(base) => Ok(Written { base_offset: Some(Offset(base)), append_time: None }),
                Err(code) => Err(Error::check(code.code(), None, partition).unwrap_err()),
            };
            self.accumulator.completed(self.now, partition, *id, result);
        }
    }

    fn lose(&mut self, shipment: &Shipment) {
        self.accumulator.returned(shipment.broker);
        for (partition, id, _) in &shipment.batches {
            let error = Err(Error::UnknownBroker(shipment.broker));
            self.accumulator.completed(self.now, partition, *id, error);
        }
    }

    fn step(&mut self, weather: Weather) {
        match self.chance.below(10) {
            0..4 => self.send_record(),
            4..6 => self.ship(),
            6..8 => self.answer(weather),
            8 => self.now = self.now.plus_ms(self.chance.below(40) as i64),
            _ if self.chance.percent(10) => {
                let partition = TopicPartition::new("t", self.chance.below(PARTITIONS as u64) as i32);
                self.leaders.insert(partition, BrokerId(self.chance.below(2) as i32));
            }
            _ if self.accumulator.needs_identity() => {
                // Nearly used up, so that epochs run out as well.
                let id = ProducerId(self.chance.below(1 << 40) as i64);
                self.accumulator.set_identity(id, ProducerEpoch(i16::MAX - self.chance.below(3) as i16));
            }
            _ => self.accumulator.expire(self.now),
        }
        self.collect();
    }

    fn collect(&mut self) {
        for finished in self.accumulator.take_finished() {
            match finished.result {
                Ok(written) => assert!(self.delivered.insert(finished.batch, written.base_offset).is_none()),
                Err(error) => assert!(self.given_up.insert(finished.batch, error).is_none()),
            }
        }
    }

    /// Until everything is delivered or given up.
    fn drain(&mut self, weather: Weather) {
        self.accumulator.flush();
        for round in 0.. {
            assert!(round < 20_000, "it never ends: {:?}", self.accumulator);
            if self.accumulator.needs_identity() {
                self.accumulator.set_identity(ProducerId(1 << 50 | round), ProducerEpoch(0));
            }
            self.accumulator.expire(self.now);
            self.ship();
            let is_idle = self.on_the_way.is_empty();
            while !self.on_the_way.is_empty() {
                self.answer(weather);
            }
            self.collect();
            match self.accumulator.next_deadline(self.now) {
                Some(at) if is_idle => self.now = self.now.max(at),
                None if self.delivered.len() + self.given_up.len() == self.sent.len() => return,
                _ => {}
            }
        }
    }

    /// What was delivered is there once, in the order in which it was sent, and where the producer was told.
    fn check(&self, seed: u64) {
        for partition in (0..PARTITIONS).map(|index| TopicPartition::new("t", index)) {
            let Some(log) = self.logs.get(&partition) else { continue };
            let of_partition = |id: &&BatchId| self.sent[id].0 == partition;
            let delivered: Vec<u64> =
                self.delivered.keys().filter(of_partition).flat_map(|id| self.sent[id].1.clone()).collect();
            let given_up: BTreeSet<u64> =
                self.given_up.keys().filter(of_partition).flat_map(|id| self.sent[id].1.clone()).collect();
            // What was given up may be there all the same; nobody was told that it is not.
            let found: Vec<u64> =
                log.values.iter().copied().filter(|value| !given_up.contains(value)).collect();
            assert_eq!(found, delivered, "seed {seed}, {partition}");
            for (id, offset) in self.delivered.iter().filter(|(id, _)| of_partition(id)) {
                let base = offset.expect("this broker always tells").0 as usize;
                let values = &self.sent[id].1;
                assert_eq!(&log.values[base..base + values.len()], values, "seed {seed}, {partition}");
            }
        }
        assert_eq!(self.accumulator.buffered_bytes, 0, "seed {seed}");
    }
}

fn run(seed: u64, weather: Weather) -> World {
    let mut world = World::new(seed, weather);
    for _ in 0..600 {
        world.step(weather);
    }
    world.drain(weather);
    world.check(seed);
    world
}

const CALM: Weather = Weather {
    refused_percent: 0,
    busy_percent: 10,
    lost_percent: 0,
    delivery_timeout: Duration::from_secs(1_000_000),
};

#[test]
fn every_record_is_there_once_and_in_order_however_often_it_is_sent() {
    // Where brokers refuse for long, later batches must not push an earlier one out of their memory.
    for (seed, busy_percent) in (0..150).map(|seed| (seed, if seed % 2 == 0 { 10 } else { 70 })) {
        let weather = Weather { busy_percent, lost_percent: 20, ..CALM };
        let world = run(seed, weather);
        assert!(world.given_up.is_empty(), "seed {seed}: {:?}", world.given_up);
        assert!(world.delivered.len() > 5, "seed {seed}");
    }
}

#[test]
fn a_batch_that_is_refused_for_good_does_not_hold_up_those_behind_it() {
    for seed in 0..150 {
        let weather = Weather { refused_percent: 10, lost_percent: 10, ..CALM };
        let world = run(seed, weather);
        let is_refusal = |error: &Error| error.code() == Some(ErrorCode::MessageTooLarge);
        assert!(world.given_up.values().all(is_refusal), "seed {seed}: {:?}", world.given_up);
    }
}

#[test]
fn a_batch_whose_time_is_over_does_not_hold_up_those_behind_it() {
    let mut expired = 0;
    for seed in 0..150 {
        let weather = Weather { lost_percent: 30, delivery_timeout: Duration::from_millis(300), ..CALM };
        let world = run(seed, weather);
        let is_timeout = |error: &Error| matches!(error, Error::DeliveryTimeout { .. });
        assert!(world.given_up.values().all(is_timeout), "seed {seed}: {:?}", world.given_up);
        expired += world.given_up.len();
    }
    assert!(expired > 50, "{expired}");
}

#[test]
fn a_batch_waits_for_others_until_it_is_full_or_has_lingered() {
    let options = ProducerOptions {
        is_idempotent: false,
        linger: Duration::from_millis(50),
        batch_bytes: 200,
        ..ProducerOptions::default()
    };
    let mut accumulator = Accumulator::new(options, Backoff::default(), BatchOptions::default(), 1);
    let partition = TopicPartition::new("t", 0);
    let start = Timestamp(1000);
    let record = NewRecord { timestamp: start, value: Some(&[7; 60]), ..NewRecord::default() };
    let ship = |accumulator: &mut Accumulator, now| accumulator.ship(now, |_| Some(BrokerId(1))).len();
    accumulator.append(start, &partition, &record).unwrap();
    assert_eq!(ship(&mut accumulator, start), 0);
    assert_eq!(accumulator.next_deadline(start), Some(start.plus_ms(50)));
    assert_eq!(ship(&mut accumulator, start.plus_ms(50)), 1);
    for is_first in [true, false, true] {
        assert_eq!(accumulator.append(start, &partition, &record).unwrap().is_first, is_first);
    }
    assert_eq!(ship(&mut accumulator, start), 1, "two fit, so the third record closes the batch");
    assert_eq!(ship(&mut accumulator, start), 0);
    let last = accumulator.flush().unwrap();
    assert!(accumulator.has_unfinished(last));
    assert_eq!(ship(&mut accumulator, start), 1);
    let large = vec![0; 2 << 20];
    let too_large = NewRecord { value: Some(&large), ..record };
    assert!(matches!(accumulator.append(start, &partition, &too_large), Err(Error::RecordTooLarge { .. })));
}

#[test]
fn no_batch_is_pushed_out_of_the_brokers_memory_that_may_come_again() {
    let options = ProducerOptions { batch_bytes: 1, linger: Duration::ZERO, ..ProducerOptions::default() };
    let mut accumulator = Accumulator::new(options, Backoff::default(), BatchOptions::default(), 1);
    accumulator.set_identity(ProducerId(7), ProducerEpoch(0));
    let partition = TopicPartition::new("t", 0);
    let mut now = Timestamp(1000);
    for _ in 0..20 {
        let record = NewRecord { timestamp: now, value: Some(b"value"), ..NewRecord::default() };
        accumulator.append(now, &partition, &record).unwrap();
    }
    let mut delivered = 0;
    // The first batch is refused again and again: nobody knows whether it was written before that. What is sent
    // behind it while it is on its way is delivered.
    for (is_first_refused, expected) in [(true, 4), (false, 20)] {
        for _ in 0..30 {
            let mut sent = Vec::new();
            while let Some(shipment) = accumulator.ship(now, |_| Some(BrokerId(1))).pop() {
                sent.extend(shipment.batches.into_iter().map(|(_, id, _)| id));
            }
            for id in sent.into_iter().rev() {
                accumulator.returned(BrokerId(1));
                let result = match id {
                    BatchId(0) if is_first_refused => {
                        let code = ErrorCode::NotEnoughReplicas.code();
                        Err(Error::check(code, None, &partition).unwrap_err())
                    }
                    _ => Ok(Written { base_offset: None, append_time: None }),
                };
                accumulator.completed(now, &partition, id, result);
            }
            delivered += accumulator.take_finished().len();
            now = now.plus_ms(10_000);
        }
        assert_eq!(delivered, expected);
    }
}
