//! What our scripts in other languages say about their checks.
//!
//! A script prints lines that begin with `::`: `::ok SECONDS NAME`, `::failed SECONDS NAME: WHY`, `::progress TEXT`,
//! `::note TEXT`, `::result JSON` and, as its last words, `::done`. Everything else is talk, kept in the log.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::error::{Error, Result};
use crate::process;
use crate::report::Report;

/// A script that is silent for longer hangs.
const SILENCE_MAX: Duration = Duration::from_secs(180);

#[derive(Debug, PartialEq)]
enum Line<'a> {
    Passed(Duration, &'a str),
    Failed(Duration, &'a str),
    Progress(&'a str),
    Note(&'a str),
    Result(&'a str),
    Done,
    Talk,
}

/// Runs a script, passes on what it says about its checks, and returns its `::result`, if it printed one.
pub(crate) fn run(report: &mut Report, command: &mut Command, log: &Path) -> Result<Option<Value>> {
    let mut done = false;
    let mut result = None;
    let mut current = String::from("its start");
    let outcome = process::stream(command, SILENCE_MAX, log, |line| match parse(line) {
        Line::Passed(took, name) => report.passed(name, took),
        Line::Failed(took, what) => {
            let (name, why) = what.split_once(": ").unwrap_or((what, "it gave no reason"));
            report.wrong(name, took, &Error::found(why));
        }
        Line::Progress(text) => {
            text.clone_into(&mut current);
            report.progress(text);
        }
        Line::Note(text) => report.note(text),
        Line::Result(text) => result = serde_json::from_str(text).ok(),
        Line::Done => done = true,
        Line::Talk => {}
    });
    outcome.map_err(|error| Error::found(format!("during {current}: {error}")))?;
    if !done {
        return Err(process::failed(command, &format!("ended early, during {current}")));
    }
    Ok(result)
}

fn parse(line: &str) -> Line<'_> {
    let Some(line) = line.strip_prefix("::") else { return Line::Talk };
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    match word {
        "ok" => timed(rest).map_or(Line::Talk, |(took, name)| Line::Passed(took, name)),
        "failed" => timed(rest).map_or(Line::Talk, |(took, name)| Line::Failed(took, name)),
        "progress" => Line::Progress(rest),
        "note" => Line::Note(rest),
        "result" => Line::Result(rest),
        "done" => Line::Done,
        _ => Line::Talk,
    }
}

fn timed(text: &str) -> Option<(Duration, &str)> {
    let (seconds, rest) = text.split_once(' ')?;
    let took = Duration::try_from_secs_f64(seconds.parse().ok()?).ok()?;
    Some((took, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_protocol_are_understood_and_all_else_is_talk() {
        let half = Duration::from_millis(500);
        assert_eq!(parse("::ok 0.5 a name"), Line::Passed(half, "a name"));
        assert_eq!(parse("::failed 0.5 a name: why"), Line::Failed(half, "a name: why"));
        assert_eq!(parse("::progress 3 of 4"), Line::Progress("3 of 4"));
        assert_eq!(parse("::result {}"), Line::Result("{}"));
        assert_eq!(parse("::done"), Line::Done);
        for talk in ["ok 0.5 a name", "::ok soon a name", "::ok -1 a name", "::ok 0.5", "::what", ""] {
            assert_eq!(parse(talk), Line::Talk, "{talk}");
        }
    }

    fn check(script: &str) -> (Result<Option<Value>>, usize) {
        let folder = tempfile::tempdir().unwrap();
        let mut report = Report::to_stderr(false);
        let mut command = Command::new("sh");
        let outcome = run(&mut report, command.args(["-c", script]), &folder.path().join("log"));
        (outcome, report.failures())
    }

    #[test]
    fn a_script_that_ends_early_fails_even_if_it_says_nothing_is_wrong() {
        assert!(check("echo '::ok 0 first'").0.is_err());
        assert!(check("echo '::done'; exit 1").0.is_err());
        assert_eq!(check("echo '::result 7'; echo ::done").0.unwrap(), Some(Value::from(7)));
    }

    #[test]
    fn a_failed_check_of_a_script_is_a_failed_check() {
        assert_eq!(check("echo '::failed 0 name: why'; echo ::done").1, 1);
    }
}
