//! Kafka's error codes, as of Apache Kafka 4.3.1.

use std::fmt;

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $kafka:literal $($retriable:ident)?;)*) => {
        /// What a response says went wrong. The names are Kafka's, in Rust's spelling.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        #[repr(i16)]
        pub enum ErrorCode {
            $($(#[$doc])* $name = $code,)*
        }

        impl ErrorCode {
            /// Every code, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The code with this number, if Kafka 4.3.1 has one.
            #[must_use]
            pub const fn from_code(code: i16) -> Option<Self> {
                match code {
                    $($code => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// Kafka's own name, as its tools print it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $kafka,)*
                }
            }

            /// Whether Kafka's clients send the same request again when they see this code.
            #[must_use]
            pub const fn is_retriable(self) -> bool {
                match self {
                    $(Self::$name => error_codes!(@retriable $($retriable)?),)*
                }
            }
        }
    };
    (@retriable retriable) => { true };
    (@retriable) => { false };
}

error_codes! {
    /// `UNKNOWN_SERVER_ERROR`.
    UnknownServerError = -1, "UNKNOWN_SERVER_ERROR";
    /// No error.
    #[default]
    None = 0, "NONE";
    /// `OFFSET_OUT_OF_RANGE`.
    OffsetOutOfRange = 1, "OFFSET_OUT_OF_RANGE";
    /// `CORRUPT_MESSAGE`.
    CorruptMessage = 2, "CORRUPT_MESSAGE" retriable;
    /// `UNKNOWN_TOPIC_OR_PARTITION`.
    UnknownTopicOrPartition = 3, "UNKNOWN_TOPIC_OR_PARTITION" retriable;
    /// `INVALID_FETCH_SIZE`.
    InvalidFetchSize = 4, "INVALID_FETCH_SIZE";
    /// `LEADER_NOT_AVAILABLE`.
    LeaderNotAvailable = 5, "LEADER_NOT_AVAILABLE" retriable;
    /// `NOT_LEADER_OR_FOLLOWER`.
    NotLeaderOrFollower = 6, "NOT_LEADER_OR_FOLLOWER" retriable;
    /// `REQUEST_TIMED_OUT`.
    RequestTimedOut = 7, "REQUEST_TIMED_OUT" retriable;
    /// `BROKER_NOT_AVAILABLE`.
    BrokerNotAvailable = 8, "BROKER_NOT_AVAILABLE";
    /// `REPLICA_NOT_AVAILABLE`.
    ReplicaNotAvailable = 9, "REPLICA_NOT_AVAILABLE" retriable;
    /// `MESSAGE_TOO_LARGE`.
    MessageTooLarge = 10, "MESSAGE_TOO_LARGE";
    /// `STALE_CONTROLLER_EPOCH`.
    StaleControllerEpoch = 11, "STALE_CONTROLLER_EPOCH";
    /// `OFFSET_METADATA_TOO_LARGE`.
    OffsetMetadataTooLarge = 12, "OFFSET_METADATA_TOO_LARGE";
    /// `NETWORK_EXCEPTION`.
    NetworkException = 13, "NETWORK_EXCEPTION" retriable;
    /// `COORDINATOR_LOAD_IN_PROGRESS`.
    CoordinatorLoadInProgress = 14, "COORDINATOR_LOAD_IN_PROGRESS" retriable;
    /// `COORDINATOR_NOT_AVAILABLE`.
    CoordinatorNotAvailable = 15, "COORDINATOR_NOT_AVAILABLE" retriable;
    /// `NOT_COORDINATOR`.
    NotCoordinator = 16, "NOT_COORDINATOR" retriable;
    /// `INVALID_TOPIC_EXCEPTION`.
    InvalidTopicException = 17, "INVALID_TOPIC_EXCEPTION";
    /// `RECORD_LIST_TOO_LARGE`.
    RecordListTooLarge = 18, "RECORD_LIST_TOO_LARGE";
    /// `NOT_ENOUGH_REPLICAS`.
    NotEnoughReplicas = 19, "NOT_ENOUGH_REPLICAS" retriable;
    /// `NOT_ENOUGH_REPLICAS_AFTER_APPEND`.
    NotEnoughReplicasAfterAppend = 20, "NOT_ENOUGH_REPLICAS_AFTER_APPEND" retriable;
    /// `INVALID_REQUIRED_ACKS`.
    InvalidRequiredAcks = 21, "INVALID_REQUIRED_ACKS";
    /// `ILLEGAL_GENERATION`.
    IllegalGeneration = 22, "ILLEGAL_GENERATION";
    /// `INCONSISTENT_GROUP_PROTOCOL`.
    InconsistentGroupProtocol = 23, "INCONSISTENT_GROUP_PROTOCOL";
    /// `INVALID_GROUP_ID`.
    InvalidGroupId = 24, "INVALID_GROUP_ID";
    /// `UNKNOWN_MEMBER_ID`.
    UnknownMemberId = 25, "UNKNOWN_MEMBER_ID";
    /// `INVALID_SESSION_TIMEOUT`.
    InvalidSessionTimeout = 26, "INVALID_SESSION_TIMEOUT";
    /// `REBALANCE_IN_PROGRESS`.
    RebalanceInProgress = 27, "REBALANCE_IN_PROGRESS";
    /// `INVALID_COMMIT_OFFSET_SIZE`.
    InvalidCommitOffsetSize = 28, "INVALID_COMMIT_OFFSET_SIZE";
    /// `TOPIC_AUTHORIZATION_FAILED`.
    TopicAuthorizationFailed = 29, "TOPIC_AUTHORIZATION_FAILED";
    /// `GROUP_AUTHORIZATION_FAILED`.
    GroupAuthorizationFailed = 30, "GROUP_AUTHORIZATION_FAILED";
    /// `CLUSTER_AUTHORIZATION_FAILED`.
    ClusterAuthorizationFailed = 31, "CLUSTER_AUTHORIZATION_FAILED";
    /// `INVALID_TIMESTAMP`.
    InvalidTimestamp = 32, "INVALID_TIMESTAMP";
    /// `UNSUPPORTED_SASL_MECHANISM`.
    UnsupportedSaslMechanism = 33, "UNSUPPORTED_SASL_MECHANISM";
    /// `ILLEGAL_SASL_STATE`.
    IllegalSaslState = 34, "ILLEGAL_SASL_STATE";
    /// `UNSUPPORTED_VERSION`.
    UnsupportedVersion = 35, "UNSUPPORTED_VERSION";
    /// `TOPIC_ALREADY_EXISTS`.
    TopicAlreadyExists = 36, "TOPIC_ALREADY_EXISTS";
    /// `INVALID_PARTITIONS`.
    InvalidPartitions = 37, "INVALID_PARTITIONS";
    /// `INVALID_REPLICATION_FACTOR`.
    InvalidReplicationFactor = 38, "INVALID_REPLICATION_FACTOR";
    /// `INVALID_REPLICA_ASSIGNMENT`.
    InvalidReplicaAssignment = 39, "INVALID_REPLICA_ASSIGNMENT";
    /// `INVALID_CONFIG`.
    InvalidConfig = 40, "INVALID_CONFIG";
    /// `NOT_CONTROLLER`.
    NotController = 41, "NOT_CONTROLLER" retriable;
    /// `INVALID_REQUEST`.
    InvalidRequest = 42, "INVALID_REQUEST";
    /// `UNSUPPORTED_FOR_MESSAGE_FORMAT`.
    UnsupportedForMessageFormat = 43, "UNSUPPORTED_FOR_MESSAGE_FORMAT";
    /// `POLICY_VIOLATION`.
    PolicyViolation = 44, "POLICY_VIOLATION";
    /// `OUT_OF_ORDER_SEQUENCE_NUMBER`.
    OutOfOrderSequenceNumber = 45, "OUT_OF_ORDER_SEQUENCE_NUMBER";
    /// `DUPLICATE_SEQUENCE_NUMBER`.
    DuplicateSequenceNumber = 46, "DUPLICATE_SEQUENCE_NUMBER";
    /// `INVALID_PRODUCER_EPOCH`.
    InvalidProducerEpoch = 47, "INVALID_PRODUCER_EPOCH";
    /// `INVALID_TXN_STATE`.
    InvalidTxnState = 48, "INVALID_TXN_STATE";
    /// `INVALID_PRODUCER_ID_MAPPING`.
    InvalidProducerIdMapping = 49, "INVALID_PRODUCER_ID_MAPPING";
    /// `INVALID_TRANSACTION_TIMEOUT`.
    InvalidTransactionTimeout = 50, "INVALID_TRANSACTION_TIMEOUT";
    /// `CONCURRENT_TRANSACTIONS`.
    ConcurrentTransactions = 51, "CONCURRENT_TRANSACTIONS" retriable;
    /// `TRANSACTION_COORDINATOR_FENCED`.
    TransactionCoordinatorFenced = 52, "TRANSACTION_COORDINATOR_FENCED";
    /// `TRANSACTIONAL_ID_AUTHORIZATION_FAILED`.
    TransactionalIdAuthorizationFailed = 53, "TRANSACTIONAL_ID_AUTHORIZATION_FAILED";
    /// `SECURITY_DISABLED`.
    SecurityDisabled = 54, "SECURITY_DISABLED";
    /// `OPERATION_NOT_ATTEMPTED`.
    OperationNotAttempted = 55, "OPERATION_NOT_ATTEMPTED";
    /// `KAFKA_STORAGE_ERROR`.
    KafkaStorageError = 56, "KAFKA_STORAGE_ERROR" retriable;
    /// `LOG_DIR_NOT_FOUND`.
    LogDirNotFound = 57, "LOG_DIR_NOT_FOUND";
    /// `SASL_AUTHENTICATION_FAILED`.
    SaslAuthenticationFailed = 58, "SASL_AUTHENTICATION_FAILED";
    /// `UNKNOWN_PRODUCER_ID`.
    UnknownProducerId = 59, "UNKNOWN_PRODUCER_ID";
    /// `REASSIGNMENT_IN_PROGRESS`.
    ReassignmentInProgress = 60, "REASSIGNMENT_IN_PROGRESS";
    /// `DELEGATION_TOKEN_AUTH_DISABLED`.
    DelegationTokenAuthDisabled = 61, "DELEGATION_TOKEN_AUTH_DISABLED";
    /// `DELEGATION_TOKEN_NOT_FOUND`.
    DelegationTokenNotFound = 62, "DELEGATION_TOKEN_NOT_FOUND";
    /// `DELEGATION_TOKEN_OWNER_MISMATCH`.
    DelegationTokenOwnerMismatch = 63, "DELEGATION_TOKEN_OWNER_MISMATCH";
    /// `DELEGATION_TOKEN_REQUEST_NOT_ALLOWED`.
    DelegationTokenRequestNotAllowed = 64, "DELEGATION_TOKEN_REQUEST_NOT_ALLOWED";
    /// `DELEGATION_TOKEN_AUTHORIZATION_FAILED`.
    DelegationTokenAuthorizationFailed = 65, "DELEGATION_TOKEN_AUTHORIZATION_FAILED";
    /// `DELEGATION_TOKEN_EXPIRED`.
    DelegationTokenExpired = 66, "DELEGATION_TOKEN_EXPIRED";
    /// `INVALID_PRINCIPAL_TYPE`.
    InvalidPrincipalType = 67, "INVALID_PRINCIPAL_TYPE";
    /// `NON_EMPTY_GROUP`.
    NonEmptyGroup = 68, "NON_EMPTY_GROUP";
    /// `GROUP_ID_NOT_FOUND`.
    GroupIdNotFound = 69, "GROUP_ID_NOT_FOUND";
    /// `FETCH_SESSION_ID_NOT_FOUND`.
    FetchSessionIdNotFound = 70, "FETCH_SESSION_ID_NOT_FOUND" retriable;
    /// `INVALID_FETCH_SESSION_EPOCH`.
    InvalidFetchSessionEpoch = 71, "INVALID_FETCH_SESSION_EPOCH" retriable;
    /// `LISTENER_NOT_FOUND`.
    ListenerNotFound = 72, "LISTENER_NOT_FOUND" retriable;
    /// `TOPIC_DELETION_DISABLED`.
    TopicDeletionDisabled = 73, "TOPIC_DELETION_DISABLED";
    /// `FENCED_LEADER_EPOCH`.
    FencedLeaderEpoch = 74, "FENCED_LEADER_EPOCH" retriable;
    /// `UNKNOWN_LEADER_EPOCH`.
    UnknownLeaderEpoch = 75, "UNKNOWN_LEADER_EPOCH" retriable;
    /// `UNSUPPORTED_COMPRESSION_TYPE`.
    UnsupportedCompressionType = 76, "UNSUPPORTED_COMPRESSION_TYPE";
    /// `STALE_BROKER_EPOCH`.
    StaleBrokerEpoch = 77, "STALE_BROKER_EPOCH";
    /// `OFFSET_NOT_AVAILABLE`.
    OffsetNotAvailable = 78, "OFFSET_NOT_AVAILABLE" retriable;
    /// `MEMBER_ID_REQUIRED`.
    MemberIdRequired = 79, "MEMBER_ID_REQUIRED";
    /// `PREFERRED_LEADER_NOT_AVAILABLE`.
    PreferredLeaderNotAvailable = 80, "PREFERRED_LEADER_NOT_AVAILABLE" retriable;
    /// `GROUP_MAX_SIZE_REACHED`.
    GroupMaxSizeReached = 81, "GROUP_MAX_SIZE_REACHED";
    /// `FENCED_INSTANCE_ID`.
    FencedInstanceId = 82, "FENCED_INSTANCE_ID";
    /// `ELIGIBLE_LEADERS_NOT_AVAILABLE`.
    EligibleLeadersNotAvailable = 83, "ELIGIBLE_LEADERS_NOT_AVAILABLE" retriable;
    /// `ELECTION_NOT_NEEDED`.
    ElectionNotNeeded = 84, "ELECTION_NOT_NEEDED" retriable;
    /// `NO_REASSIGNMENT_IN_PROGRESS`.
    NoReassignmentInProgress = 85, "NO_REASSIGNMENT_IN_PROGRESS";
    /// `GROUP_SUBSCRIBED_TO_TOPIC`.
    GroupSubscribedToTopic = 86, "GROUP_SUBSCRIBED_TO_TOPIC";
    /// `INVALID_RECORD`.
    InvalidRecord = 87, "INVALID_RECORD";
    /// `UNSTABLE_OFFSET_COMMIT`.
    UnstableOffsetCommit = 88, "UNSTABLE_OFFSET_COMMIT" retriable;
    /// `THROTTLING_QUOTA_EXCEEDED`.
    ThrottlingQuotaExceeded = 89, "THROTTLING_QUOTA_EXCEEDED" retriable;
    /// `PRODUCER_FENCED`.
    ProducerFenced = 90, "PRODUCER_FENCED";
    /// `RESOURCE_NOT_FOUND`.
    ResourceNotFound = 91, "RESOURCE_NOT_FOUND";
    /// `DUPLICATE_RESOURCE`.
    DuplicateResource = 92, "DUPLICATE_RESOURCE";
    /// `UNACCEPTABLE_CREDENTIAL`.
    UnacceptableCredential = 93, "UNACCEPTABLE_CREDENTIAL";
    /// `INCONSISTENT_VOTER_SET`.
    InconsistentVoterSet = 94, "INCONSISTENT_VOTER_SET";
    /// `INVALID_UPDATE_VERSION`.
    InvalidUpdateVersion = 95, "INVALID_UPDATE_VERSION";
    /// `FEATURE_UPDATE_FAILED`.
    FeatureUpdateFailed = 96, "FEATURE_UPDATE_FAILED";
    /// `PRINCIPAL_DESERIALIZATION_FAILURE`.
    PrincipalDeserializationFailure = 97, "PRINCIPAL_DESERIALIZATION_FAILURE";
    /// `SNAPSHOT_NOT_FOUND`.
    SnapshotNotFound = 98, "SNAPSHOT_NOT_FOUND";
    /// `POSITION_OUT_OF_RANGE`.
    PositionOutOfRange = 99, "POSITION_OUT_OF_RANGE";
    /// `UNKNOWN_TOPIC_ID`.
    UnknownTopicId = 100, "UNKNOWN_TOPIC_ID" retriable;
    /// `DUPLICATE_BROKER_REGISTRATION`.
    DuplicateBrokerRegistration = 101, "DUPLICATE_BROKER_REGISTRATION";
    /// `BROKER_ID_NOT_REGISTERED`.
    BrokerIdNotRegistered = 102, "BROKER_ID_NOT_REGISTERED";
    /// `INCONSISTENT_TOPIC_ID`.
    InconsistentTopicId = 103, "INCONSISTENT_TOPIC_ID" retriable;
    /// `INCONSISTENT_CLUSTER_ID`.
    InconsistentClusterId = 104, "INCONSISTENT_CLUSTER_ID";
    /// `TRANSACTIONAL_ID_NOT_FOUND`.
    TransactionalIdNotFound = 105, "TRANSACTIONAL_ID_NOT_FOUND";
    /// `FETCH_SESSION_TOPIC_ID_ERROR`.
    FetchSessionTopicIdError = 106, "FETCH_SESSION_TOPIC_ID_ERROR" retriable;
    /// `INELIGIBLE_REPLICA`.
    IneligibleReplica = 107, "INELIGIBLE_REPLICA";
    /// `NEW_LEADER_ELECTED`.
    NewLeaderElected = 108, "NEW_LEADER_ELECTED";
    /// `OFFSET_MOVED_TO_TIERED_STORAGE`.
    OffsetMovedToTieredStorage = 109, "OFFSET_MOVED_TO_TIERED_STORAGE";
    /// `FENCED_MEMBER_EPOCH`.
    FencedMemberEpoch = 110, "FENCED_MEMBER_EPOCH";
    /// `UNRELEASED_INSTANCE_ID`.
    UnreleasedInstanceId = 111, "UNRELEASED_INSTANCE_ID";
    /// `UNSUPPORTED_ASSIGNOR`.
    UnsupportedAssignor = 112, "UNSUPPORTED_ASSIGNOR";
    /// `STALE_MEMBER_EPOCH`.
    StaleMemberEpoch = 113, "STALE_MEMBER_EPOCH";
    /// `MISMATCHED_ENDPOINT_TYPE`.
    MismatchedEndpointType = 114, "MISMATCHED_ENDPOINT_TYPE";
    /// `UNSUPPORTED_ENDPOINT_TYPE`.
    UnsupportedEndpointType = 115, "UNSUPPORTED_ENDPOINT_TYPE";
    /// `UNKNOWN_CONTROLLER_ID`.
    UnknownControllerId = 116, "UNKNOWN_CONTROLLER_ID";
    /// `UNKNOWN_SUBSCRIPTION_ID`.
    UnknownSubscriptionId = 117, "UNKNOWN_SUBSCRIPTION_ID";
    /// `TELEMETRY_TOO_LARGE`.
    TelemetryTooLarge = 118, "TELEMETRY_TOO_LARGE";
    /// `INVALID_REGISTRATION`.
    InvalidRegistration = 119, "INVALID_REGISTRATION";
    /// `TRANSACTION_ABORTABLE`.
    TransactionAbortable = 120, "TRANSACTION_ABORTABLE";
    /// `INVALID_RECORD_STATE`.
    InvalidRecordState = 121, "INVALID_RECORD_STATE";
    /// `SHARE_SESSION_NOT_FOUND`.
    ShareSessionNotFound = 122, "SHARE_SESSION_NOT_FOUND" retriable;
    /// `INVALID_SHARE_SESSION_EPOCH`.
    InvalidShareSessionEpoch = 123, "INVALID_SHARE_SESSION_EPOCH" retriable;
    /// `FENCED_STATE_EPOCH`.
    FencedStateEpoch = 124, "FENCED_STATE_EPOCH";
    /// `INVALID_VOTER_KEY`.
    InvalidVoterKey = 125, "INVALID_VOTER_KEY";
    /// `DUPLICATE_VOTER`.
    DuplicateVoter = 126, "DUPLICATE_VOTER";
    /// `VOTER_NOT_FOUND`.
    VoterNotFound = 127, "VOTER_NOT_FOUND";
    /// `INVALID_REGULAR_EXPRESSION`.
    InvalidRegularExpression = 128, "INVALID_REGULAR_EXPRESSION";
    /// `REBOOTSTRAP_REQUIRED`.
    RebootstrapRequired = 129, "REBOOTSTRAP_REQUIRED";
    /// `STREAMS_INVALID_TOPOLOGY`.
    StreamsInvalidTopology = 130, "STREAMS_INVALID_TOPOLOGY";
    /// `STREAMS_INVALID_TOPOLOGY_EPOCH`.
    StreamsInvalidTopologyEpoch = 131, "STREAMS_INVALID_TOPOLOGY_EPOCH";
    /// `STREAMS_TOPOLOGY_FENCED`.
    StreamsTopologyFenced = 132, "STREAMS_TOPOLOGY_FENCED";
    /// `SHARE_SESSION_LIMIT_REACHED`.
    ShareSessionLimitReached = 133, "SHARE_SESSION_LIMIT_REACHED" retriable;
}

impl ErrorCode {
    /// The number on the wire.
    #[must_use]
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// Whether this says that something went wrong.
    #[must_use]
    pub const fn is_error(self) -> bool {
        !matches!(self, Self::None)
    }
}

impl From<ErrorCode> for i16 {
    fn from(error: ErrorCode) -> Self {
        error.code()
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_leads_back_to_its_code() {
        for &error in ErrorCode::ALL {
            assert_eq!(ErrorCode::from_code(error.code()), Some(error));
        }
        assert_eq!(ErrorCode::from_code(9999), None);
    }

    #[test]
    fn what_a_client_may_repeat_is_retriable() {
        assert!(ErrorCode::NotLeaderOrFollower.is_retriable());
        assert!(!ErrorCode::InvalidTopicException.is_retriable());
    }
}
