//! Where two JSON values differ.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::error::{Error, Result};

/// Fails with the first place where `found` is not as `expected`.
pub(crate) fn same(expected: &Value, found: &Value) -> Result<()> {
    difference("", expected, found).map_or(Ok(()), |difference| Err(Error::Found(difference)))
}

fn difference(place: &str, expected: &Value, found: &Value) -> Option<String> {
    match (expected, found) {
        (Value::Object(left), Value::Object(right)) => {
            let keys: BTreeSet<_> = left.keys().chain(right.keys()).collect();
            keys.into_iter().find_map(|key| {
                let missing = Value::Null;
                let (left, right) = (left.get(key).unwrap_or(&missing), right.get(key).unwrap_or(&missing));
                difference(&format!("{place}/{key}"), left, right)
            })
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => left
            .iter()
            .zip(right)
            .enumerate()
            .find_map(|(index, (left, right))| difference(&format!("{place}/{index}"), left, right)),
        _ if expected == found => None,
        _ => Some(format!("{place}: {expected} was expected, {found} came")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_difference_is_named_with_its_place() {
        let state = |end: u64| json!({"topics": {"a": {"partitions": [{"end": 1}, {"end": end}]}}});
        assert_eq!(difference("", &state(2), &state(2)), None);
        assert_eq!(
            difference("", &state(2), &state(3)).unwrap(),
            "/topics/a/partitions/1/end: 2 was expected, 3 came"
        );
        assert!(difference("", &json!({}), &json!({"a": 1})).is_some());
    }
}
