//! `ottla group list`.

use clap::Args;
use serde::Serialize;

use crate::failure::Outcome;
use crate::output::{self, Table};
use crate::remote::Remote;

/// List groups.
#[derive(Args)]
pub(super) struct List {
    /// Only groups in this state, such as Stable or Empty; may be given several times
    #[arg(long, value_name = "STATE")]
    state: Vec<String>,
}

#[derive(Serialize)]
struct Listing {
    group: String,
    #[serde(rename = "type")]
    kind: String,
    state: String,
    protocol: String,
    coordinator: i32,
}

impl List {
    pub(super) async fn run(self, remote: &Remote) -> Outcome {
        let groups = remote.admin().await?.groups().await?;
        let is_wanted = |state: &str| {
            self.state.is_empty() || self.state.iter().any(|one| one.eq_ignore_ascii_case(state))
        };
        let listings: Vec<_> = groups
            .into_values()
            .filter(|group| is_wanted(&group.state))
            .map(|group| Listing {
                group: group.id,
                kind: group.kind,
                state: group.state,
                protocol: group.protocol_type,
                coordinator: group.coordinator.0,
            })
            .collect();
        output::print(remote.output, &listings, |out| {
            let mut table = Table::new(&["GROUP", "TYPE", "STATE", "PROTOCOL", "COORDINATOR"]);
            for one in &listings {
                let texts = [&one.group, &one.kind, &one.state, &one.protocol];
                let [group, kind, state, protocol] = texts.map(|text| shown(text));
                table.row([group, kind, state, protocol, one.coordinator.to_string()]);
            }
            if table.is_empty() { writeln!(out, "No groups.") } else { table.write(out) }
        })
    }
}

fn shown(text: &str) -> String {
    if text.is_empty() { "-".to_owned() } else { text.to_owned() }
}
