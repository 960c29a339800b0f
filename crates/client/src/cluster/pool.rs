//! The open connections, one per address and lane.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};

use crate::{Address, ClientOptions, Connection, Result};

/// Brokers answer the requests of a connection in order. What may be held for long must not hold up the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lane {
    /// Data and everything that is answered at once.
    Main,
    /// What a group's coordinator answers: it is not to wait behind a Fetch that waits for records.
    Group,
    /// The life of a group's member: joining waits for the other members.
    Member,
}

type Dialing = Shared<BoxFuture<'static, Result<Connection>>>;

/// Connections by address and lane. Whoever asks first dials; the others wait for the same connection.
pub(crate) struct Pool {
    options: Arc<ClientOptions>,
    slots: Mutex<BTreeMap<(Address, Lane), Dialing>>,
}

impl Pool {
    pub(crate) fn new(options: Arc<ClientOptions>) -> Self {
        Self { options, slots: Mutex::new(BTreeMap::new()) }
    }

    /// The connection to an address, dialed anew if it is not open.
    pub(crate) async fn connection(&self, address: &Address, lane: Lane) -> Result<Connection> {
        self.slot(address, lane).await
    }

    /// The connection to an address, if it is open.
    pub(crate) fn open(&self, address: &Address, lane: Lane) -> Option<Connection> {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        open(slots.get(&(address.clone(), lane))?)
    }

    /// Some connection of the main lane that is open.
    pub(crate) fn any_open(&self) -> Option<Connection> {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.iter().filter(|((_, lane), _)| *lane == Lane::Main).find_map(|(_, slot)| open(slot))
    }

    fn slot(&self, address: &Address, lane: Lane) -> Dialing {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (address.clone(), lane);
        if let Some(slot) = slots.get(&key).filter(|slot| slot.peek().is_none() || open(slot).is_some()) {
            return slot.clone();
        }
        let (address, options) = (address.clone(), Arc::clone(&self.options));
        let dialing = async move { Connection::open(address, &options).await }.boxed().shared();
        slots.insert(key, dialing.clone());
        dialing
    }
}

fn open(slot: &Dialing) -> Option<Connection> {
    slot.peek()?.as_ref().ok().filter(|connection| connection.is_open()).cloned()
}
