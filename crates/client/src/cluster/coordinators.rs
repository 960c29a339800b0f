//! Which broker coordinates which group.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use ottla_protocol::messages::FindCoordinatorRequest;
use ottla_protocol::{Request, Str};
use ottla_types::{BrokerId, ErrorCode};

use super::{Cluster, Lane, Target, Topics};
use crate::{Connection, Error, Result};

/// Groups whose coordinator is known.
#[derive(Debug, Default)]
pub(super) struct Coordinators {
    of_groups: Mutex<BTreeMap<Arc<str>, BrokerId>>,
}

/// From this version on, several keys are asked for at once (KIP-699).
const FIRST_WITH_LIST: i16 = 4;
/// The key is a group.
const KEY_TYPE_GROUP: i8 = 0;

impl Cluster {
    /// Which broker coordinates a group; asks if it is not known, and tries again while there is none.
    pub(crate) async fn coordinator(&self, group: &Arc<str>) -> Result<BrokerId> {
        let mut retry = self.retry();
        loop {
            match self.find_coordinator(group).await {
                Ok(id) => return Ok(id),
                Err(error) => retry.again(error).await?,
            }
        }
    }

    /// One attempt of [`Self::coordinator`].
    pub(crate) async fn find_coordinator(&self, group: &Arc<str>) -> Result<BrokerId> {
        let known = self.of_groups().get(group).copied();
        if let Some(id) = known {
            return Ok(id);
        }
        let connection = self.connection(Target::Any, Lane::Main).await?;
        let version = connection.version_of::<FindCoordinatorRequest>(i16::MAX)?;
        let mut request = FindCoordinatorRequest { key_type: KEY_TYPE_GROUP, ..Default::default() };
        if version >= FIRST_WITH_LIST {
            request.coordinator_keys = vec![Str::from(&**group)];
        } else {
            request.key = Str::from(&**group);
        }
        let reply = connection.begin(&request, version, self.options().request_timeout).await?;
        let answer = reply.answer().await?;
        let (code, message, id) = match answer.coordinators.first() {
            Some(found) => (found.error_code, found.error_message.clone(), found.node_id),
            None => (answer.error_code, answer.error_message.clone(), answer.node_id),
        };
        Error::check(code, message.as_deref(), format_args!("the coordinator of group {group}"))?;
        let id = BrokerId(id);
        if !self.metadata().brokers.contains_key(&id) {
            self.refresh(Topics::These { names: &[], may_create: false }).await?;
        }
        self.of_groups().insert(Arc::clone(group), id);
        Ok(id)
    }

    /// A connection of its own to a group's coordinator.
    pub(crate) async fn coordinator_connection(&self, group: &Arc<str>, lane: Lane) -> Result<Connection> {
        let id = self.find_coordinator(group).await?;
        self.connection(Target::Broker(id), lane).await.inspect_err(|_| self.forget_coordinator(group))
    }

    /// Sends a request to a group's coordinator and checks the answer, until one passes or time is up.
    pub(crate) async fn ask_coordinator<R: Request, T>(
        &self,
        group: &Arc<str>,
        at_most: i16,
        build: impl Fn(i16) -> R,
        check: impl Fn(R::Response) -> Result<T>,
    ) -> Result<T> {
        let mut retry = self.retry();
        loop {
            match self.call_coordinator(group, at_most, &build).await.and_then(&check) {
                Ok(passed) => return Ok(passed),
                Err(error) => {
                    self.doubt_coordinator(group, &error);
                    retry.again(error).await?;
                }
            }
        }
    }

    /// Sends one request to a group's coordinator, built for the version that is spoken,
    /// which is no higher than `at_most`.
    async fn call_coordinator<R: Request>(
        &self,
        group: &Arc<str>,
        at_most: i16,
        build: impl Fn(i16) -> R,
    ) -> Result<R::Response> {
        let connection = self.coordinator_connection(group, Lane::Group).await?;
        let version = connection.version_of::<R>(at_most)?;
        connection.begin(&build(version), version, self.options().request_timeout).await?.answer().await
    }

    /// Forgets a coordinator that turned out not to be one, or not to be there.
    pub(crate) fn forget_coordinator(&self, group: &str) {
        self.of_groups().remove(group);
    }

    /// Forgets the group's coordinator if the error says that it is not the one.
    pub(crate) fn doubt_coordinator(&self, group: &str, error: &Error) {
        let is_lost = match error.code() {
            Some(code) => matches!(code, ErrorCode::NotCoordinator | ErrorCode::CoordinatorNotAvailable),
            None => error.is_retriable(),
        };
        if is_lost {
            self.forget_coordinator(group);
        }
    }

    fn of_groups(&self) -> std::sync::MutexGuard<'_, BTreeMap<Arc<str>, BrokerId>> {
        self.shared.coordinators.of_groups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
