//! A machine that has lived through its log and one that has read it hold the same to be durable.

use ottla_group::GroupCoordinator;

pub(crate) fn live_equals_loaded(live: &GroupCoordinator, loaded: &GroupCoordinator) {
    assert!(live.is_durably_equal(loaded), "lived: {live:?}\n\nloaded: {loaded:?}");
}
