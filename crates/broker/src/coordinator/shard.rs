//! One machine, its log, and those who wait for it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ottla_machine::{Decision, Token};
use ottla_storage::Unreachable;
use ottla_types::{ErrorCode, Offset};
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;

use super::Logged;
use super::log::{append, load};
use crate::clock::Clock;
use crate::partition::Partition;

/// Commands that wait for one shard, at most. More are refused, which clients take as a reason to try again.
const QUEUE_MAX: usize = 4096;
/// Commands that are decided before their records are appended together.
const COMMANDS_PER_BATCH: usize = 256;
/// How long a shard whose log failed waits before it reads the log again.
const RELOAD_PAUSE: Duration = Duration::from_secs(1);

/// A way to reach a shard.
pub(crate) struct ShardHandle<M: Logged> {
    commands: mpsc::Sender<Envelope<M>>,
    is_loaded: Arc<AtomicBool>,
}

struct Envelope<M: Logged> {
    command: M::Command,
    caller: oneshot::Sender<M::Reply>,
}

impl<M: Logged> Clone for ShardHandle<M> {
    fn clone(&self) -> Self {
        Self { commands: self.commands.clone(), is_loaded: Arc::clone(&self.is_loaded) }
    }
}

impl<M: Logged> ShardHandle<M> {
    /// Hands in a command and waits for its reply, however long the machine holds it. The error is what a client
    /// is told of a coordinator that did not decide.
    pub(crate) async fn call(&self, command: M::Command) -> Result<M::Reply, ErrorCode> {
        if !self.is_loaded.load(Ordering::Acquire) {
            return Err(ErrorCode::CoordinatorLoadInProgress);
        }
        let (caller, reply) = oneshot::channel();
        self.commands.try_send(Envelope { command, caller }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => ErrorCode::CoordinatorNotAvailable,
            mpsc::error::TrySendError::Closed(_) => ErrorCode::NotCoordinator,
        })?;
        // Whoever is still waiting when the machine is dropped must look for a coordinator anew.
        reply.await.map_err(|_| ErrorCode::NotCoordinator)
    }
}

/// The task that owns a machine.
pub(crate) struct Shard<M: Logged> {
    /// Makes an empty machine, to be filled from the log.
    fresh: Box<dyn Fn() -> M + Send>,
    partition: Arc<Partition>,
    clock: Clock,
    commands: mpsc::Receiver<Envelope<M>>,
    is_loaded: Arc<AtomicBool>,
    next_token: u64,
}

/// Replies that wait until everything below an offset is committed.
struct Held<M: Logged> {
    below: Offset,
    replies: Vec<(Token, M::Reply)>,
}

/// A machine that has been loaded, with all that a reload forgets.
struct Loaded<M: Logged> {
    machine: M,
    callers: BTreeMap<Token, oneshot::Sender<M::Reply>>,
    held: VecDeque<Held<M>>,
    /// The end of the log as this machine knows it.
    end: Offset,
}

/// Why a shard stopped serving from the machine it had.
enum Ended {
    /// Nobody can reach it any more: its partition is no longer here.
    Dropped,
    /// The log refused an append, so the machine is ahead of it.
    LogFailed(String),
}

impl<M: Logged> Shard<M> {
    /// A shard over a partition that this node leads, to be run as a task.
    pub(crate) fn new(
        partition: Arc<Partition>,
        clock: Clock,
        fresh: impl Fn() -> M + Send + 'static,
    ) -> (ShardHandle<M>, Self) {
        let (sender, commands) = mpsc::channel(QUEUE_MAX);
        let is_loaded = Arc::new(AtomicBool::new(false));
        let handle = ShardHandle { commands: sender, is_loaded: Arc::clone(&is_loaded) };
        (handle, Self { fresh: Box::new(fresh), partition, clock, commands, is_loaded, next_token: 0 })
    }

    /// Loads and serves until every handle is gone.
    pub(crate) async fn run(mut self) {
        loop {
            let why = match load(&self.partition, (self.fresh)()).await {
                Ok((mut machine, end)) => {
                    machine.loaded(self.clock.now());
                    self.is_loaded.store(true, Ordering::Release);
                    tracing::debug!(partition = %self.partition.name(), %end, "coordinator loaded");
                    let loaded = Loaded { machine, callers: BTreeMap::new(), held: VecDeque::new(), end };
                    match self.serve(loaded).await {
                        Ended::Dropped => return,
                        Ended::LogFailed(why) => why,
                    }
                }
                Err(error) => error.to_string(),
            };
            self.is_loaded.store(false, Ordering::Release);
            tracing::warn!(partition = %self.partition.name(), "coordinator starts again from its log: {why}");
            if self.commands.is_closed() {
                return;
            }
            sleep(RELOAD_PAUSE).await;
        }
    }

    async fn serve(&mut self, mut loaded: Loaded<M>) -> Ended {
        loop {
            let committed = loaded.held.front().map(|held| self.partition.committed(held.below));
            let deadline = loaded.machine.next_deadline();
            let pause = deadline.map(|at| at.ms_since(self.clock.now()).max(0) as u64);
            let result = tokio::select! {
                biased;
                committed = wait(committed) => match committed {
                    Ok(()) => {
                        loaded.release(self.partition.high_watermark());
                        Ok(())
                    }
                    Err(why) => Err(why),
                },
                envelope = self.commands.recv() => match envelope {
                    Some(envelope) => self.decide(&mut loaded, Some(envelope)).await,
                    None => return Ended::Dropped,
                },
                () = sleep(Duration::from_millis(pause.unwrap_or_default())), if pause.is_some() => {
                    self.decide(&mut loaded, None).await
                }
            };
            if let Err(why) = result {
                return Ended::LogFailed(why);
            }
        }
    }

    /// Decides a command, or what time itself has brought, together with whatever else is waiting; logs the
    /// records and holds the replies until they are committed.
    async fn decide(&mut self, loaded: &mut Loaded<M>, first: Option<Envelope<M>>) -> Result<(), String> {
        let now = self.clock.now();
        loaded.machine.set_records_bytes_max(self.partition.records_bytes_max());
        let mut out = Decision::default();
        let mut logged = 0;
        // Where the records of each decision end.
        let mut ends = Vec::new();
        if first.is_none() {
            loaded.machine.wake(now, &mut out);
            logged = loaded.apply(&out, logged);
            ends.push(logged);
        }
        let mut next = first;
        for _ in 0..COMMANDS_PER_BATCH {
            let Some(Envelope { command, caller }) = next.take().or_else(|| self.commands.try_recv().ok())
            else {
                break;
            };
            let token = Token(self.next_token);
            self.next_token += 1;
            loaded.callers.insert(token, caller);
            loaded.machine.handle(now, token, command, &mut out);
            logged = loaded.apply(&out, logged);
            ends.push(logged);
        }
        let Decision { records, replies } = out;
        if !records.is_empty() {
            loaded.end = append::<M>(&self.partition, now, &records, &ends)
                .await
                .map_err(|error| error.to_string())?;
        }
        if !replies.is_empty() {
            loaded.held.push_back(Held { below: loaded.end, replies });
            loaded.release(self.partition.high_watermark());
        }
        loaded.machine.report();
        Ok(())
    }
}

impl<M: Logged> Loaded<M> {
    /// Applies the records that came after the first `applied`; how many there are now.
    fn apply(&mut self, out: &Decision<M>, applied: usize) -> usize {
        for record in &out.records[applied..] {
            self.machine.apply(record);
        }
        out.records.len()
    }

    /// Answers everyone whose decision is committed.
    fn release(&mut self, committed: Offset) {
        while let Some(held) = self.held.pop_front_if(|held| held.below <= committed) {
            for (token, reply) in held.replies {
                if let Some(caller) = self.callers.remove(&token) {
                    // Whoever hung up does not want to know.
                    let _ = caller.send(reply);
                }
            }
        }
    }
}

/// Completes when what is held may go out; never while nothing is.
async fn wait(committed: Option<impl Future<Output = Result<(), Unreachable>>>) -> Result<(), String> {
    match committed {
        Some(committed) => committed.await.map_err(|error| error.to_string()),
        None => std::future::pending().await,
    }
}
