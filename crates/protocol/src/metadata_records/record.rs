//! A record of the metadata log, whatever it says.

use super::{
    AbortTransactionRecord, AccessControlEntryRecord, BeginTransactionRecord, BrokerRegistrationChangeRecord,
    ClearElrRecord, ClientQuotaRecord, ConfigRecord, DelegationTokenRecord, EndTransactionRecord,
    FeatureLevelRecord, FenceBrokerRecord, NoOpRecord, PartitionChangeRecord, PartitionRecord,
    ProducerIdsRecord, RegisterBrokerRecord, RegisterControllerRecord, RemoveAccessControlEntryRecord,
    RemoveDelegationTokenRecord, RemoveTopicRecord, RemoveUserScramCredentialRecord, TopicRecord,
    UnfenceBrokerRecord, UnregisterBrokerRecord, UserScramCredentialRecord, ZkMigrationStateRecord,
};
use crate::framed_record::framed_records;

framed_records! {
    /// A record of the metadata log.
    MetadataRecord {
        RegisterBroker(RegisterBrokerRecord),
        UnregisterBroker(UnregisterBrokerRecord),
        Topic(TopicRecord),
        Partition(PartitionRecord),
        Config(ConfigRecord),
        PartitionChange(PartitionChangeRecord),
        FenceBroker(FenceBrokerRecord),
        UnfenceBroker(UnfenceBrokerRecord),
        RemoveTopic(RemoveTopicRecord),
        DelegationToken(DelegationTokenRecord),
        UserScramCredential(UserScramCredentialRecord),
        FeatureLevel(FeatureLevelRecord),
        ClientQuota(ClientQuotaRecord),
        ProducerIds(ProducerIdsRecord),
        BrokerRegistrationChange(BrokerRegistrationChangeRecord),
        AccessControlEntry(AccessControlEntryRecord),
        RemoveAccessControlEntry(RemoveAccessControlEntryRecord),
        NoOp(NoOpRecord),
        ZkMigrationState(ZkMigrationStateRecord),
        RemoveUserScramCredential(RemoveUserScramCredentialRecord),
        BeginTransaction(BeginTransactionRecord),
        EndTransaction(EndTransactionRecord),
        AbortTransaction(AbortTransactionRecord),
        RemoveDelegationToken(RemoveDelegationTokenRecord),
        RegisterController(RegisterControllerRecord),
        ClearElr(ClearElrRecord),
    }
}
