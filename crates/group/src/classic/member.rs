//! One member of a classic group.

use std::sync::Arc;

use bytes::Bytes;
use ottla_machine::Token;

use crate::{JoinedMember, MemberDescription, MemberValue, Protocol};

/// A member, with whoever waits for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    /// Its id.
    pub(super) id: Arc<str>,
    /// `group.instance.id` of a static member.
    pub(super) instance_id: Option<Arc<str>>,
    /// `client.id`.
    pub(super) client_id: Arc<str>,
    /// Where it connects from.
    pub(super) client_host: Arc<str>,
    /// How long it may take to rejoin.
    pub(super) rebalance_timeout_ms: i32,
    /// After this time without a heartbeat it is gone.
    pub(super) session_timeout_ms: i32,
    /// What it can use, the preferred one first.
    pub(super) protocols: Vec<Protocol>,
    /// What the leader gave to it.
    pub(super) assignment: Bytes,
    /// It has not been in a generation yet.
    pub(super) is_new: bool,
    /// Its join that waits for a generation.
    pub(super) join: Option<Token>,
    /// Its sync that waits for the leader's.
    pub(super) sync: Option<Token>,
}

impl Member {
    /// A member as the log has it. Only the chosen protocol was logged.
    pub(super) fn from_value(value: &MemberValue, protocol: &Arc<str>) -> Self {
        Self {
            id: Arc::clone(&value.member_id),
            instance_id: value.instance_id.clone(),
            client_id: Arc::clone(&value.client_id),
            client_host: Arc::clone(&value.client_host),
            rebalance_timeout_ms: value.rebalance_timeout_ms,
            session_timeout_ms: value.session_timeout_ms,
            protocols: vec![Protocol { name: Arc::clone(protocol), metadata: value.subscription.clone() }],
            assignment: value.assignment.clone(),
            is_new: false,
            join: None,
            sync: None,
        }
    }

    /// What the log is told, with this assignment.
    pub(super) fn value(&self, protocol: &str, assignment: Bytes) -> MemberValue {
        MemberValue {
            member_id: Arc::clone(&self.id),
            instance_id: self.instance_id.clone(),
            client_id: Arc::clone(&self.client_id),
            client_host: Arc::clone(&self.client_host),
            rebalance_timeout_ms: self.rebalance_timeout_ms,
            session_timeout_ms: self.session_timeout_ms,
            subscription: self.metadata(protocol),
            assignment,
        }
    }

    /// What the leader is told.
    pub(super) fn joined(&self, protocol: &str) -> JoinedMember {
        JoinedMember {
            member_id: Arc::clone(&self.id),
            instance_id: self.instance_id.clone(),
            metadata: self.metadata(protocol),
        }
    }

    /// What an administrator is told.
    pub(super) fn describe(&self, protocol: Option<&str>) -> MemberDescription {
        MemberDescription {
            member_id: Arc::clone(&self.id),
            instance_id: self.instance_id.clone(),
            client_id: Arc::clone(&self.client_id),
            client_host: Arc::clone(&self.client_host),
            metadata: protocol.map(|protocol| self.metadata(protocol)).unwrap_or_default(),
            assignment: self.assignment.clone(),
        }
    }

    /// What it said under a protocol; empty if it does not know it.
    pub(super) fn metadata(&self, protocol: &str) -> Bytes {
        let known = self.protocols.iter().find(|known| *known.name == *protocol);
        known.map(|known| known.metadata.clone()).unwrap_or_default()
    }

    /// Whether its silence means nothing because it waits for an answer. A new member cannot send heartbeats, so
    /// there only time tells.
    pub(super) fn is_excused(&self) -> bool {
        !self.is_new && (self.join.is_some() || self.sync.is_some())
    }
}
