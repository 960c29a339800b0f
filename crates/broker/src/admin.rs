//! What the requests of administrators share: a time limit, and refusals in words.

use std::time::Duration;

use ottla_controller::{Command, Refusal, Reply};
use ottla_protocol::Str;
use ottla_types::ErrorCode;
use tokio::time::timeout;

use crate::broker::Broker;

/// Why a request, or a part of it, changes or shows nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Refused {
    pub(crate) code: ErrorCode,
    /// What is wrong and what would be right.
    pub(crate) message: String,
}

impl Refused {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidRequest, message)
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.code(), refusal.to_string())
    }
}

impl From<ottla_config::AlterError> for Refused {
    fn from(error: ottla_config::AlterError) -> Self {
        Self::new(error.code, error.message)
    }
}

/// An outcome as two fields of a response. Success has no message.
pub(crate) fn error_fields<T>(outcome: Result<T, Refused>) -> (i16, Option<Str>) {
    match outcome {
        Ok(_) => (ErrorCode::None.code(), None),
        Err(refused) => (refused.code.code(), Some(refused.message.into())),
    }
}

impl Broker {
    /// Hands a command to the controller, and waits for it and for what it changes on this node as long as
    /// the client lets it. A client that leaves no time has nothing done, as with Apache Kafka; what was
    /// handed in when the time is over may still happen.
    pub(crate) async fn control_within(&self, timeout_ms: i32, command: Command) -> Result<Reply, Refused> {
        let limit = u64::try_from(timeout_ms).unwrap_or(0);
        if limit == 0 {
            let message =
                format!("nothing was done: the request allows {timeout_ms} ms; give it at least 1 ms");
            return Err(Refused::new(ErrorCode::RequestTimedOut, message));
        }
        match timeout(Duration::from_millis(limit), self.control(command)).await {
            Ok(reply) => reply.map_err(not_decided),
            Err(_) => {
                let message = format!(
                    "the controller did not answer within {timeout_ms} ms; what was asked for may still \
                     happen: look first, then try again with more time"
                );
                Err(Refused::new(ErrorCode::RequestTimedOut, message))
            }
        }
    }

    /// Hands in a command of a request that sets no time limit.
    pub(crate) async fn control_unhurried(&self, command: Command) -> Result<Reply, Refused> {
        self.control(command).await.map_err(not_decided)
    }
}

fn not_decided(code: ErrorCode) -> Refused {
    Refused::new(code, "no controller decided; look whether it was done all the same, and try again")
}
