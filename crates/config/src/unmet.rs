//! What somebody asked for that does not exist yet: an error where going on would be less safe, else a warning.

use std::collections::BTreeMap;

use crate::error::Problem;
use crate::key::{self, Key};
use crate::node::{NodeConfig, SecurityProtocol};
use crate::setting::{Setting, Status};
use crate::values::{GivenValue, Values};

/// Judges everything that was given and is not what would hold anyway.
pub(crate) fn judge(
    values: &Values,
    node: &NodeConfig,
    problems: &mut Vec<Problem>,
    warnings: &mut Vec<String>,
) {
    judge_settings(values, problems, warnings);
    judge_listeners(values, node, problems);
    judge_quorum(values, node, problems);
    if node.storage.log_dirs.len() > 1 {
        let key = if values.is_given("log.dirs") { "log.dirs" } else { "log.dir" };
        let text = "several log directories do not exist yet, and the data in all but the first would be out of \
                    reach; name one";
        problems.push(values.problem(key, text));
    }
}

fn judge_settings(values: &Values, problems: &mut Vec<Problem>, warnings: &mut Vec<String>) {
    let mut missing: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (key, given) in values.given() {
        let setting = match key::look_up(key) {
            Key::Plain(setting) => setting,
            Key::Listener { name, setting } => {
                judge_listener_key(key, name, setting, given, warnings, &mut missing);
                continue;
            }
            Key::RemotePlugin => {
                missing.entry("remote storage").or_default().push(place(key, given));
                continue;
            }
            Key::Unknown => continue,
        };
        if setting.default_value().as_ref() == Some(&given.value) {
            continue;
        }
        match setting.status {
            Status::Active => {}
            Status::Moot(reason) => warnings.push(format!("{} has no effect: {reason}", place(key, given))),
            Status::NotYet(function) => missing.entry(function).or_default().push(place(key, given)),
            Status::Refused(function) => problems.push(values.problem(key, refusal(setting, function))),
        }
    }
    if values.list("log.cleanup.policy").iter().any(|policy| policy == "compact") {
        missing.entry("log compaction").or_default().push("log.cleanup.policy=compact".to_owned());
    }
    for (function, keys) in missing {
        warnings.push(format!("not there yet: {function}; without effect: {}", keys.join(", ")));
    }
}

fn judge_listener_key(
    key: &str,
    name: &str,
    setting: &'static Setting,
    given: &GivenValue,
    warnings: &mut Vec<String>,
    missing: &mut BTreeMap<&'static str, Vec<String>>,
) {
    match setting.status {
        Status::NotYet(function) | Status::Refused(function) => {
            missing.entry(function).or_default().push(place(key, given));
        }
        Status::Moot(reason) => warnings.push(format!("{} has no effect: {reason}", place(key, given))),
        Status::Active if matches!(setting.key, "max.connections" | "max.connection.creation.rate") => {}
        Status::Active => {
            let text = format!("{} holds for all listeners, not for {name} alone", setting.key);
            warnings.push(format!("{} has no effect: {text}", place(key, given)));
        }
    }
}

fn place(key: &str, given: &GivenValue) -> String {
    format!("{key} ({})", given.source)
}

fn refusal(setting: &Setting, function: &str) -> String {
    let default = setting.default_value().map(|value| value.to_string()).filter(|text| !text.is_empty());
    let way_out = match default {
        Some(default) => format!("remove it or set it to {default}"),
        None => "remove it".to_owned(),
    };
    format!("Ottla does not have {function} yet and will not start as if it had; {way_out} to go without")
}

fn judge_listeners(values: &Values, node: &NodeConfig, problems: &mut Vec<Problem>) {
    for listener in &node.listeners.all {
        if listener.protocol != SecurityProtocol::Plaintext {
            let text = format!(
                "{} is to speak {}, which Ottla does not have yet; a plain listener in its place would be unprotected. \
                 Make it PLAINTEXT only if the network around it is trusted",
                listener.name, listener.protocol
            );
            problems.push(values.problem("listeners", text));
        }
    }
}

/// A node that is alone must not take itself for the cluster that it was meant to be part of.
fn judge_quorum(values: &Values, node: &NodeConfig, problems: &mut Vec<Problem>) {
    const ALONE: &str = "clusters of several nodes do not exist yet";
    if !(node.roles.is_broker && node.roles.is_controller) {
        let text = format!("{ALONE}, so a node must be both broker and controller");
        problems.push(values.problem("process.roles", text));
    }
    if node.quorum.voters.iter().any(|voter| voter.id != node.node_id) {
        let text = format!("{ALONE}; name this node alone, or remove it");
        problems.push(values.problem("controller.quorum.voters", text));
    }
    let own_ports: Vec<u16> = node.listeners.controller().map(|listener| listener.bind.port).collect();
    // Port 0 becomes known only when it is bound.
    let is_own = |port: u16| own_ports.contains(&port) || own_ports.contains(&0);
    if node.quorum.bootstrap.len() > 1 || node.quorum.bootstrap.iter().any(|address| !is_own(address.port)) {
        let text = format!("{ALONE}; name this node's own controller listener, or remove it");
        problems.push(values.problem("controller.quorum.bootstrap.servers", text));
    }
}
