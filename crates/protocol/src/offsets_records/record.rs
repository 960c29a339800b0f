//! A record of `__consumer_offsets`, whatever it is about.

use super::{
    ConsumerGroupCurrentMemberAssignmentKey, ConsumerGroupCurrentMemberAssignmentValue,
    ConsumerGroupMemberMetadataKey, ConsumerGroupMemberMetadataValue, ConsumerGroupMetadataKey,
    ConsumerGroupMetadataValue, ConsumerGroupPartitionMetadataKey, ConsumerGroupPartitionMetadataValue,
    ConsumerGroupRegularExpressionKey, ConsumerGroupRegularExpressionValue,
    ConsumerGroupTargetAssignmentMemberKey, ConsumerGroupTargetAssignmentMemberValue,
    ConsumerGroupTargetAssignmentMetadataKey, ConsumerGroupTargetAssignmentMetadataValue, GroupMetadataKey,
    GroupMetadataValue, LegacyOffsetCommitKey, LegacyOffsetCommitValue, OffsetCommitKey, OffsetCommitValue,
    ShareGroupCurrentMemberAssignmentKey, ShareGroupCurrentMemberAssignmentValue,
    ShareGroupMemberMetadataKey, ShareGroupMemberMetadataValue, ShareGroupMetadataKey,
    ShareGroupMetadataValue, ShareGroupStatePartitionMetadataKey, ShareGroupStatePartitionMetadataValue,
    ShareGroupTargetAssignmentMemberKey, ShareGroupTargetAssignmentMemberValue,
    ShareGroupTargetAssignmentMetadataKey, ShareGroupTargetAssignmentMetadataValue,
    StreamsGroupCurrentMemberAssignmentKey, StreamsGroupCurrentMemberAssignmentValue,
    StreamsGroupMemberMetadataKey, StreamsGroupMemberMetadataValue, StreamsGroupMetadataKey,
    StreamsGroupMetadataValue, StreamsGroupTargetAssignmentMemberKey,
    StreamsGroupTargetAssignmentMemberValue, StreamsGroupTargetAssignmentMetadataKey,
    StreamsGroupTargetAssignmentMetadataValue, StreamsGroupTopologyKey, StreamsGroupTopologyValue,
};
use crate::keyed_record::keyed_records;

keyed_records! {
    /// A record of `__consumer_offsets`.
    OffsetsRecord {
        /// An offset that a group committed, as the first versions of Kafka wrote it.
        LegacyOffsetCommit: LegacyOffsetCommitKey => LegacyOffsetCommitValue,
        /// An offset that a group committed.
        OffsetCommit: OffsetCommitKey => OffsetCommitValue,
        /// A classic group.
        GroupMetadata: GroupMetadataKey => GroupMetadataValue,
        /// A consumer group (KIP-848): its epoch.
        ConsumerGroupMetadata: ConsumerGroupMetadataKey => ConsumerGroupMetadataValue,
        /// The topics that a consumer group reads, as they were when it was assigned. No longer written: the
        /// group's epoch record holds a hash.
        ConsumerGroupPartitionMetadata: ConsumerGroupPartitionMetadataKey => ConsumerGroupPartitionMetadataValue,
        /// A member of a consumer group.
        ConsumerGroupMemberMetadata: ConsumerGroupMemberMetadataKey => ConsumerGroupMemberMetadataValue,
        /// The epoch of the assignment that a consumer group is on its way to.
        ConsumerGroupTargetAssignmentMetadata: ConsumerGroupTargetAssignmentMetadataKey => ConsumerGroupTargetAssignmentMetadataValue,
        /// What a member of a consumer group is to have.
        ConsumerGroupTargetAssignmentMember: ConsumerGroupTargetAssignmentMemberKey => ConsumerGroupTargetAssignmentMemberValue,
        /// What a member of a consumer group has now.
        ConsumerGroupCurrentMemberAssignment: ConsumerGroupCurrentMemberAssignmentKey => ConsumerGroupCurrentMemberAssignmentValue,
        /// A member of a share group.
        ShareGroupMemberMetadata: ShareGroupMemberMetadataKey => ShareGroupMemberMetadataValue,
        /// A share group (KIP-932): its epoch.
        ShareGroupMetadata: ShareGroupMetadataKey => ShareGroupMetadataValue,
        /// The epoch of a share group's assignment.
        ShareGroupTargetAssignmentMetadata: ShareGroupTargetAssignmentMetadataKey => ShareGroupTargetAssignmentMetadataValue,
        /// What a member of a share group is to have.
        ShareGroupTargetAssignmentMember: ShareGroupTargetAssignmentMemberKey => ShareGroupTargetAssignmentMemberValue,
        /// What a member of a share group has now.
        ShareGroupCurrentMemberAssignment: ShareGroupCurrentMemberAssignmentKey => ShareGroupCurrentMemberAssignmentValue,
        /// For which partitions a share group has state, or is about to get or lose it.
        ShareGroupStatePartitionMetadata: ShareGroupStatePartitionMetadataKey => ShareGroupStatePartitionMetadataValue,
        /// The topics that a regular expression of a consumer group matched.
        ConsumerGroupRegularExpression: ConsumerGroupRegularExpressionKey => ConsumerGroupRegularExpressionValue,
        /// A streams group (KIP-1071): its epoch.
        StreamsGroupMetadata: StreamsGroupMetadataKey => StreamsGroupMetadataValue,
        /// A member of a streams group.
        StreamsGroupMemberMetadata: StreamsGroupMemberMetadataKey => StreamsGroupMemberMetadataValue,
        /// The epoch of a streams group's assignment.
        StreamsGroupTargetAssignmentMetadata: StreamsGroupTargetAssignmentMetadataKey => StreamsGroupTargetAssignmentMetadataValue,
        /// Which tasks a member of a streams group is to have.
        StreamsGroupTargetAssignmentMember: StreamsGroupTargetAssignmentMemberKey => StreamsGroupTargetAssignmentMemberValue,
        /// Which tasks a member of a streams group has now.
        StreamsGroupCurrentMemberAssignment: StreamsGroupCurrentMemberAssignmentKey => StreamsGroupCurrentMemberAssignmentValue,
        /// The topology that the members of a streams group run.
        StreamsGroupTopology: StreamsGroupTopologyKey => StreamsGroupTopologyValue,
    }
}
