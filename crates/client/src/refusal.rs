//! What a broker's refusal means, in words.

use std::fmt;

use ottla_types::ErrorCode;

/// A code and, if the broker had any, its words. Many requests have no place for words: then the code is explained.
pub(crate) struct Refusal<'a>(pub(crate) ErrorCode, pub(crate) Option<&'a str>);

impl fmt::Display for Refusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1.or_else(|| meaning(self.0)) {
            Some(words) => write!(f, "{words} ({})", self.0),
            None => write!(f, "the broker refuses with {}", self.0),
        }
    }
}

/// Only codes that come without words, and that somebody can do something about.
const fn meaning(code: ErrorCode) -> Option<&'static str> {
    Some(match code {
        ErrorCode::GroupIdNotFound => "there is no such group",
        ErrorCode::NonEmptyGroup => "the group has members",
        ErrorCode::GroupSubscribedToTopic => "the group's members read this topic",
        ErrorCode::UnknownTopicOrPartition => "there is no such topic or partition",
        ErrorCode::UnknownTopicId => "there is no topic with this id",
        ErrorCode::InvalidTopicException => "this is no name for a topic",
        ErrorCode::OffsetOutOfRange => "the partition does not reach from or to this offset",
        ErrorCode::NotLeaderOrFollower => "the broker does not lead this partition",
        ErrorCode::LeaderNotAvailable => "the partition has no leader at the moment",
        ErrorCode::NotController => "the broker is not the controller",
        ErrorCode::CoordinatorNotAvailable => "the coordinator is not there at the moment",
        ErrorCode::CoordinatorLoadInProgress => "the coordinator is still reading its log",
        ErrorCode::NotCoordinator => "the broker is not the coordinator",
        ErrorCode::RebalanceInProgress => "the group is rebalancing",
        ErrorCode::IllegalGeneration => "the group has gone on to another generation",
        ErrorCode::UnknownMemberId => "the group does not know this member, or not any more",
        ErrorCode::FencedInstanceId => "another member has come with the same group.instance.id",
        ErrorCode::InconsistentGroupProtocol => "the group's members know no common way to assign partitions",
        ErrorCode::InvalidSessionTimeout => {
            "the session timeout lies outside of what the broker allows (group.min.session.timeout.ms to \
             group.max.session.timeout.ms)"
        }
        ErrorCode::GroupMaxSizeReached => "the group has as many members as it may (group.max.size)",
        ErrorCode::OffsetMetadataTooLarge => {
            "the text beside the offset is too long (offset.metadata.max.bytes)"
        }
        ErrorCode::MessageTooLarge => "a batch is larger than the topic allows (max.message.bytes)",
        ErrorCode::NotEnoughReplicas | ErrorCode::NotEnoughReplicasAfterAppend => {
            "fewer replicas are in sync than min.insync.replicas asks for"
        }
        ErrorCode::KafkaStorageError => "the broker's disk has failed",
        ErrorCode::TopicAuthorizationFailed => "access to this topic is not allowed",
        ErrorCode::GroupAuthorizationFailed => "access to this group is not allowed",
        ErrorCode::ClusterAuthorizationFailed => "this is not allowed to you on this cluster",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_brokers_words_come_first_then_ours_then_the_code_alone() {
        for (code, words, shown) in [
            (ErrorCode::GroupIdNotFound, None, "there is no such group (GROUP_ID_NOT_FOUND)"),
            (ErrorCode::GroupIdNotFound, Some("no group g"), "no group g (GROUP_ID_NOT_FOUND)"),
            (ErrorCode::UnknownServerError, None, "the broker refuses with UNKNOWN_SERVER_ERROR"),
        ] {
            assert_eq!(Refusal(code, words).to_string(), shown);
        }
    }
}
