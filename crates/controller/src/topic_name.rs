//! What may be a topic's name.

/// A topic's name is also a folder's name, with the partition's index behind it.
const LEN_MAX: usize = 249;

/// The log of the cluster's metadata has a folder like a topic's but is none.
pub const METADATA_TOPIC: &str = "__cluster_metadata";

/// Why a text cannot be a topic's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// Nothing.
    #[error("the topic name is empty; give it at least one character")]
    Empty,
    /// A folder's own name or its parent's.
    #[error("the topic name cannot be '.' or '..'")]
    Dots,
    /// Too long for a folder's name.
    #[error("the topic name has {0} characters; at most {LEN_MAX} are allowed")]
    TooLong(usize),
    /// A character that is not allowed.
    #[error(
        "the topic name '{name}' contains {found:?}; only ASCII letters, digits, '.', '_' and '-' are allowed"
    )]
    Character {
        /// The name.
        name: String,
        /// The first such character.
        found: char,
    },
}

/// Checks a topic's name as Kafka does.
pub fn check_topic_name(name: &str) -> Result<(), BadName> {
    if name.is_empty() {
        return Err(BadName::Empty);
    }
    if name == "." || name == ".." {
        return Err(BadName::Dots);
    }
    if name.len() > LEN_MAX {
        return Err(BadName::TooLong(name.chars().count()));
    }
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    match name.chars().find(|&c| !is_allowed(c)) {
        Some(found) => Err(BadName::Character { name: name.to_owned(), found }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_judged_as_kafka_judges_them() {
        for good in ["a", "A-b_c.9", "...", &"x".repeat(249)] {
            assert_eq!(check_topic_name(good), Ok(()), "{good}");
        }
        assert_eq!(check_topic_name(""), Err(BadName::Empty));
        assert_eq!(check_topic_name(".."), Err(BadName::Dots));
        assert_eq!(check_topic_name(&"x".repeat(250)), Err(BadName::TooLong(250)));
        for bad in ["a b", "a/b", "ä", "a\n", "a:b"] {
            assert!(matches!(check_topic_name(bad), Err(BadName::Character { .. })), "{bad}");
        }
    }
}
