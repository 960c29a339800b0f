//! The shape that the group, transaction and share coordinators and the controller have in common.
//!
//! Deliberately absent: I/O, clocks, randomness, async, and any knowledge of what a particular coordinator
//! does. The shell that drives a [`Coordinator`] lives in `ottla-broker`.
//!
//! The path of one command: the shell hands it in with a [`Token`] for whoever waits. [`Coordinator::handle`]
//! decides and fills a [`Decision`]: records to log, and replies, each for a token. The shell logs the
//! records, lets the coordinator [`Coordinator::apply`] them before it hands in anything else, and releases
//! the replies once everything logged before them is committed, replies of reads included. So nothing
//! uncommitted is ever seen and there is nothing to roll back: losing leadership, or failing to log a
//! decision, drops the machine with all who wait; gaining leadership replays the log.
//!
//! Invariants: `apply` cannot fail and touches durable state only; `handle` and `wake` change soft state only
//! (parked callers, deadlines); the records of one decision are logged all or none.

use ottla_types::Timestamp;

/// Names a caller that waits for a reply. The shell draws it and maps it back to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(pub u64);

/// A state machine whose durable state is a log of records.
pub trait Coordinator {
    /// What callers ask for, in the machine's own words.
    type Command;
    /// One durable fact.
    type Record;
    /// What callers are told.
    type Reply;

    /// Decides what a command leads to. Touches soft state only, which may count on the records at once, since
    /// they are applied next.
    fn handle(&mut self, now: Timestamp, token: Token, command: Self::Command, out: &mut Decision<Self>);

    /// Lets deadlines that have passed take effect.
    fn wake(&mut self, now: Timestamp, out: &mut Decision<Self>);

    /// When [`Coordinator::wake`] is next due. May be early, never late.
    fn next_deadline(&self) -> Option<Timestamp>;

    /// Records one durable fact. Cannot fail; also how state is loaded.
    fn apply(&mut self, record: &Self::Record);

    /// Re-arms deadlines after the log was replayed: they are soft state and did not survive.
    fn loaded(&mut self, now: Timestamp);
}

/// What a coordinator wants done.
#[derive(Debug)]
pub struct Decision<C: Coordinator + ?Sized> {
    /// To be logged together, in this order, before any reply goes out.
    pub records: Vec<C::Record>,
    /// To be released when everything logged up to and including `records` is committed.
    pub replies: Vec<(Token, C::Reply)>,
}

impl<C: Coordinator + ?Sized> Decision<C> {
    /// Logs a record.
    pub fn record(&mut self, record: C::Record) {
        self.records.push(record);
    }

    /// Answers whoever waits under `token`.
    pub fn reply(&mut self, token: Token, reply: C::Reply) {
        self.replies.push((token, reply));
    }

    /// Whether nothing is wanted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && self.replies.is_empty()
    }
}

impl<C: Coordinator + ?Sized> Default for Decision<C> {
    fn default() -> Self {
        Self { records: Vec::new(), replies: Vec::new() }
    }
}
