//! One thread per core, each with a single-threaded runtime on which its connections live.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use tokio::runtime;
use tokio::sync::mpsc;
use tokio::task::LocalSet;

/// Work that starts on a core's thread and stays there.
type Task = Box<dyn FnOnce() + Send>;

/// The threads that serve connections.
#[derive(Debug)]
pub struct Cores {
    cores: Vec<Core>,
}

#[derive(Debug)]
struct Core {
    tasks: mpsc::UnboundedSender<Task>,
    load: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

/// One unit of load on a core; dropping it takes it off.
#[derive(Debug)]
pub(crate) struct Load(Arc<AtomicUsize>);

impl Drop for Load {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Cores {
    /// Starts `count` threads.
    pub fn start(count: usize) -> io::Result<Self> {
        let cores = (0..count).map(Core::start).collect::<io::Result<_>>()?;
        Ok(Self { cores })
    }

    /// How many threads there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.cores.len()
    }

    /// The core with the fewest connections, counted as having one more.
    pub(crate) fn least_loaded(&self) -> (usize, Load) {
        let (index, core) = self
            .cores
            .iter()
            .enumerate()
            .min_by_key(|(_, core)| core.load.load(Ordering::Relaxed))
            .expect("there is at least one core");
        core.load.fetch_add(1, Ordering::Relaxed);
        (index, Load(Arc::clone(&core.load)))
    }

    /// Runs `start` on the thread of core `index`; there it may use [`tokio::task::spawn_local`]. What is
    /// queued here is bounded by the limits on connections.
    pub(crate) fn run_on(&self, index: usize, start: impl FnOnce() + Send + 'static) {
        // A core that is gone has been told to stop: what comes too late is dropped, and its socket closed.
        let _ = self.cores[index].tasks.send(Box::new(start));
    }

    /// Waits until all threads have ended. Their tasks must have been told to finish.
    pub fn join(mut self) {
        for core in &mut self.cores {
            let (closed, _) = mpsc::unbounded_channel();
            core.tasks = closed;
        }
        for core in &mut self.cores {
            if let Some(thread) = core.thread.take()
                && thread.join().is_err()
            {
                tracing::error!("a thread that serves connections has panicked");
            }
        }
    }
}

impl Core {
    fn start(index: usize) -> io::Result<Self> {
        let (tasks, queue) = mpsc::unbounded_channel::<Task>();
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new().name(format!("ottla-core-{index}")).spawn(move || {
            let local = LocalSet::new();
            local.block_on(&runtime, run_tasks(queue));
            // The queue is closed: connections that still write their last reply get to finish it.
            runtime.block_on(local);
        })?;
        Ok(Self { tasks, load: Arc::default(), thread: Some(thread) })
    }
}

async fn run_tasks(mut queue: mpsc::UnboundedReceiver<Task>) {
    while let Some(task) = queue.recv().await {
        task();
    }
}
