//! What commands print: tables for people, JSON for programs.

mod progress;
mod table;

use std::io::{self, Write};

use clap::ValueEnum;
use serde::Serialize;

pub(crate) use self::progress::Progress;
pub(crate) use self::table::Table;
use crate::failure::Outcome;

/// How a command's answer looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Tables and sentences
    Table,
    /// One JSON document
    Json,
}

/// Prints the same answer in either form. JSON keys do not change from version to version; tables may.
pub(crate) fn print<T: Serialize + ?Sized>(
    format: Format,
    json: &T,
    table: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Outcome {
    let mut out = io::stdout().lock();
    match format {
        Format::Table => table(&mut out)?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, json)?;
            writeln!(out)?;
        }
    }
    out.flush()?;
    Ok(())
}

/// Prints several answers: for people one below the other with an empty line between them, or that there is `none`.
pub(crate) fn print_each<T: Serialize>(
    format: Format,
    answers: &[T],
    none: &str,
    write: impl Fn(&T, &mut dyn Write) -> io::Result<()>,
) -> Outcome {
    print(format, answers, |out| {
        if answers.is_empty() {
            writeln!(out, "{none}")?;
        }
        for (index, answer) in answers.iter().enumerate() {
            if index > 0 {
                writeln!(out)?;
            }
            write(answer, out)?;
        }
        Ok(())
    })
}

/// Says something to the person at the terminal, beside the answer. Whoever has closed standard error does not want to
/// know.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// A number of bytes as people read it.
pub(crate) fn bytes(count: i64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let mut value = count as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// What there may be none of.
pub(crate) fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// Numbers in a row.
pub(crate) fn list<T: ToString>(values: impl IntoIterator<Item = T>) -> String {
    let texts: Vec<_> = values.into_iter().map(|value| value.to_string()).collect();
    if texts.is_empty() { "-".to_owned() } else { texts.join(",") }
}

/// A count and its noun.
pub(crate) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        for (count, text) in [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (5 << 30, "5.0 GiB")] {
            assert_eq!(bytes(count), text);
        }
    }
}
