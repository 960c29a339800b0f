//! A few seeds of each world, and every planted error. `cargo xtask crash` runs many more.

use ottla_crash::{Broken, Planted, Tally, run, run_log};

fn check(seeds: std::ops::Range<u64>, run: impl Fn(u64) -> Result<Tally, Broken>, repeat: &str) {
    for seed in seeds {
        if let Err(broken) = run(seed) {
            panic!("seed {seed}: {broken}\nrepeat it with: cargo xtask crash --seed {seed}{repeat}");
        }
    }
}

#[test]
fn everything_acknowledged_survives_every_crash() {
    check(0..100, |seed| run(seed, None), "");
}

#[test]
fn a_log_of_its_own_survives_every_crash() {
    check(0..200, run_log, " --one-log");
}

#[test]
fn a_seed_always_does_the_same() {
    assert_eq!(run(7, None).expect("it passes"), run(7, None).expect("it passes"));
    let planted = Some(Planted::PublishesBeforeWrite);
    let history = || (0..100).find_map(|seed| run(seed, planted).err()).expect("it is found").history;
    assert_eq!(history(), history());
}

#[test]
fn every_planted_error_is_found() {
    for planted in Planted::ALL {
        assert!((0..400).any(|seed| run(seed, Some(planted)).is_err()), "{} is not found", planted.name());
    }
}
