//! The README's first five minutes, as somebody spends them who follows it.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::node::{OTTLA, Place, Ran, run};

/// The commands of the README's section, in their order. Those for other programs are run by the interop checks.
fn commands() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let section =
        readme.split("## Your first five minutes").nth(1).and_then(|rest| rest.split("\n## ").next());
    let blocks = section.unwrap().split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap());
    blocks.flat_map(str::lines).filter(|line| line.contains("ottla ")).map(str::to_owned).collect()
}

fn shell(line: &str, folder: &Path, bootstrap: &str) -> Ran {
    let binaries = Path::new(OTTLA).parent().unwrap();
    let path = format!("{}:{}", binaries.display(), std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new("sh");
    command.args(["-ec", line]).current_dir(folder).env("PATH", path).env("OTTLA_BOOTSTRAP", bootstrap);
    run(&mut command, "")
}

#[test]
fn every_command_of_the_readme_does_what_it_says() {
    let place = Place::new();
    let mut node = Some(place.start(None, &[]));
    let address = node.as_ref().map(|node| node.address.clone()).unwrap_or_default();
    let commands = commands();
    assert!(commands.len() > 10, "{commands:#?}");
    let mut said = String::new();
    for line in &commands {
        if line.contains("log verify")
            && let Some(node) = node.take()
        {
            node.stop();
        }
        let ran = shell(line, place.path(), &address);
        assert_eq!(ran.code, Some(0), "{line}: {ran:?}");
        said += &format!("$ {line}\n{}{}", ran.stdout, ran.stderr);
    }
    for expected in [
        "Created topic flights: 3 partitions, 1 replica each.",
        "Wrote 1 record to 1 partition of flights",
        "\t0\tAMS\t{\"to\":\"PRG\"}\n",
        "Group arrivals: Empty",
        "Nothing was changed: this was a dry run.",
        "retention.ms  86400000",
        "without a leader",
        "key \"AMS\" value \"{\\\"to\\\":\\\"PRG\\\"}\"",
        "TOPIC_RECORD",
        "Nothing is wrong.",
        "plain Kafka files now",
    ] {
        assert!(said.contains(expected), "`{expected}` is not in:\n{said}");
    }
}
