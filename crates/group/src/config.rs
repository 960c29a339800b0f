//! The settings that the coordinator obeys, under the names that Kafka gives them.

/// What an operator can set. The shell hands it in, and again whenever it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupConfig {
    /// `group.min.session.timeout.ms`: the shortest session timeout that a member may ask for.
    pub session_timeout_min_ms: i32,
    /// `group.max.session.timeout.ms`: the longest session timeout that a member may ask for.
    pub session_timeout_max_ms: i32,
    /// `group.initial.rebalance.delay.ms`: how long an empty group waits for more members to join.
    pub initial_rebalance_delay_ms: i32,
    /// `group.max.size`: how many members a group may have.
    pub size_max: usize,
    /// How many members of one group may have been given a member id without having joined with it yet. Not a
    /// setting of Kafka's, where nothing but the session timeout bounds them.
    pub pending_members_max: usize,
    /// How long the first join of a member may stay parked. The member does not know its id before the answer,
    /// so it cannot send heartbeats, and a client that is gone must not hold its place forever.
    pub new_member_join_timeout_ms: i32,
    /// `offsets.retention.minutes`, in milliseconds.
    pub offsets_retention_ms: i64,
    /// `offset.metadata.max.bytes`: how long the text beside a committed offset may be. Counted in UTF-16 units,
    /// as Kafka counts it.
    pub offset_metadata_max: usize,
    /// The most that the records of one decision may take in the log: `max.message.bytes` of the offsets topic.
    /// What would be larger is refused before anything is logged.
    pub records_bytes_max: usize,
    /// `group.consumer.session.timeout.ms`: how long the members of a group of another type count as alive
    /// after loading. Nobody serves such groups here, so after this time their members are gone.
    pub foreign_session_timeout_ms: i32,
}

impl Default for GroupConfig {
    /// Kafka's defaults.
    fn default() -> Self {
        Self {
            session_timeout_min_ms: 6_000,
            session_timeout_max_ms: 1_800_000,
            initial_rebalance_delay_ms: 3_000,
            size_max: i32::MAX as usize,
            pending_members_max: 10_000,
            new_member_join_timeout_ms: 300_000,
            offsets_retention_ms: 7 * 24 * 3_600 * 1_000,
            offset_metadata_max: 4_096,
            records_bytes_max: 1_048_588,
            foreign_session_timeout_ms: 45_000,
        }
    }
}
