//! What must hold, one property a file.

mod assignments;
mod callers;
pub(crate) mod deadlines;
pub(crate) mod durability;
mod fencing;
mod generations;
mod leaders;
mod offsets;
pub(crate) mod settling;

use std::collections::BTreeMap;

use ottla_group::{Command, GroupCoordinator, GroupRecord, Reply};
use ottla_machine::{Decision, Token};

use crate::world::Asked;

/// All properties, each with what it remembers.
#[derive(Default)]
pub(crate) struct Checks {
    assignments: assignments::Assignments,
    pub(crate) callers: callers::Callers,
    pub(crate) deadlines: deadlines::Deadlines,
    fencing: fencing::Fencing,
    generations: generations::Generations,
    leaders: leaders::Leaders,
    offsets: offsets::Offsets,
}

/// One command that was carried out, or a deadline, and what it led to.
pub(crate) struct Event<'a> {
    pub(crate) asked: Option<(Token, &'a Command)>,
    pub(crate) out: &'a Decision<GroupCoordinator>,
    /// Who waited for an answer, the one who asked included.
    pub(crate) waiting: &'a BTreeMap<Token, Asked>,
}

impl Event<'_> {
    /// Each reply with the command that it answers.
    pub(crate) fn answers(&self) -> impl Iterator<Item = (&Command, &Reply)> {
        self.out.replies.iter().map(|(token, reply)| (&self.waiting[token].command, reply))
    }
}

impl Checks {
    /// Something was decided and is about to be applied.
    pub(crate) fn decided(
        &mut self,
        asked: Option<(Token, &Command)>,
        out: &Decision<GroupCoordinator>,
        waiting: &BTreeMap<Token, Asked>,
    ) {
        let event = Event { asked, out, waiting };
        self.callers.decided(&event);
        self.generations.decided(&event);
        self.leaders.decided(&event);
        self.assignments.decided(&event);
        self.fencing.decided(&event);
        self.offsets.decided(&event);
    }

    /// A reply goes out, decided when the log was this long.
    pub(crate) fn released(&mut self, asked: &Asked, reply: &Reply, log_len: usize) {
        self.offsets.released(&asked.command, reply, log_len);
    }

    /// A new machine has this log.
    pub(crate) fn failed_over(&mut self, log: &[GroupRecord]) {
        self.callers.failed_over();
        self.generations.failed_over(log);
        self.leaders.failed_over(log);
        self.assignments.failed_over(log);
        self.fencing.failed_over(log);
        self.offsets.failed_over(log);
    }
}
