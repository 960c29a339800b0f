//! Durations and times as people write them.

use std::time::Duration;

use ottla_types::Timestamp;

const MS_PER_DAY: i64 = 86_400_000;

/// Reads `250ms`, `30s`, `5m`, `2h` or `7d`; a number alone means seconds.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let split = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: u64 =
        number.parse().map_err(|_| "write a number and a unit, such as 500ms, 30s, 5m, 2h or 7d")?;
    let ms = match unit {
        "ms" => 1,
        "" | "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => MS_PER_DAY as u64,
        other => return Err(format!("`{other}` is no unit; use ms, s, m, h or d")),
    };
    number.checked_mul(ms).map(Duration::from_millis).ok_or_else(|| "that is too long".to_owned())
}

/// Reads a time: `2026-01-31`, `2026-01-31T12:30`, `2026-01-31T12:30:05.250Z`, or milliseconds since 1970. All are
/// UTC.
pub(crate) fn parse_time(text: &str) -> Result<Timestamp, String> {
    if let Ok(ms) = text.parse::<i64>() {
        return Ok(Timestamp(ms));
    }
    time_of(text).ok_or_else(|| {
        "write a time in UTC, such as 2026-01-31T12:30:00Z, or milliseconds since 1970".to_owned()
    })
}

fn time_of(text: &str) -> Option<Timestamp> {
    let (date, time) = match text.split_once(['T', ' ']) {
        Some((date, time)) => (date, time.strip_suffix('Z').unwrap_or(time)),
        None => (text, "00:00"),
    };
    let mut date = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let mut time = time.split(':');
    let (hour, minute) = (time.next()?.parse::<i64>().ok()?, time.next()?.parse::<i64>().ok()?);
    let seconds: f64 = time.next().map_or(Some(0.0), |text| text.parse().ok())?;
    let is_right = time.next().is_none()
        && (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0.0..60.0).contains(&seconds);
    let ms = ((days_since_epoch(year, month, day) * 24 + hour) * 60 + minute) * 60_000;
    is_right.then(|| Timestamp(ms + (seconds * 1000.0).round() as i64))
}

/// A time as `2026-01-31T12:30:05.250Z`; `-` for none.
pub(crate) fn show(time: Timestamp) -> String {
    if time.0 < 0 {
        return "-".to_owned();
    }
    let (days, ms) = (time.0 / MS_PER_DAY, time.0 % MS_PER_DAY);
    let (mut year, mut rest) = (1970, days);
    loop {
        let length = if is_leap(year) { 366 } else { 365 };
        if rest < length {
            break;
        }
        rest -= length;
        year += 1;
    }
    let mut month = 1;
    while rest >= days_in(year, month) {
        rest -= days_in(year, month);
        month += 1;
    }
    let (hour, minute) = (ms / 3_600_000, ms / 60_000 % 60);
    let (second, ms) = (ms / 1000 % 60, ms % 1000);
    format!("{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z", rest + 1)
}

const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let before = year - 1;
    let leaps = |year: i64| year / 4 - year / 100 + year / 400;
    let years = (year - 1970) * 365 + leaps(before) - leaps(1969);
    years + (1..month).map(|month| days_in(year, month)).sum::<i64>() + day - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        for (text, ms) in [("250ms", 250), ("3", 3000), ("3s", 3000), ("2m", 120_000), ("1h", 3_600_000)] {
            assert_eq!(parse(text), Ok(Duration::from_millis(ms)));
        }
        for text in ["", "s", "3x", "-1s", "99999999999999999999d", "9999999999999999d"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_are_read_as_they_are_shown() {
        for (text, ms) in [
            ("1970-01-01", 0),
            ("2000-02-29T00:00:00Z", 951_782_400_000),
            ("2026-01-31T12:30", 1_769_862_600_000),
            ("2024-12-31 23:59:59.999", 1_735_689_599_999),
            ("1735689599999", 1_735_689_599_999),
        ] {
            assert_eq!(parse_time(text), Ok(Timestamp(ms)), "{text}");
            assert_eq!(parse_time(&show(Timestamp(ms))), Ok(Timestamp(ms)), "{text}");
        }
        assert_eq!(show(Timestamp(1_735_689_599_999)), "2024-12-31T23:59:59.999Z");
        for text in ["yesterday", "2025-02-29", "2026-13-01", "2026-01-01T24:00", "2026-01-01T1", ""] {
            assert!(parse_time(text).is_err(), "{text}");
        }
    }
}
