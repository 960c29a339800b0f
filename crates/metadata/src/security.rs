//! Who may do what, and how much: ACLs, SCRAM credentials, delegation tokens and client quotas.

use std::sync::Arc;

use imbl::OrdMap;
use ottla_types::{Timestamp, Uuid};

/// One rule of the authorizer. Its numbers are those of Kafka's protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acl {
    /// What kind of resource it is about.
    pub resource_type: i8,
    /// Which resource.
    pub resource_name: Arc<str>,
    /// Whether the name is literal or a prefix.
    pub pattern_type: i8,
    /// Whom it is about.
    pub principal: Arc<str>,
    /// From which host.
    pub host: Arc<str>,
    /// Which operation.
    pub operation: i8,
    /// Whether it allows or denies.
    pub permission_type: i8,
}

/// A user's SCRAM credential for one mechanism (RFC 5802).
#[derive(Clone, PartialEq, Eq)]
pub struct ScramCredential {
    /// The salt.
    pub salt: Arc<[u8]>,
    /// What the server compares with.
    pub stored_key: Arc<[u8]>,
    /// What the server proves itself with.
    pub server_key: Arc<[u8]>,
    /// How often the password was hashed.
    pub iterations: i32,
}

/// Secrets do not go into logs.
impl std::fmt::Debug for ScramCredential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScramCredential").field("iterations", &self.iterations).finish_non_exhaustive()
    }
}

/// A delegation token (KIP-48), without its secret, which is derived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DelegationToken {
    /// Whom it stands for.
    pub owner: Arc<str>,
    /// Who asked for it.
    pub requester: Arc<str>,
    /// Who may renew it.
    pub renewers: Vec<Arc<str>>,
    /// When it was issued.
    pub issued: Timestamp,
    /// When it can no longer be renewed.
    pub max: Timestamp,
    /// When it expires.
    pub expires: Timestamp,
}

/// Whom a quota is for: pairs of what is named ("user", "client-id", "ip") and its name, `None` for the
/// default.
pub type QuotaEntity = Vec<(Arc<str>, Option<Arc<str>>)>;

/// Everything of this module, carried so that nothing that Apache Kafka wrote is lost in a snapshot.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Security {
    /// The authorizer's rules by id.
    pub acls: OrdMap<Uuid, Arc<Acl>>,
    /// Credentials by mechanism (1 is SCRAM-SHA-256, 2 SCRAM-SHA-512) and user.
    pub scram: OrdMap<(i8, Arc<str>), Arc<ScramCredential>>,
    /// Delegation tokens by id.
    pub tokens: OrdMap<Arc<str>, Arc<DelegationToken>>,
    /// Quotas by whom they are for and what they limit.
    pub quotas: OrdMap<QuotaEntity, OrdMap<Arc<str>, f64>>,
}
