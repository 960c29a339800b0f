//! The next deadline is never late: before it, nothing happens by itself.

use ottla_group::GroupCoordinator;
use ottla_machine::{Coordinator, Decision};
use ottla_types::Timestamp;

use crate::chance::Chance;

#[derive(Default)]
pub(crate) struct Deadlines;

impl Deadlines {
    pub(crate) fn nothing_is_due_early(
        &self,
        machine: &GroupCoordinator,
        now: Timestamp,
        chance: &mut Chance,
    ) {
        let next = machine.next_deadline().unwrap_or(Timestamp(i64::MAX));
        let span = next.ms_since(now).clamp(0, 1_000_000_000);
        if span == 0 {
            return;
        }
        let mut copy = machine.clone();
        let mut out = Decision::default();
        copy.wake(now.plus_ms(chance.below(span as usize) as i64), &mut out);
        assert!(out.is_empty(), "before the next deadline {next}: {out:?}");
        assert!(copy == *machine, "something changed before the next deadline {next}");
    }
}
