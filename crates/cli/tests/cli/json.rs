//! The JSON that programs rely on, against `docs/command-line.md`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::node::{Node, OTTLA, Place, run};

/// Every name of a field, at any depth. What is named by its user, a setting for instance, is no field.
fn fields(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| fields(item, found)),
        Value::Object(members) => {
            for (name, member) in members {
                found.insert(name.clone());
                if !["configs", "decoded_key", "decoded_value"].contains(&name.as_str()) {
                    fields(member, found);
                }
            }
        }
        _ => {}
    }
}

/// What the page says about a command or a kind.
fn row<'a>(page: &'a str, name: &str) -> &'a str {
    let mut rows = page.lines().filter(|line| line.starts_with('|'));
    let found =
        rows.find(|line| line.split('|').nth(1).is_some_and(|cell| cell.contains(&format!("`{name}`"))));
    found.unwrap_or_else(|| panic!("`{name}` is not in docs/command-line.md"))
}

fn check(page: &str, name: &str, text: &str) {
    let row = row(page, name);
    let mut found = BTreeSet::new();
    for document in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        fields(&document.unwrap(), &mut found);
    }
    assert!(!found.is_empty(), "{name} wrote nothing: {text}");
    // Partitions are named by their number.
    for field in found.iter().filter(|field| field.parse::<i32>().is_err()) {
        assert!(
            row.contains(&format!("`{field}`")),
            "{name} writes `{field}`, which is not in its row:\n{row}"
        );
    }
}

/// Uses everything once, and says what each command wrote.
fn answers(node: &Node) -> Vec<(&'static str, String)> {
    let ask = |arguments: &str, input: &str| node.ottla(&format!("{arguments} --output json"), input);
    let mut answers = vec![
        ("topic create", ask("topic create t --partitions 1 --config retention.ms=99999999", "")),
        ("topic list", ask("topic list", "")),
        ("topic describe", ask("topic describe t", "")),
        ("topic alter", ask("topic alter t --partitions 2", "")),
        ("produce", ask("produce t -K : -H a=b", "a:1\nb:2\n")),
        ("consume", ask("consume t -b -e", "")),
    ];
    node.ottla("consume t --group g -b --count 1", "");
    answers.extend([
        ("group list", ask("group list", "")),
        ("group describe", ask("group describe", "")),
        ("group reset-offsets", ask("group reset-offsets g --topic t --to earliest", "")),
        ("group delete-offsets", ask("group delete-offsets g --topic t", "")),
        ("group delete", ask("group delete g", "")),
        ("config describe", ask("config describe topic t --all --docs", "")),
        ("config set", ask("config set topic t retention.ms=88888888", "")),
        ("unset", ask("config unset topic t retention.ms", "")),
        ("cluster describe", ask("cluster describe", "")),
        ("cluster api-versions", ask("cluster api-versions", "")),
        ("cluster features", ask("cluster features", "")),
        ("cluster log-dirs", ask("cluster log-dirs", "")),
        ("cluster quorum", ask("cluster quorum", "")),
    ]);
    answers
}

#[test]
fn every_field_that_programs_get_is_documented() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/command-line.md");
    let page = fs::read_to_string(page).unwrap();
    let place = Place::new();
    let node = place.start(None, &[]);
    for (name, answer) in answers(&node) {
        check(&page, name, &answer);
    }
    node.ottla("topic create gone", "");
    check(&page, "topic delete", &node.ottla("topic delete gone --output json", ""));
    node.stop();
    let log = |action: &str| {
        let ran = run(Command::new(OTTLA).args(action.split(' ')).arg(place.data()), "");
        assert_eq!(ran.code, Some(0), "{action}: {}", ran.stderr);
        ran.stdout
    };
    check(&page, "log verify", &log("log verify --output json"));
    for line in log("log dump --records --output json").lines() {
        let kind = serde_json::from_str::<Value>(line).unwrap()["kind"].as_str().unwrap().to_owned();
        let without_kind = line.replacen(&format!("\"kind\":\"{kind}\","), "", 1);
        check(&page, &kind, &without_kind);
    }
}
