//! Command lines that are accepted, and those that are not.

use clap::CommandFactory;
use clap::error::ErrorKind;

use super::*;

fn parse(line: &str) -> Result<Arguments, ErrorKind> {
    Arguments::try_parse_from(line.split_whitespace()).map_err(|error| error.kind())
}

#[test]
fn the_arguments_agree_with_each_other() {
    Arguments::command().debug_assert();
}

#[test]
fn what_the_help_shows_as_examples_is_accepted() {
    fn examples(command: &clap::Command, found: &mut Vec<String>) {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let lines = help.lines().filter_map(|line| line.find("ottla ").map(|at| line[at..].to_owned()));
        found.extend(lines);
        command.get_subcommands().for_each(|command| examples(command, found));
    }
    let mut found = Vec::new();
    examples(&Arguments::command(), &mut found);
    assert!(found.len() > 15, "{found:?}");
    for line in found {
        let line = line.split(['<', '|']).next().unwrap_or_default().replace("''", "x");
        assert!(parse(&line).is_ok(), "{line}: {:?}", parse(&line).err());
    }
}

#[test]
fn where_the_cluster_is_may_be_said_anywhere() {
    for line in [
        "ottla --version",
        "ottla topic --bootstrap a:1 list",
        "ottla topic list --bootstrap a:1,b:2 --output json",
        "ottla group describe g --call-timeout 5s",
    ] {
        let kind = parse(line).err();
        assert!(kind.is_none() || kind == Some(ErrorKind::DisplayVersion), "{line}: {kind:?}");
    }
}

#[test]
fn contradictions_are_usage_errors() {
    for (line, expected) in [
        ("ottla topic create", ErrorKind::MissingRequiredArgument),
        ("ottla topic create t --partitions 0", ErrorKind::ValueValidation),
        ("ottla topic create t --config novalue", ErrorKind::ValueValidation),
        ("ottla consume t --from-beginning --offset 5", ErrorKind::ArgumentConflict),
        ("ottla consume t --group g --partition 1", ErrorKind::ArgumentConflict),
        ("ottla consume t --offset yesterday", ErrorKind::ValueValidation),
        ("ottla consume t --timeout soon", ErrorKind::ValueValidation),
        ("ottla produce t --acks some", ErrorKind::InvalidValue),
        ("ottla group reset-offsets g --topic t", ErrorKind::MissingRequiredArgument),
        ("ottla group reset-offsets g --to latest", ErrorKind::MissingRequiredArgument),
        ("ottla group reset-offsets g --topic t --to latest --shift 1", ErrorKind::ArgumentConflict),
        ("ottla config set topic t", ErrorKind::MissingRequiredArgument),
        ("ottla frobnicate", ErrorKind::InvalidSubcommand),
    ] {
        assert_eq!(parse(line).err(), Some(expected), "{line}");
    }
}
