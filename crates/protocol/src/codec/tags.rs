//! Tagged fields (KIP-482): those that a version defines, and those that only the sender knew.

use bytes::Bytes;

use super::Field;

/// A tagged field that this version of the message does not define.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownTag {
    /// Its number.
    pub tag: u32,
    /// Its value, undecoded.
    pub value: Bytes,
}

/// The tagged fields of a struct that nobody here knows. They are kept, so that they go out as they came in.
/// Nearly always there are none, which takes no memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnknownTags(Option<Box<List>>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct List(Vec<UnknownTag>);

impl UnknownTags {
    /// No unknown tags.
    pub const NONE: Self = Self(None);

    /// All of them, in the order in which they were sent: the lowest tag first, if the sender kept to the rules.
    #[must_use]
    pub fn as_slice(&self) -> &[UnknownTag] {
        self.0.as_ref().map_or(&[], |list| &list.0)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }

    /// Adds a field. Tags go up.
    pub fn push(&mut self, tag: u32, value: Bytes) {
        let list = &mut self.0.get_or_insert_default().0;
        if list.len() == list.capacity() {
            // By default the first element would make room for four, which hardly ever come.
            list.reserve_exact(list.len().max(1));
        }
        list.push(UnknownTag { tag, value });
    }

    /// The memory that one more field takes, at most.
    pub(super) const MEMORY_PER_TAG: usize = 2 * size_of::<UnknownTag>() + size_of::<List>();
}

/// A tagged field on its way out.
pub struct Tagged<'a> {
    /// Its number.
    pub tag: u32,
    /// Its name as Kafka spells it.
    pub name: &'static str,
    /// Its value.
    pub value: &'a dyn Field,
}

/// Where a [`Source`](super::Source) is within the tagged fields of one struct.
#[derive(Debug, Default)]
pub struct TagSection {
    /// Fields still to come.
    pub left: u32,
    /// The field being read.
    pub tag: u32,
    /// Where its value begins.
    pub start: usize,
    /// How long its value is.
    pub len: usize,
    /// The tags that the reader knows.
    pub known: &'static [u32],
}
