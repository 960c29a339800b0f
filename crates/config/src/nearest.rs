//! The name that somebody probably meant.

/// The candidate that takes the fewest single-letter edits to become `name`. `None` if they all take so many that the
/// name is no slip of the pen: more than one, and another for every six letters.
pub(crate) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const NAME_MAX: usize = 128;
    if name.len() > NAME_MAX {
        return None;
    }
    let name: Vec<char> = name.to_ascii_lowercase().chars().collect();
    let with_distance = candidates.map(|candidate| (distance(&name, candidate), candidate));
    let (distance, candidate) = with_distance.min_by_key(|(distance, _)| *distance)?;
    (distance <= 1 + name.len() / 6).then_some(candidate)
}

/// Insertions, deletions, replacements and swaps of neighbors between two names.
fn distance(name: &[char], other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut before = vec![0; other.len() + 1];
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, &letter) in name.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, &other_letter) in other.iter().enumerate() {
            let replaced = last[column] + usize::from(letter != other_letter);
            let mut best = replaced.min(last[column + 1] + 1).min(current[column] + 1);
            let is_swap = row > 0
                && column > 0
                && letter == other[column - 1]
                && name[row - 1] == other_letter
                && letter != other_letter;
            if is_swap {
                best = best.min(before[column - 1] + 1);
            }
            current.push(best);
        }
        before = last;
        last = current;
    }
    last[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_recognized() {
        let known = ["log.dirs", "log.dir", "listeners", "log.retention.ms", "num.partitions"];
        for (typed, meant) in [
            ("log.drs", "log.dirs"),
            ("Listener", "listeners"),
            ("log.retention.sm", "log.retention.ms"),
            ("num.partition", "num.partitions"),
        ] {
            assert_eq!(nearest(typed, known.into_iter()), Some(meant), "{typed}");
        }
        for other in ["zookeeper.connect", "port", "log.message.format.version", "num.network.threads", ""] {
            assert_eq!(nearest(other, known.into_iter()), None, "{other}");
        }
        assert_eq!(nearest(&"x".repeat(1000), known.into_iter()), None);
        assert_eq!(nearest("", std::iter::empty()), None);
    }
}
