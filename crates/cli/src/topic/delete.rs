//! `ottla topic delete`.

use clap::Args;
use ottla_client::Error;
use serde::Serialize;

use crate::failure::{Failure, Outcome};
use crate::output;
use crate::remote::Remote;

/// Delete topics with all their records.
#[derive(Args)]
pub(super) struct Delete {
    /// Which topics
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// Succeed also for topics that are not there
    #[arg(long)]
    if_exists: bool,
}

#[derive(Serialize)]
struct Answer {
    topic: String,
    deleted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Delete {
    pub(super) async fn run(self, remote: &Remote) -> Outcome {
        let admin = remote.admin().await?;
        let names: Vec<_> = self.names.iter().map(String::as_str).collect();
        let results = admin.delete_topics(&names).await?;
        let mut failure = None;
        let mut answers = Vec::new();
        for (name, result) in names.iter().zip(results) {
            let is_gone = matches!(result, Err(Error::UnknownTopic(_))) && self.if_exists;
            answers.push(Answer {
                topic: (*name).to_owned(),
                deleted: result.is_ok(),
                error: result.as_ref().err().filter(|_| !is_gone).map(ToString::to_string),
            });
            failure = failure.or_else(|| result.err().filter(|_| !is_gone));
        }
        output::print(remote.output, &answers, |out| {
            for one in &answers {
                match (one.deleted, &one.error) {
                    (true, _) => writeln!(out, "Deleted topic {}.", one.topic)?,
                    (false, None) => writeln!(out, "There is no topic {}.", one.topic)?,
                    // It is reported below.
                    (false, Some(_)) => {}
                }
            }
            Ok(())
        })?;
        failure.map_or(Ok(()), |error| Err(Failure::Client(error)))
    }
}
