//! Which brokers hold a new partition: striped over racks, and over the brokers of each rack.
//!
//! The first replica, which will lead, goes to an active broker, rack after rack; the others follow through
//! the remaining racks. Each partition begins one rack further, and each time that a rack leads, one broker
//! further within it, so that leaders and followers are spread evenly. (Apache Kafka's placer turns every
//! rack with every partition, so that two brokers in each of two racks lead by turns of the wrong length.)
//! When every active broker has been first once, the order is drawn anew, so that the same brokers do not
//! always stand together.

use std::collections::BTreeMap;
use std::sync::Arc;

use ottla_metadata::MetadataImage;
use ottla_types::BrokerId;

use crate::chance::Chance;
use crate::refusal::Refusal;

/// Hands out replicas for one command.
#[derive(Debug)]
pub(crate) struct Placer {
    chance: Chance,
    racks: Vec<Rack>,
    registered: usize,
    active: usize,
    /// Counts the partitions placed: in each round a ring hands out each of its brokers at most once.
    round: usize,
    /// Counts them since the order was last drawn.
    since_drawn: usize,
    first_rack: usize,
}

#[derive(Debug, Default)]
struct Rack {
    active: Ring,
    fenced: Ring,
}

/// Brokers of one kind in one rack, each handed out at most once per round.
#[derive(Debug, Default)]
struct Ring {
    brokers: Vec<BrokerId>,
    start: usize,
    taken: usize,
    round: usize,
}

impl Ring {
    /// The next broker of this round. A ring that turns begins each round one broker further.
    fn next(&mut self, round: usize, turns: bool) -> Option<BrokerId> {
        if self.brokers.is_empty() {
            return None;
        }
        if self.round != round {
            self.round = round;
            self.taken = 0;
            self.start = (self.start + usize::from(turns)) % self.brokers.len();
        }
        if self.taken == self.brokers.len() {
            return None;
        }
        let broker = self.brokers[(self.start + self.taken) % self.brokers.len()];
        self.taken += 1;
        Some(broker)
    }
}

impl Placer {
    /// A placer over the brokers of `image` that take replicas.
    pub(crate) fn new(image: &MetadataImage, seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let mut by_rack: BTreeMap<Option<Arc<str>>, Rack> = BTreeMap::new();
        let (mut registered, mut active) = (0, 0);
        for broker in image.brokers().filter(|broker| broker.has_uncordoned_dir()) {
            let rack = by_rack.entry(broker.rack.clone()).or_default();
            registered += 1;
            if broker.is_active() {
                active += 1;
                rack.active.brokers.push(broker.id);
            } else {
                rack.fenced.brokers.push(broker.id);
            }
        }
        let mut racks: Vec<Rack> = by_rack.into_values().collect();
        for ring in racks.iter_mut().flat_map(|rack| [&mut rack.active, &mut rack.fenced]) {
            if !ring.brokers.is_empty() {
                ring.start = chance.below(ring.brokers.len());
            }
        }
        let first_rack = if racks.is_empty() { 0 } else { chance.below(racks.len()) };
        Self { chance, racks, registered, active, round: 1, since_drawn: 0, first_rack }
    }

    /// Chooses the replicas of one partition.
    pub(crate) fn place(&mut self, replication_factor: i16) -> Result<Vec<BrokerId>, Refusal> {
        let Ok(count) = usize::try_from(replication_factor) else {
            return Err(Refusal::BadReplicationFactor(replication_factor));
        };
        if count == 0 {
            return Err(Refusal::BadReplicationFactor(0));
        }
        if self.active == 0 {
            return Err(Refusal::NoActiveBroker);
        }
        if count > self.registered {
            return Err(Refusal::TooFewBrokers { asked: replication_factor, registered: self.registered });
        }
        if self.since_drawn == self.active && self.active > 1 {
            self.draw_anew();
        }
        let racks = self.racks.len();
        let mut replicas = Vec::with_capacity(count);
        let mut leader_rack = self.first_rack % racks;
        // Some rack has an active broker that is not yet taken in this round: there is one, and rounds are
        // new.
        loop {
            if let Some(broker) = self.racks[leader_rack].active.next(self.round, true) {
                replicas.push(broker);
                break;
            }
            leader_rack = (leader_rack + 1) % racks;
        }
        let mut rack = self.first_rack % racks;
        let mut passed_leader = false;
        while replicas.len() < count {
            // The leader's rack is passed over once, so that the second replica stands in another one.
            if rack == leader_rack && !passed_leader {
                passed_leader = true;
            } else {
                let rings = &mut self.racks[rack];
                let next =
                    rings.active.next(self.round, false).or_else(|| rings.fenced.next(self.round, true));
                replicas.extend(next);
            }
            rack = (rack + 1) % racks;
        }
        self.round += 1;
        self.since_drawn += 1;
        self.first_rack += 1;
        Ok(replicas)
    }

    fn draw_anew(&mut self) {
        self.chance.shuffle(&mut self.racks);
        for rack in &mut self.racks {
            self.chance.shuffle(&mut rack.active.brokers);
            self.chance.shuffle(&mut rack.fenced.brokers);
        }
        self.since_drawn = 0;
    }
}
