//! A lane of the real disk: one named thread.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use crate::disk::{Job, Lane};

/// The thread and the queue into it. Dropping it waits until the queued jobs are done.
#[derive(Debug)]
pub(super) struct ThreadLane {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl ThreadLane {
    pub(super) fn start(name: &str) -> io::Result<Self> {
        let (jobs, queue) = channel();
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || work(&queue))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }
}

fn work(queue: &Receiver<Job>) {
    for job in queue {
        job();
    }
}

impl Lane for ThreadLane {
    fn submit(&self, job: Job) {
        let jobs = self.jobs.as_ref().expect("the queue is taken only when the lane is dropped");
        // The thread ends early only through a panic of a job: a bug of ours that must not turn into a job
        // that is silently never run.
        assert!(jobs.send(job).is_ok(), "a lane runs until it is dropped");
    }
}

impl Drop for ThreadLane {
    fn drop(&mut self) {
        self.jobs = None;
        let Some(thread) = self.thread.take() else { return };
        // A job may hold the last handle of its own lane; a thread cannot wait for itself.
        if thread.thread().id() != thread::current().id() {
            // A panic of the thread was reported when it happened, and its lane is of no use any more.
            let _ = thread.join();
        }
    }
}
