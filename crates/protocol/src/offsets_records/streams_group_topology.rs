//! The topology of a streams group (KIP-1071).

use crate::{Fields, Message, Str, UnknownTags};

/// The group.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 23, versions = "0")]
pub struct StreamsGroupTopologyKey {
    pub group_id: Str,
}

/// The topology that its members run.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 23, versions = "0", flexible = "0+")]
pub struct StreamsGroupTopologyValue {
    pub epoch: i32,
    pub subtopologies: Vec<Subtopology>,
    pub unknown_tags: UnknownTags,
}

/// A part of the topology whose tasks are assigned as a whole, and its topics.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct Subtopology {
    pub subtopology_id: Str,
    pub source_topics: Vec<Str>,
    pub source_topic_regex: Vec<Str>,
    pub state_changelog_topics: Vec<TopicInfo>,
    pub repartition_sink_topics: Vec<Str>,
    pub repartition_source_topics: Vec<TopicInfo>,
    pub copartition_groups: Vec<CopartitionGroup>,
    pub unknown_tags: UnknownTags,
}

/// An internal topic: how it is to be created.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicInfo {
    pub name: Str,
    pub partitions: i32,
    pub replication_factor: i16,
    pub topic_configs: Vec<TopicConfig>,
    pub unknown_tags: UnknownTags,
}

/// A setting of such a topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicConfig {
    pub key: Str,
    pub value: Str,
    pub unknown_tags: UnknownTags,
}

/// Topics that must have equally many partitions, by their places in the subtopology's lists.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct CopartitionGroup {
    pub source_topics: Vec<i16>,
    pub source_topic_regex: Vec<i16>,
    pub repartition_source_topics: Vec<i16>,
    pub unknown_tags: UnknownTags,
}
