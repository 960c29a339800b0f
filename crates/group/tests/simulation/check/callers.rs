//! Every caller is answered exactly once, or loses its coordinator.

use std::collections::{BTreeMap, BTreeSet};

use ottla_machine::Token;

use super::Event;
use crate::world::Asked;

#[derive(Default)]
pub(crate) struct Callers {
    answered: BTreeSet<Token>,
}

impl Callers {
    pub(super) fn decided(&mut self, event: &Event<'_>) {
        for (token, reply) in &event.out.replies {
            assert!(event.waiting.contains_key(token), "nobody waits for {reply:?}");
            assert!(self.answered.insert(*token), "{token:?} was answered before {reply:?}");
        }
    }

    pub(super) fn failed_over(&mut self) {
        self.answered.clear();
    }

    pub(crate) fn all_answered(&self, waiting: &BTreeMap<Token, Asked>) {
        let forgotten: Vec<_> = waiting.iter().map(|(token, asked)| (token, &asked.command)).collect();
        assert!(forgotten.is_empty(), "forgotten callers: {forgotten:?}");
    }
}
