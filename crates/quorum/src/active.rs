//! The active controller: the shell that runs the controller machine on the node that leads the quorum.
//!
//! It stands here and not in the broker because what it must get right is the quorum's business: that records
//! are proposed for the offset that they were made for, that a reply waits for the commit, and that the
//! machine is dropped when somebody else wrote to the log in between.

use std::collections::BTreeMap;
use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use openraft::ServerState;
use ottla_controller::{Bootstrap, Command, Controller, Options, RegisterController, Reply};
use ottla_machine::{Coordinator, Decision, Token};
use ottla_metadata::{MetadataImage, encode_record};
use ottla_types::Offset;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::error::ProposeError;
use crate::quorum::{Clock, Quorum, propose};
use crate::types::{Proposal, Raft};

/// Commands that wait to be looked at. Who comes later waits to hand in.
const QUEUE_LEN: usize = 1024;
/// Commands whose records wait for the batch before theirs; the next ones stay in the queue.
const FOLDED_MAX: usize = 1024;

/// What the active controller is told once.
#[derive(Debug)]
pub struct ActiveOptions {
    /// For the machine.
    pub controller: Options,
    /// What a new cluster begins with.
    pub bootstrap: Bootstrap,
    /// How this node registers as a controller when it becomes active.
    pub registration: RegisterController,
}

/// Why a command was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// This node does not lead, or ceased to while the command was worked on. What became of it is not known.
    #[error("this node is not the active controller")]
    NotActive,
}

/// Hands commands to the active controller.
#[derive(Debug, Clone)]
pub struct ControllerHandle {
    commands: mpsc::Sender<Request>,
}

#[derive(Debug)]
struct Request {
    command: Command,
    reply: oneshot::Sender<Reply>,
}

impl ControllerHandle {
    /// Runs a command. When this returns, everything that the reply speaks of is committed, and in the
    /// published image.
    pub async fn submit(&self, command: Command) -> Result<Reply, SubmitError> {
        let (reply, answered) = oneshot::channel();
        self.commands.send(Request { command, reply }).await.map_err(|_| SubmitError::NotActive)?;
        answered.await.map_err(|_| SubmitError::NotActive)
    }
}

/// The task that runs the active controller. Dropping this does not stop it.
#[derive(Debug)]
pub struct ActiveController {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl ActiveController {
    /// Stops the controller; commands that wait are answered with [`SubmitError::NotActive`].
    pub async fn shutdown(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the controller ended badly");
        }
    }
}

impl Quorum {
    /// Starts the controller. It is active whenever this node leads.
    #[must_use]
    pub fn start_controller(&self, options: ActiveOptions) -> (ControllerHandle, ActiveController) {
        let (commands, receiver) = mpsc::channel(QUEUE_LEN);
        let (stop, stopping) = watch::channel(false);
        let shell = Shell {
            raft: self.raft.clone(),
            node: self.node,
            latest: self.latest.clone(),
            clock: self.clock.clone(),
            options,
            commands: receiver,
            stopping,
        };
        let task = tokio::spawn(shell.run());
        (ControllerHandle { commands }, ActiveController { stop, task })
    }
}

struct Shell {
    raft: Raft,
    node: ottla_types::BrokerId,
    /// The newest image, with the transaction in it that a dead leader may have left open.
    latest: watch::Receiver<Arc<MetadataImage>>,
    clock: Clock,
    options: ActiveOptions,
    commands: mpsc::Receiver<Request>,
    stopping: watch::Receiver<bool>,
}

/// Why a shell stops leading.
enum End {
    /// The machine must be made anew, if this node still leads.
    Dropped,
    Stopped,
}

impl Shell {
    async fn run(mut self) {
        while self.wait_to_lead().await {
            if matches!(self.lead().await, End::Stopped) {
                return;
            }
        }
    }

    /// Waits until this node leads and has applied what was before; turns commands away meanwhile.
    async fn wait_to_lead(&mut self) -> bool {
        let mut metrics = self.raft.metrics();
        let node = self.node;
        loop {
            let leads = metrics.wait_for(|metrics| {
                let has_applied = metrics
                    .last_applied
                    .is_some_and(|applied| applied.leader_id.term == metrics.current_term);
                metrics.state == ServerState::Leader && metrics.current_leader == Some(node) && has_applied
            });
            tokio::select! {
                // In this order, so that no command is turned away once this node leads.
                biased;
                leads = leads => return leads.is_ok(),
                request = self.commands.recv() => match request {
                    // Without its sender the caller sees that nobody is active.
                    Some(request) => drop(request.reply),
                    None => return false,
                },
                _ = self.stopping.wait_for(|&is_stopping| is_stopping) => return false,
            }
        }
    }

    async fn lead(&mut self) -> End {
        let image = self.latest.borrow().as_ref().clone();
        let mut active =
            Active::new(Controller::new(self.options.controller.clone(), image), self.clock.clone());
        active.run(Command::Bootstrap(self.options.bootstrap.clone()), None);
        active.run(Command::RegisterController(self.options.registration.clone()), None);
        let mut server = self.raft.server_metrics();
        let mut in_flight: Option<InFlight> = None;
        loop {
            if in_flight.is_none() {
                in_flight = active.next_proposal(&self.raft);
            }
            let deadline =
                active.machine.next_deadline().map(|due| due.ms_since((self.clock)()).max(0).unsigned_abs());
            tokio::select! {
                result = committed(&mut in_flight) => {
                    let flight = in_flight.take().expect("only what is in flight is committed");
                    match result {
                        Ok(_) => flight.release(),
                        Err(error) => {
                            tracing::warn!(%error, "records were not committed; the controller starts anew");
                            return End::Dropped;
                        }
                    }
                }
                request = self.commands.recv(), if active.waiting.len() < FOLDED_MAX => match request {
                    Some(request) => active.run(request.command, Some(request.reply)),
                    None => return End::Stopped,
                },
                () = sleep(deadline) => active.wake(),
                lost = server.wait_for(|metrics| metrics.state != ServerState::Leader) => match lost {
                    Ok(_) => return End::Dropped,
                    Err(_) => return End::Stopped,
                },
                _ = self.stopping.wait_for(|&is_stopping| is_stopping) => return End::Stopped,
            }
        }
    }
}

type Commit = Pin<Box<dyn Future<Output = Result<Offset, ProposeError>> + Send>>;

/// A batch that was proposed, and the replies that wait for it.
struct InFlight {
    commit: Commit,
    replies: Vec<(oneshot::Sender<Reply>, Reply)>,
}

impl InFlight {
    fn release(self) {
        for (sender, reply) in self.replies {
            // A caller that went away does not want it.
            drop(sender.send(reply));
        }
    }
}

async fn committed(in_flight: &mut Option<InFlight>) -> Result<Offset, ProposeError> {
    match in_flight {
        Some(flight) => (&mut flight.commit).await,
        None => pending().await,
    }
}

async fn sleep(ms: Option<u64>) {
    match ms {
        Some(ms) => tokio::time::sleep(Duration::from_millis(ms)).await,
        None => pending().await,
    }
}

/// The machine, with what it decided and is not proposed yet.
struct Active {
    machine: Controller,
    clock: Clock,
    base: Offset,
    values: Vec<Bytes>,
    replies: Vec<(oneshot::Sender<Reply>, Reply)>,
    waiting: BTreeMap<Token, oneshot::Sender<Reply>>,
    next_token: u64,
}

impl Active {
    fn new(mut machine: Controller, clock: Clock) -> Self {
        machine.loaded(clock());
        let base = machine.image().end_offset();
        let (values, replies, waiting) = (Vec::new(), Vec::new(), BTreeMap::new());
        Self { machine, clock, base, values, replies, waiting, next_token: 0 }
    }

    fn run(&mut self, command: Command, reply: Option<oneshot::Sender<Reply>>) {
        let token = Token(self.next_token);
        self.next_token += 1;
        self.waiting.extend(reply.map(|reply| (token, reply)));
        let mut out = Decision::default();
        self.machine.handle((self.clock)(), token, command, &mut out);
        self.take(out);
    }

    fn wake(&mut self) {
        let mut out = Decision::default();
        self.machine.wake((self.clock)(), &mut out);
        self.take(out);
    }

    fn take(&mut self, out: Decision<Controller>) {
        for record in out.records {
            let version = self.machine.image().metadata_version();
            let value =
                encode_record(&record, version).expect("the controller's records fit the version in force");
            self.values.push(value);
            self.machine.apply(&record);
        }
        for (token, reply) in out.replies {
            self.replies.extend(self.waiting.remove(&token).map(|sender| (sender, reply)));
        }
    }

    /// Proposes what has gathered. Replies that wait for no record go at once: everything before is
    /// committed.
    fn next_proposal(&mut self, raft: &Raft) -> Option<InFlight> {
        let (base, values) = (self.base, std::mem::take(&mut self.values));
        let replies = std::mem::take(&mut self.replies);
        self.base = base.plus(values.len() as i64);
        if values.is_empty() {
            let commit: Commit = Box::pin(pending());
            InFlight { commit, replies }.release();
            return None;
        }
        let raft = raft.clone();
        let proposal = Proposal { base, values, timestamp: (self.clock)() };
        let commit: Commit = Box::pin(async move { propose(&raft, proposal).await });
        Some(InFlight { commit, replies })
    }
}
