//! Which requests there are.

use std::fmt;

use crate::codec::{Message, Request, Versions};
use crate::messages;

macro_rules! apis {
    ($($name:ident = $key:literal: $request:ident, $response:ident;)*) => {
        /// What a request asks for: the first number of its header. The keys 4 to 7 belonged to requests that
        /// Apache Kafka 4 no longer has.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(i16)]
        pub enum ApiKey {
            $(#[doc = concat!("[`", stringify!($request), "`](messages::", stringify!($request), ").")] $name = $key,)*
        }

        impl ApiKey {
            /// Every key, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The key with this number.
            #[must_use]
            pub const fn from_code(code: i16) -> Option<Self> {
                match code {
                    $($key => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// Kafka's name for the request, without the word "Request".
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }

            /// The versions whose codec is here. Which of them a broker serves is the broker's business.
            #[must_use]
            pub const fn versions(self) -> Versions {
                match self {
                    $(Self::$name => messages::$request::VERSIONS,)*
                }
            }

            /// The versions in the flexible form (KIP-482), including those that are still to come.
            #[must_use]
            pub const fn flexible(self) -> Versions {
                match self {
                    $(Self::$name => messages::$request::FLEXIBLE,)*
                }
            }

            /// Whether Kafka itself serves the highest version only when told that unstable ones are welcome.
            #[must_use]
            pub const fn latest_is_unstable(self) -> bool {
                match self {
                    $(Self::$name => messages::$request::LATEST_IS_UNSTABLE,)*
                }
            }
        }
    };
}

apis! {
    Produce = 0: ProduceRequest, ProduceResponse;
    Fetch = 1: FetchRequest, FetchResponse;
    ListOffsets = 2: ListOffsetsRequest, ListOffsetsResponse;
    Metadata = 3: MetadataRequest, MetadataResponse;
    OffsetCommit = 8: OffsetCommitRequest, OffsetCommitResponse;
    OffsetFetch = 9: OffsetFetchRequest, OffsetFetchResponse;
    FindCoordinator = 10: FindCoordinatorRequest, FindCoordinatorResponse;
    JoinGroup = 11: JoinGroupRequest, JoinGroupResponse;
    Heartbeat = 12: HeartbeatRequest, HeartbeatResponse;
    LeaveGroup = 13: LeaveGroupRequest, LeaveGroupResponse;
    SyncGroup = 14: SyncGroupRequest, SyncGroupResponse;
    DescribeGroups = 15: DescribeGroupsRequest, DescribeGroupsResponse;
    ListGroups = 16: ListGroupsRequest, ListGroupsResponse;
    SaslHandshake = 17: SaslHandshakeRequest, SaslHandshakeResponse;
    ApiVersions = 18: ApiVersionsRequest, ApiVersionsResponse;
    CreateTopics = 19: CreateTopicsRequest, CreateTopicsResponse;
    DeleteTopics = 20: DeleteTopicsRequest, DeleteTopicsResponse;
    DeleteRecords = 21: DeleteRecordsRequest, DeleteRecordsResponse;
    InitProducerId = 22: InitProducerIdRequest, InitProducerIdResponse;
    OffsetForLeaderEpoch = 23: OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse;
    AddPartitionsToTxn = 24: AddPartitionsToTxnRequest, AddPartitionsToTxnResponse;
    AddOffsetsToTxn = 25: AddOffsetsToTxnRequest, AddOffsetsToTxnResponse;
    EndTxn = 26: EndTxnRequest, EndTxnResponse;
    WriteTxnMarkers = 27: WriteTxnMarkersRequest, WriteTxnMarkersResponse;
    TxnOffsetCommit = 28: TxnOffsetCommitRequest, TxnOffsetCommitResponse;
    DescribeAcls = 29: DescribeAclsRequest, DescribeAclsResponse;
    CreateAcls = 30: CreateAclsRequest, CreateAclsResponse;
    DeleteAcls = 31: DeleteAclsRequest, DeleteAclsResponse;
    DescribeConfigs = 32: DescribeConfigsRequest, DescribeConfigsResponse;
    AlterConfigs = 33: AlterConfigsRequest, AlterConfigsResponse;
    AlterReplicaLogDirs = 34: AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse;
    DescribeLogDirs = 35: DescribeLogDirsRequest, DescribeLogDirsResponse;
    SaslAuthenticate = 36: SaslAuthenticateRequest, SaslAuthenticateResponse;
    CreatePartitions = 37: CreatePartitionsRequest, CreatePartitionsResponse;
    CreateDelegationToken = 38: CreateDelegationTokenRequest, CreateDelegationTokenResponse;
    RenewDelegationToken = 39: RenewDelegationTokenRequest, RenewDelegationTokenResponse;
    ExpireDelegationToken = 40: ExpireDelegationTokenRequest, ExpireDelegationTokenResponse;
    DescribeDelegationToken = 41: DescribeDelegationTokenRequest, DescribeDelegationTokenResponse;
    DeleteGroups = 42: DeleteGroupsRequest, DeleteGroupsResponse;
    ElectLeaders = 43: ElectLeadersRequest, ElectLeadersResponse;
    IncrementalAlterConfigs = 44: IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse;
    AlterPartitionReassignments = 45: AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse;
    ListPartitionReassignments = 46: ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse;
    OffsetDelete = 47: OffsetDeleteRequest, OffsetDeleteResponse;
    DescribeClientQuotas = 48: DescribeClientQuotasRequest, DescribeClientQuotasResponse;
    AlterClientQuotas = 49: AlterClientQuotasRequest, AlterClientQuotasResponse;
    DescribeUserScramCredentials = 50: DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse;
    AlterUserScramCredentials = 51: AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse;
    Vote = 52: VoteRequest, VoteResponse;
    BeginQuorumEpoch = 53: BeginQuorumEpochRequest, BeginQuorumEpochResponse;
    EndQuorumEpoch = 54: EndQuorumEpochRequest, EndQuorumEpochResponse;
    DescribeQuorum = 55: DescribeQuorumRequest, DescribeQuorumResponse;
    AlterPartition = 56: AlterPartitionRequest, AlterPartitionResponse;
    UpdateFeatures = 57: UpdateFeaturesRequest, UpdateFeaturesResponse;
    Envelope = 58: EnvelopeRequest, EnvelopeResponse;
    FetchSnapshot = 59: FetchSnapshotRequest, FetchSnapshotResponse;
    DescribeCluster = 60: DescribeClusterRequest, DescribeClusterResponse;
    DescribeProducers = 61: DescribeProducersRequest, DescribeProducersResponse;
    BrokerRegistration = 62: BrokerRegistrationRequest, BrokerRegistrationResponse;
    BrokerHeartbeat = 63: BrokerHeartbeatRequest, BrokerHeartbeatResponse;
    UnregisterBroker = 64: UnregisterBrokerRequest, UnregisterBrokerResponse;
    DescribeTransactions = 65: DescribeTransactionsRequest, DescribeTransactionsResponse;
    ListTransactions = 66: ListTransactionsRequest, ListTransactionsResponse;
    AllocateProducerIds = 67: AllocateProducerIdsRequest, AllocateProducerIdsResponse;
    ConsumerGroupHeartbeat = 68: ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse;
    ConsumerGroupDescribe = 69: ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse;
    ControllerRegistration = 70: ControllerRegistrationRequest, ControllerRegistrationResponse;
    GetTelemetrySubscriptions = 71: GetTelemetrySubscriptionsRequest, GetTelemetrySubscriptionsResponse;
    PushTelemetry = 72: PushTelemetryRequest, PushTelemetryResponse;
    AssignReplicasToDirs = 73: AssignReplicasToDirsRequest, AssignReplicasToDirsResponse;
    ListConfigResources = 74: ListConfigResourcesRequest, ListConfigResourcesResponse;
    DescribeTopicPartitions = 75: DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse;
    ShareGroupHeartbeat = 76: ShareGroupHeartbeatRequest, ShareGroupHeartbeatResponse;
    ShareGroupDescribe = 77: ShareGroupDescribeRequest, ShareGroupDescribeResponse;
    ShareFetch = 78: ShareFetchRequest, ShareFetchResponse;
    ShareAcknowledge = 79: ShareAcknowledgeRequest, ShareAcknowledgeResponse;
    AddRaftVoter = 80: AddRaftVoterRequest, AddRaftVoterResponse;
    RemoveRaftVoter = 81: RemoveRaftVoterRequest, RemoveRaftVoterResponse;
    UpdateRaftVoter = 82: UpdateRaftVoterRequest, UpdateRaftVoterResponse;
    InitializeShareGroupState = 83: InitializeShareGroupStateRequest, InitializeShareGroupStateResponse;
    ReadShareGroupState = 84: ReadShareGroupStateRequest, ReadShareGroupStateResponse;
    WriteShareGroupState = 85: WriteShareGroupStateRequest, WriteShareGroupStateResponse;
    DeleteShareGroupState = 86: DeleteShareGroupStateRequest, DeleteShareGroupStateResponse;
    ReadShareGroupStateSummary = 87: ReadShareGroupStateSummaryRequest, ReadShareGroupStateSummaryResponse;
    StreamsGroupHeartbeat = 88: StreamsGroupHeartbeatRequest, StreamsGroupHeartbeatResponse;
    StreamsGroupDescribe = 89: StreamsGroupDescribeRequest, StreamsGroupDescribeResponse;
    DescribeShareGroupOffsets = 90: DescribeShareGroupOffsetsRequest, DescribeShareGroupOffsetsResponse;
    AlterShareGroupOffsets = 91: AlterShareGroupOffsetsRequest, AlterShareGroupOffsetsResponse;
    DeleteShareGroupOffsets = 92: DeleteShareGroupOffsetsRequest, DeleteShareGroupOffsetsResponse;
}

impl ApiKey {
    /// The number on the wire.
    #[must_use]
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// The key with a number that is known to exist.
    ///
    /// # Panics
    /// If there is none, which the derive macro turns into an error of compilation.
    #[must_use]
    pub const fn known(code: i16) -> Self {
        match Self::from_code(code) {
            Some(key) => key,
            None => panic!("no request has this key"),
        }
    }

    /// Whether this version is in the flexible form.
    #[must_use]
    pub const fn is_flexible(self, version: i16) -> bool {
        self.flexible().contains(version)
    }

    /// The version of the header before a request of this version.
    #[must_use]
    pub const fn request_header_version(self, version: i16) -> i16 {
        if self.is_flexible(version) { 2 } else { 1 }
    }

    /// The version of the header before the response to a request of this version. A response to `ApiVersions`
    /// always has the first: its reader does not know yet what the broker speaks (KIP-511).
    #[must_use]
    pub const fn response_header_version(self, version: i16) -> i16 {
        if self.is_flexible(version) && !matches!(self, Self::ApiVersions) { 1 } else { 0 }
    }
}

impl fmt::Display for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl From<ApiKey> for i16 {
    fn from(key: ApiKey) -> Self {
        key.code()
    }
}
