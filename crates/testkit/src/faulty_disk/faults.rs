//! What a test wants to go wrong, and the record of what was done.

use std::collections::VecDeque;
use std::fmt;
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

/// How many operations the history keeps.
const HISTORY_MAX: usize = 10_000;

/// What a program asked of the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the operation of `Disk` or `File` that has its name")]
pub enum Action {
    Open,
    Create,
    Read,
    Write,
    SetLen,
    Allocate,
    SyncData,
    CreateDirAll,
    Rename,
    RemoveFile,
    RemoveDirAll,
    List,
    SyncDir,
    Lock,
}

impl Action {
    /// Whether it changes what a crash leaves. Crash points lie between such operations only: a crash
    /// before a read and one after it are the same crash.
    #[must_use]
    pub const fn is_change(self) -> bool {
        !matches!(self, Self::Open | Self::Read | Self::List | Self::Lock)
    }
}

/// One operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// What was asked.
    pub action: Action,
    /// On which path; the one that the file was opened under, if it was renamed since.
    pub path: PathBuf,
    /// Where in the file, or the new length.
    pub position: u64,
    /// How many bytes.
    pub len: u64,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { action, path, position, len } = self;
        write!(f, "{action:?} {}", path.display())?;
        match action {
            Action::Read | Action::Write => write!(f, " {position}+{len}"),
            Action::SetLen | Action::Allocate => write!(f, " {position}"),
            _ => Ok(()),
        }
    }
}

/// Which operations a fault hits.
type Predicate = Box<dyn FnMut(&Operation) -> bool + Send>;

/// What an arranged fault does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    /// Reports this error number.
    Fail(i32),
    /// Reports success for a sync and does nothing.
    Lie,
    /// Reports success for a write or a sync and does it later.
    Delay,
}

/// What becomes of an operation.
pub(super) enum Verdict {
    Done,
    /// It only seems so.
    Lies,
    /// It seems so, and happens before the next operation of its kind on the file.
    Delayed,
    /// It fails; a write may have been done in part.
    Fails(io::Error),
    /// The process or the power dies in the middle of it.
    Crashes,
}

/// A line of the history. Most are never read, so none is a text before somebody asks.
enum Note {
    Done(Operation),
    Told(String),
}

#[derive(Default)]
pub(super) struct Faults {
    rules: Vec<(Predicate, Fault)>,
    crash_after: Option<u64>,
    changes: u64,
    pub(super) crashed: bool,
    history: VecDeque<Note>,
    noted: u64,
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rules, crash_after, changes, crashed, .. } = self;
        write!(
            f,
            "Faults({} rules, {changes} changes, crash after {crash_after:?}, crashed: {crashed})",
            rules.len()
        )
    }
}

impl Faults {
    /// Decides about an operation.
    pub(super) fn judge(&mut self, action: Action, path: &Path, position: u64, len: u64) -> Verdict {
        let operation = Operation { action, path: path.to_owned(), position, len };
        if self.crashed {
            return Verdict::Fails(crashed());
        }
        if action.is_change() {
            self.changes += 1;
            if self.crash_after.is_some_and(|allowed| self.changes > allowed) {
                self.crashed = true;
                self.note(format!("crash in: {operation}"));
                return Verdict::Crashes;
            }
        }
        let hit = self.rules.iter_mut().find_map(|(hits, fault)| hits(&operation).then_some(*fault));
        match hit {
            Some(Fault::Lie) => {
                assert!(
                    matches!(action, Action::SyncData | Action::SyncDir),
                    "only about a sync can a disk lie: {operation}"
                );
                self.note(format!("{operation}: a lie"));
                Verdict::Lies
            }
            Some(Fault::Delay) => {
                assert!(
                    matches!(action, Action::SyncData | Action::Write),
                    "only a write or a sync can be late: {operation}"
                );
                self.note(format!("{operation}: later"));
                Verdict::Delayed
            }
            Some(Fault::Fail(errno)) => {
                let error = io::Error::from_raw_os_error(errno);
                self.note(format!("{operation}: {error}"));
                Verdict::Fails(error)
            }
            None => {
                self.remember(Note::Done(operation));
                Verdict::Done
            }
        }
    }

    pub(super) fn add(&mut self, hits: Predicate, fault: Fault) {
        self.rules.push((hits, fault));
    }

    pub(super) fn clear(&mut self) {
        self.rules.clear();
    }

    pub(super) fn crash_after(&mut self, more: u64) {
        self.crash_after = Some(self.changes + more);
    }

    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// The crash happened and the machine is up again.
    pub(super) fn reopen(&mut self, how: String) {
        self.crashed = false;
        self.crash_after = None;
        self.note(how);
    }

    pub(super) fn note(&mut self, what: String) {
        self.remember(Note::Told(what));
    }

    fn remember(&mut self, note: Note) {
        if self.history.len() == HISTORY_MAX {
            self.history.pop_front();
        }
        self.noted += 1;
        self.history.push_back(note);
    }

    pub(super) fn history(&self) -> String {
        let first = self.noted - self.history.len() as u64 + 1;
        let mut text = String::new();
        for (number, note) in (first..).zip(&self.history) {
            // Writing to a string does not fail.
            let _ = match note {
                Note::Done(operation) => writeln!(text, "{number:6} {operation}"),
                Note::Told(what) => writeln!(text, "{number:6} {what}"),
            };
        }
        text
    }
}

/// What every operation says after a crash, until the disk is opened again.
pub(super) fn crashed() -> io::Error {
    io::Error::other("the machine has crashed")
}
