//! Every target takes its own seeds, and what is left of them when they are cut off.

use ottla_fuzz::TARGETS;

#[test]
fn every_target_takes_its_seeds() {
    for target in TARGETS {
        let seeds = (target.seeds)();
        assert!(!seeds.is_empty(), "{}", target.name);
        for seed in seeds {
            (target.run)(&seed);
            (target.run)(&seed[..seed.len() / 2]);
        }
    }
}
