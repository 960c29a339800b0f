//! ISO-8601 durations, as Java's `Duration.parse` reads them.

/// Whether the text is a duration such as `P1DT2H`, and not a negative one.
pub(crate) fn is_duration(text: &str) -> bool {
    nanoseconds(text).is_some_and(|length| length >= 0)
}

const SECOND: i128 = 1_000_000_000;

/// The length of a duration: `[-+]P[nD][T[nH][nM][n.nS]]`, letters in either case, a sign before any number.
fn nanoseconds(text: &str) -> Option<i128> {
    let text = text.to_ascii_uppercase();
    let (is_negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    let text = text.strip_prefix('P')?;
    let (days, time) = match text.split_once('T') {
        Some((_, "")) => return None,
        Some((days, time)) => (days, time),
        None => (text, ""),
    };
    if days.is_empty() && time.is_empty() {
        return None;
    }
    let mut rest = days;
    let mut length = whole(&mut rest, 'D')? * (24 * 3600 * SECOND);
    if !rest.is_empty() {
        return None;
    }
    rest = time;
    length += whole(&mut rest, 'H')? * (3600 * SECOND);
    length += whole(&mut rest, 'M')? * (60 * SECOND);
    length += seconds(rest)?;
    Some(if is_negative { -length } else { length })
}

/// Takes a whole number and its unit from the front; nothing there is zero of it.
fn whole(rest: &mut &str, unit: char) -> Option<i128> {
    let Some((number, after)) = rest.split_once(unit) else { return Some(0) };
    *rest = after;
    number.parse::<i64>().ok().map(i128::from)
}

fn seconds(text: &str) -> Option<i128> {
    if text.is_empty() {
        return Some(0);
    }
    let number = text.strip_suffix('S')?;
    let (whole, fraction) = number.split_once(['.', ',']).unwrap_or((number, ""));
    if fraction.len() > 9 || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let whole_seconds = i128::from(whole.parse::<i64>().ok()?) * SECOND;
    let part: i128 = format!("{fraction:0<9}").parse().ok()?;
    Some(if whole.starts_with('-') { whole_seconds - part } else { whole_seconds + part })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_java_reads_them() {
        for (text, length) in [
            ("PT1H", Some(3600 * SECOND)),
            ("p1dt2h3m4.5s", Some((86_400 + 7_200 + 180) * SECOND + 4_500_000_000)),
            ("PT-0.5S", Some(-500_000_000)),
            ("-PT1M", Some(-60 * SECOND)),
            ("P2D", Some(2 * 86_400 * SECOND)),
            ("PT1S", Some(SECOND)),
            ("P", None),
            ("PT", None),
            ("1H", None),
            ("PT1", None),
            ("PT1M1H", None),
            ("P1H", None),
            ("PTS", None),
            ("PT1.0000000001S", None),
        ] {
            assert_eq!(nanoseconds(text), length, "{text}");
        }
        assert!(is_duration("PT0S") && !is_duration("PT-1S"));
    }
}
