//! The shape that Kafka's checkpoint files share: a version, a count, and one entry a line.

use std::fmt::Write as _;
use std::path::Path;

use crate::StorageError;

const VERSION: &str = "0";

/// The text of a checkpoint with these entries.
pub(super) fn format<T>(entries: &[T], mut entry: impl FnMut(&mut String, &T)) -> String {
    let mut text = String::with_capacity(16 + entries.len() * 24);
    let _ = write!(text, "{VERSION}\n{}\n", entries.len());
    for each in entries {
        entry(&mut text, each);
        text.push('\n');
    }
    text
}

/// The entries of a checkpoint. A file that is empty, or ends after its version, has none.
pub(super) fn parse<T>(
    path: &Path,
    text: &str,
    mut entry: impl FnMut(&[&str]) -> Option<T>,
) -> Result<Vec<T>, StorageError> {
    let corrupt = |problem: String| StorageError::corrupt(path, problem);
    let mut lines = text.lines();
    let Some(version) = lines.next() else { return Ok(Vec::new()) };
    if version != VERSION {
        return Err(corrupt(format!("version {version:?} is unknown, {VERSION} is expected")));
    }
    let Some(count) = lines.next() else { return Ok(Vec::new()) };
    let count: usize = count.parse().map_err(|_| corrupt(format!("{count:?} is not a count of entries")))?;
    let mut entries = Vec::new();
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        entries.push(entry(&words).ok_or_else(|| corrupt(format!("the line {line:?} makes no sense")))?);
    }
    if entries.len() != count {
        return Err(corrupt(format!("{count} entries are announced, {} are there", entries.len())));
    }
    Ok(entries)
}
