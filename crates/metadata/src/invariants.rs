//! What holds of every image that a controller made. Each function states one property and names the first
//! place where it fails; tests call them after every step.

use std::sync::Arc;

use ottla_types::{BrokerId, PartitionIndex};

use crate::image::MetadataImage;
use crate::topics::{Partition, Topic};

/// Every property of this module.
pub fn check(image: &MetadataImage) -> Result<(), String> {
    names_and_ids_agree(image)?;
    partitions_are_numbered_without_gaps(image)?;
    a_leader_is_in_the_isr(image)?;
    the_isr_is_part_of_the_replicas(image)?;
    isr_and_elr_are_disjoint(image)?;
    an_inactive_broker_leads_nothing(image)?;
    every_replica_has_a_directory(image)?;
    indexes_tell_the_truth(image)?;
    configs_belong_to_topics_that_exist(image)
}

/// The map from names to ids and the one from ids to topics say the same.
pub fn names_and_ids_agree(image: &MetadataImage) -> Result<(), String> {
    let topics = image.topics();
    if topics.name_map().len() != topics.id_map().len() {
        return Err(format!("{} names but {} ids", topics.name_map().len(), topics.id_map().len()));
    }
    for (name, id) in topics.name_map() {
        match topics.by_id(*id) {
            Some(topic) if topic.name == *name && topic.id == *id => {}
            other => return Err(format!("name {name} leads to {id}, which is {other:?}")),
        }
    }
    Ok(())
}

/// A topic with n partitions has the partitions 0 to n-1.
pub fn partitions_are_numbered_without_gaps(image: &MetadataImage) -> Result<(), String> {
    for topic in image.topics().iter() {
        for (expected, &index) in topic.partitions.keys().enumerate() {
            if usize::try_from(index.0) != Ok(expected) {
                return Err(format!("{}: partition {index} stands where {expected} should", topic.name));
            }
        }
    }
    Ok(())
}

/// A partition has a leader in its ISR, or none.
pub fn a_leader_is_in_the_isr(image: &MetadataImage) -> Result<(), String> {
    each_partition(image, |partition| {
        (partition.leader == BrokerId::NONE || partition.isr.contains(&partition.leader)).then_some(())
    })
}

/// ISR and ELR name replicas, each once.
pub fn the_isr_is_part_of_the_replicas(image: &MetadataImage) -> Result<(), String> {
    each_partition(image, |partition| {
        let known = |ids: &[BrokerId]| ids.iter().all(|id| partition.replicas.contains(id)) && is_set(ids);
        (known(&partition.isr) && known(&partition.elr) && is_set(&partition.replicas)).then_some(())
    })
}

/// A replica is in the ISR or in the ELR, not in both.
pub fn isr_and_elr_are_disjoint(image: &MetadataImage) -> Result<(), String> {
    each_partition(image, |partition| {
        (!partition.elr.iter().any(|id| partition.isr.contains(id))).then_some(())
    })
}

/// A broker that is fenced, or not registered, leads nothing.
pub fn an_inactive_broker_leads_nothing(image: &MetadataImage) -> Result<(), String> {
    each_partition(image, |partition| {
        let is_alive = image.broker(partition.leader).is_some_and(|broker| !broker.is_fenced);
        (partition.leader == BrokerId::NONE || is_alive).then_some(())
    })
}

/// There is a directory id for each replica.
pub fn every_replica_has_a_directory(image: &MetadataImage) -> Result<(), String> {
    each_partition(image, |partition| (partition.directories.len() == partition.replicas.len()).then_some(()))
}

/// The index of replicas, the set of partitions without a leader and the count are what a walk finds.
pub fn indexes_tell_the_truth(image: &MetadataImage) -> Result<(), String> {
    let mut count = 0;
    let mut replicas = 0;
    let mut leaderless = Vec::new();
    for topic in image.topics().iter_by_id() {
        for (&index, partition) in &topic.partitions {
            count += 1;
            replicas += partition.replicas.len();
            if partition.leader == BrokerId::NONE {
                leaderless.push((topic.id, index));
            }
            for &replica in &partition.replicas {
                if !image.topics().replica_index().contains(&(replica, topic.id, index)) {
                    return Err(format!("{}-{index}: replica {replica} is not indexed", topic.name));
                }
            }
        }
    }
    let topics = image.topics();
    if topics.partition_count() != count || topics.replica_index().len() != replicas {
        return Err(format!("{count} partitions with {replicas} replicas, but the indexes say otherwise"));
    }
    if topics.leaderless().ne(leaderless.iter().copied()) {
        return Err(format!("without a leader are {leaderless:?}, but the index says otherwise"));
    }
    Ok(())
}

/// A topic's settings go with it.
pub fn configs_belong_to_topics_that_exist(image: &MetadataImage) -> Result<(), String> {
    for (resource, values) in image.configs().iter() {
        let is_topic = resource.kind == crate::ResourceKind::TOPIC;
        if values.is_empty() || is_topic && image.topics().by_name(&resource.name).is_none() {
            return Err(format!("{resource:?} has settings but is not there"));
        }
    }
    Ok(())
}

fn each_partition(image: &MetadataImage, holds: impl Fn(&Partition) -> Option<()>) -> Result<(), String> {
    let describe = |topic: &Arc<Topic>, index: &PartitionIndex, partition: &Arc<Partition>| {
        format!("{}-{index}: {partition:?}", topic.name)
    };
    for topic in image.topics().iter() {
        for (index, partition) in &topic.partitions {
            holds(partition).ok_or_else(|| describe(topic, index, partition))?;
        }
    }
    Ok(())
}

fn is_set(ids: &[BrokerId]) -> bool {
    ids.iter().enumerate().all(|(at, id)| !ids[..at].contains(id))
}
