//! Many clients, two groups, and everything that can go wrong, from a seed.
//!
//! `OTTLA_SEED=n` replays one seed, `OTTLA_SEEDS=n` tries as many.

mod chance;
mod check;
mod client;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use world::World;

const SEEDS: u64 = 1_000;
const STEPS: usize = 300;

#[test]
fn whatever_happens_the_rules_hold_and_the_groups_settle() {
    let (first, count) = match (from_environment("OTTLA_SEED"), from_environment("OTTLA_SEEDS")) {
        (Some(seed), _) => (seed, 1),
        (None, count) => (0, count.unwrap_or(SEEDS)),
    };
    for seed in first..first + count {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| run(seed))) {
            println!("seed {seed} failed; replay it with");
            println!("OTTLA_SEED={seed} cargo test -p ottla-group --test simulation");
            resume_unwind(panic);
        }
    }
}

fn run(seed: u64) {
    let mut world = World::new(seed);
    for _ in 0..STEPS {
        world.step();
    }
    world.settle();
    world.fall_silent();
}

#[allow(clippy::disallowed_methods, reason = "which seeds to run is the person's choice at the prompt")]
fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}
