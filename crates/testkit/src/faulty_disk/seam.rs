//! The simulated disk as an implementation of storage's seam.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, IoSlice};
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, MutexGuard};

use ottla_storage::disk::{Disk, DiskError, Entry, File, Job, Lane, LockGuard, Open, PAGE, Space};

use super::faults::{Action, Verdict, crashed};
use super::file_node::FileNode;
use super::tree::{Node, NodeId};
use super::{Delayed, ENOSPC, FaultyDisk, Late, SimulatedLane, World};

impl World {
    /// Does something that either happens or not.
    fn attempt<T>(
        &mut self,
        action: Action,
        path: &Path,
        happen: impl FnOnce(&mut Self) -> io::Result<T>,
    ) -> io::Result<T> {
        match self.faults.judge(action, path, 0, 0) {
            Verdict::Done | Verdict::Lies | Verdict::Delayed => happen(self),
            Verdict::Fails(error) => Err(error),
            Verdict::Crashes => {
                // Nobody learns whether it happened.
                if action.is_change() && self.chance.percent(50) {
                    let _ = happen(self);
                }
                Err(crashed())
            }
        }
    }

    fn sync_dir(&mut self, path: &Path) -> io::Result<()> {
        match self.faults.judge(Action::SyncDir, path, 0, 0) {
            Verdict::Done => self.tree.folder(path)?.sync(),
            Verdict::Lies | Verdict::Delayed => {}
            Verdict::Fails(error) => {
                let mut chance = self.chance.fork();
                self.tree.folder(path)?.fail_sync(&mut chance);
                return Err(error);
            }
            Verdict::Crashes => return Err(crashed()),
        }
        Ok(())
    }

    fn open(&mut self, path: &Path, how: Open) -> io::Result<NodeId> {
        let found = match self.tree.find(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            found => found.ok(),
        };
        if let Some(Node::Folder(_)) = found.map(|id| self.tree.node(id)) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        match (found, how) {
            (Some(_), Open::New) => Err(io::ErrorKind::AlreadyExists.into()),
            (None, Open::ReadOnly | Open::Existing) => Err(io::ErrorKind::NotFound.into()),
            (Some(id), Open::ReadOnly | Open::Existing | Open::OrCreate) => {
                self.attempt(Action::Open, path, |_| Ok(id))
            }
            (Some(id), Open::Truncated) => self.attempt(Action::SetLen, path, |world| {
                world.tree.file(id).set_len(0);
                Ok(id)
            }),
            (None, Open::OrCreate | Open::New | Open::Truncated) => {
                self.attempt(Action::Create, path, |world| {
                    let id = world.tree.create_file(path)?;
                    world.tree.file(id).modified_ms = world.now_ms;
                    Ok(id)
                })
            }
        }
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let Node::Folder(folder) = self.tree.node(self.tree.find(path)?) else {
            return Err(io::ErrorKind::NotADirectory.into());
        };
        let entry = |(name, id): (&String, &NodeId)| {
            let name = name.clone();
            match self.tree.node(*id) {
                Node::Folder(_) => Entry { name, is_dir: true, len: 0, modified_ms: 0 },
                Node::File(file) => {
                    Entry { name, is_dir: false, len: file.len() as u64, modified_ms: file.modified_ms }
                }
            }
        };
        Ok(folder.entries.iter().map(entry).collect())
    }
}

impl Disk for FaultyDisk {
    fn open(&self, path: &Path, how: Open) -> io::Result<Arc<dyn File>> {
        let mut world = self.lock();
        let node = world.open(path, how).map_err(failed("open", path))?;
        let (disk, path, life) = (self.clone(), path.to_owned(), world.life);
        let may_write = how != Open::ReadOnly;
        Ok(Arc::new(SimulatedFile { disk, path, node, life, may_write }))
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        let mut world = self.lock();
        if world.tree.folder(path).is_ok() {
            return Ok(());
        }
        let done = world.attempt(Action::CreateDirAll, path, |world| world.tree.create_folders(path));
        done.map_err(failed("create the folder", path))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let done = self.lock().attempt(Action::Rename, from, |world| world.tree.rename(from, to));
        done.map_err(failed("rename", from))
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let done = self.lock().attempt(Action::RemoveFile, path, |world| world.tree.remove_file(path));
        done.map_err(failed("remove", path))
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        let done = self.lock().attempt(Action::RemoveDirAll, path, |world| world.tree.remove_folder(path));
        done.map_err(failed("remove the folder", path))
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let done = self.lock().attempt(Action::List, path, |world| world.list(path));
        done.map_err(failed("list", path))
    }

    fn exists(&self, path: &Path) -> bool {
        self.lock().tree.find(path).is_ok()
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.lock().sync_dir(path).map_err(failed("sync the folder", path))
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn LockGuard>> {
        let mut world = self.lock();
        let node = world.open(path, Open::OrCreate).map_err(failed("open the lock file", path))?;
        if !world.locks.insert(node) {
            let held = io::Error::new(io::ErrorKind::WouldBlock, "it is locked by another process");
            return Err(failed("lock", path)(held));
        }
        Ok(Box::new(SimulatedLock { disk: self.clone(), node, life: world.life }))
    }

    fn space(&self, _path: &Path) -> io::Result<Space> {
        let world = self.lock();
        let available = world.capacity.saturating_sub(world.tree.room_used());
        Ok(Space { total: world.capacity, available })
    }

    fn lane(&self, name: &str) -> io::Result<Arc<dyn Lane>> {
        let mut world = self.lock();
        if world.faults.crashed {
            return Err(crashed());
        }
        world.lanes_started += 1;
        let id = world.lanes_started;
        world.lanes.insert(id, SimulatedLane { name: name.to_owned(), jobs: VecDeque::new() });
        Ok(Arc::new(LaneHandle { disk: self.clone(), id }))
    }
}

fn failed(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> io::Error {
    move |error| DiskError::wrap(operation, path, error)
}

struct LaneHandle {
    disk: FaultyDisk,
    id: u64,
}

impl fmt::Debug for LaneHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lane {}", self.id)
    }
}

impl Lane for LaneHandle {
    fn submit(&self, job: Job) {
        let mut world = self.disk.lock();
        // A lane of an earlier life is not in the map any more, and its job is dropped without the lock.
        let refused = match world.lanes.get_mut(&self.id) {
            Some(lane) => {
                lane.jobs.push_back(job);
                None
            }
            None => Some(job),
        };
        drop(world);
        drop(refused);
        self.disk.work_off();
    }
}

#[derive(Debug)]
struct SimulatedLock {
    disk: FaultyDisk,
    node: NodeId,
    life: u64,
}

impl LockGuard for SimulatedLock {}

impl Drop for SimulatedLock {
    fn drop(&mut self) {
        let mut world = self.disk.lock();
        if world.life == self.life {
            world.locks.remove(&self.node);
        }
    }
}

/// An open file.
struct SimulatedFile {
    disk: FaultyDisk,
    path: PathBuf,
    node: NodeId,
    life: u64,
    may_write: bool,
}

impl fmt::Debug for SimulatedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())
    }
}

impl SimulatedFile {
    fn world(&self, operation: &'static str) -> io::Result<MutexGuard<'_, World>> {
        let world = self.disk.lock();
        if world.life == self.life { Ok(world) } else { Err(failed(operation, &self.path)(crashed())) }
    }

    fn writable(&self, operation: &'static str) -> io::Result<MutexGuard<'_, World>> {
        if !self.may_write {
            return Err(failed(operation, &self.path)(io::ErrorKind::PermissionDenied.into()));
        }
        self.world(operation)
    }

    fn read(&self, buffer: &mut [u8], position: u64, may_wait: bool) -> io::Result<usize> {
        let mut world = self.world("read")?;
        let verdict = world.faults.judge(Action::Read, &self.path, position, buffer.len() as u64);
        if let Verdict::Fails(error) = verdict {
            return Err(failed("read", &self.path)(error));
        }
        let read = world.tree.file(self.node).read(buffer, place(position)?);
        let percent_cold = world.percent_cold;
        if may_wait || !world.chance.percent(percent_cold) || read == 0 {
            return Ok(read);
        }
        match world.chance.index(read) {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            part => Ok(part),
        }
    }

    /// Takes room for the first `len` bytes, as `take` says.
    fn take_room(&self, len: u64, take: impl FnOnce(&mut FileNode, usize)) -> io::Result<()> {
        let mut world = self.writable("take room for")?;
        let verdict = world.faults.judge(Action::Allocate, &self.path, len, 0);
        let len = place(len)?;
        let room = world.capacity.saturating_sub(world.tree.room_used());
        let file = world.tree.file(self.node);
        let outcome = match verdict {
            Verdict::Done | Verdict::Lies | Verdict::Delayed if file.room_for(0, len) > room => {
                Err(io::Error::from_raw_os_error(ENOSPC))
            }
            Verdict::Done | Verdict::Lies | Verdict::Delayed => {
                take(file, len);
                Ok(())
            }
            Verdict::Fails(error) => Err(error),
            Verdict::Crashes => Err(crashed()),
        };
        outcome.map_err(failed("take room for", &self.path))
    }
}

impl File for SimulatedFile {
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        self.read(buffer, position, true)
    }

    fn read_cached_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        self.read(buffer, position, false)
    }

    fn write_all_at(&self, parts: &[IoSlice<'_>], position: u64) -> io::Result<()> {
        let mut world = self.writable("write")?;
        let mut data = Vec::with_capacity(parts.iter().map(|part| part.len()).sum());
        parts.iter().for_each(|part| data.extend_from_slice(part));
        let verdict = world.faults.judge(Action::Write, &self.path, position, data.len() as u64);
        let position = place(position)?;
        world.catch_up(self.node, Action::Write);
        let mut error = match verdict {
            Verdict::Delayed => {
                world.delayed.push(Delayed { node: self.node, late: Late::Write { position, data } });
                return Ok(());
            }
            Verdict::Done | Verdict::Lies => None,
            Verdict::Fails(error) => Some(error),
            Verdict::Crashes => Some(crashed()),
        };
        let room = world.capacity.saturating_sub(world.tree.room_used());
        if error.is_none() && world.tree.file(self.node).room_for(position, data.len()) > room {
            world.faults.note("no room is left".to_owned());
            error = Some(io::Error::from_raw_os_error(ENOSPC));
        }
        if error.is_some() {
            let mut done = world.chance.index(data.len() + 1);
            while world.tree.file(self.node).room_for(position, done) > room {
                done = done.saturating_sub(4096);
            }
            data.truncate(done);
        }
        let now_ms = world.now_ms;
        let file = world.tree.file(self.node);
        file.write(position, data);
        file.modified_ms = now_ms;
        error.map_or(Ok(()), |error| Err(failed("write", &self.path)(error)))
    }

    fn len(&self) -> io::Result<u64> {
        let mut world = self.world("examine")?;
        if world.faults.crashed {
            return Err(failed("examine", &self.path)(crashed()));
        }
        Ok(world.tree.file(self.node).len() as u64)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut world = self.writable("set the length of")?;
        let verdict = world.faults.judge(Action::SetLen, &self.path, len, 0);
        let happens = match verdict {
            Verdict::Done | Verdict::Lies | Verdict::Delayed => true,
            Verdict::Fails(_) => false,
            Verdict::Crashes => world.chance.percent(50),
        };
        if happens {
            let now_ms = world.now_ms;
            let file = world.tree.file(self.node);
            file.set_len(place(len)?);
            file.modified_ms = now_ms;
        }
        let outcome = match verdict {
            Verdict::Done | Verdict::Lies | Verdict::Delayed => Ok(()),
            Verdict::Fails(error) => Err(error),
            Verdict::Crashes => Err(crashed()),
        };
        outcome.map_err(failed("set the length of", &self.path))
    }

    fn allocate(&self, len: u64) -> io::Result<()> {
        self.take_room(len, FileNode::allocate)
    }

    fn reserve(&self, len: u64) -> io::Result<bool> {
        self.take_room(len, FileNode::reserve).map(|()| true)
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut world = self.world("sync")?;
        let verdict = world.faults.judge(Action::SyncData, &self.path, 0, 0);
        world.catch_up(self.node, Action::SyncData);
        let outcome = match verdict {
            Verdict::Done => {
                world.tree.file(self.node).sync();
                Ok(())
            }
            Verdict::Lies => Ok(()),
            Verdict::Delayed => {
                world.delayed.push(Delayed { node: self.node, late: Late::Sync });
                Ok(())
            }
            Verdict::Fails(error) => {
                if !world.faults.crashed {
                    let mut chance = world.chance.fork();
                    world.tree.file(self.node).fail_sync(&mut chance);
                }
                Err(error)
            }
            Verdict::Crashes => Err(crashed()),
        };
        outcome.map_err(failed("sync", &self.path))
    }

    /// What the device has, and what a crash leaves, is for the faults to decide: the cache is part of that.
    fn write_pages_at(&self, pages: &[u8], position: u64) -> io::Result<()> {
        let is_whole = pages.as_ptr().addr().is_multiple_of(PAGE) && pages.len().is_multiple_of(PAGE);
        assert!(is_whole && position.is_multiple_of(PAGE as u64), "whole pages were promised");
        self.write_all_at(&[IoSlice::new(pages)], position)
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}

fn place(position: u64) -> io::Result<usize> {
    usize::try_from(position).map_err(|_| io::ErrorKind::InvalidInput.into())
}
