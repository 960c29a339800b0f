//! `kill -9`, again and again, while clients write and commit; and how soon a node with much data is back.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use crate::chance::Chance;
use crate::companion::Companion;
use crate::error::{Result, ensure};
use crate::install::Python;
use crate::report::Report;
use crate::script;
use crate::stage::Stage;
use crate::target::Node;
use crate::wire::Connection;

const CRASHES_SHORT: usize = 5;
const CRASHES_LONG: usize = 110;

/// What a node has to come back with, and how soon.
const FILLED_BYTES: u64 = 4 << 30;
const BACK_MAX: Duration = Duration::from_secs(2);

const FINISH_MAX: Duration = Duration::from_secs(400);

pub(super) fn run(stage: &mut Stage<'_>) -> Result<()> {
    let python = stage.python()?;
    let crash = Crash { python, log: stage.log(), folder: stage.folder().to_owned() };
    let crashes = if stage.is_long() { CRASHES_LONG } else { CRASHES_SHORT };
    let seed = Chance::fresh_seed();
    let mut node = stage.node(&[("log.segment.bytes", "4194304")])?;
    crash.script(stage, &node, &["create".into()])?;
    let outcome = stage
        .check(&format!("{crashes} crashes while clients write and commit (seed {seed})"), |report| {
            crash.again_and_again(report, &mut node, crashes, seed)
        });
    if let Some(figures) = outcome {
        stage.note(&figures);
        let mut arguments = vec!["verify".to_owned()];
        for ledger in ["a.written", "b.written", "c.committed", "d.committed"] {
            arguments.push(crash.folder.join(ledger).display().to_string());
        }
        let verified = stage
            .check("every acknowledged record is there once, and no committed offset is lost", |report| {
                script::run(report, &mut crash.command(&node, &arguments), &crash.log)
            });
        stage.note(&format!("{}", verified.flatten().unwrap_or_default()));
    }
    stage.check("the node stops cleanly", |_| node.stop());
    drop(node);
    if stage.is_long() { crash.much_data(stage) } else { Ok(()) }
}

struct Crash {
    python: Python,
    log: PathBuf,
    folder: PathBuf,
}

impl Crash {
    fn command(&self, node: &Node, arguments: &[String]) -> std::process::Command {
        let mut command = self.python.script("crash.py");
        command.arg(node.bootstrap()).args(arguments);
        command
    }

    fn script(&self, stage: &mut Stage<'_>, node: &Node, arguments: &[String]) -> Result<()> {
        stage.script(&mut self.command(node, arguments))?;
        Ok(())
    }

    fn companion(&self, node: &Node, command: &str, name: &str, kind: &str) -> Result<Companion> {
        let ledger = self.folder.join(format!("{name}.{kind}")).display().to_string();
        let arguments = [command.to_owned(), name.to_owned(), ledger];
        Companion::start(&mut self.command(node, &arguments), &self.log)
    }

    /// Two writers and two members of a group live through all crashes. Returns figures for a person.
    fn again_and_again(
        &self,
        report: &mut Report,
        node: &mut Node,
        crashes: usize,
        seed: u64,
    ) -> Result<String> {
        let mut chance = Chance::new(seed);
        let mut writers = vec![
            self.companion(node, "write", "a", "written")?,
            self.companion(node, "write", "b", "written")?,
        ];
        let mut members = vec![
            self.companion(node, "commit", "c", "committed")?,
            self.companion(node, "commit", "d", "committed")?,
        ];
        for companion in writers.iter_mut().chain(&mut members) {
            companion.next_line(FINISH_MAX)?;
        }
        let mut back = Vec::new();
        for crash in 0..crashes {
            report.progress(&format!("crash {} of {crashes}", crash + 1));
            let pause_ms = 200 + u64::try_from(chance.below(1500)).unwrap_or(0);
            thread::sleep(Duration::from_millis(pause_ms));
            for companion in writers.iter_mut().chain(&mut members) {
                companion.expect_running()?;
            }
            node.crash()?;
            back.push(node.start()?);
        }
        let mut sent = 0;
        for writer in writers {
            let result = writer.finish(FINISH_MAX)?;
            ensure(result["errors"] == 0 && result["left"] == 0, || format!("a writer gave up: {result}"))?;
            sent += result["sent"].as_u64().unwrap_or(0);
        }
        let mut commits = 0;
        for member in members {
            let result = member.finish(FINISH_MAX)?;
            let lost = result["lost"].as_array().is_some_and(|lost| !lost.is_empty());
            ensure(!lost, || format!("offsets were lost: {}", result["lost"]))?;
            commits += result["commits"].as_u64().unwrap_or(0);
        }
        ensure(sent > 0 && commits > 0, || format!("{sent} records and {commits} commits are too few"))?;
        back.sort_unstable();
        let (median, worst) = (back[back.len() / 2], back[back.len() - 1]);
        Ok(format!(
            "{sent} records and {commits} commits acknowledged; back in {} ms (median), {} ms (worst)",
            median.as_millis(),
            worst.as_millis()
        ))
    }

    /// A node with 4 GiB is killed and timed until it serves a record.
    fn much_data(&self, stage: &mut Stage<'_>) -> Result<()> {
        let folder = self.folder.join("much-data");
        let target = stage.target().clone();
        let filled = stage.check("4 GiB are written", |report| {
            let node = Node::start_new(&target, &folder, &[])?;
            let arguments = ["fill".to_owned(), FILLED_BYTES.to_string()];
            script::run(report, &mut self.command(&node, &arguments), &self.log)?;
            Ok(node)
        });
        let Some(mut node) = filled else { return Ok(()) };
        let took = stage.check("a start after kill -9 serves them", |_| {
            node.crash()?;
            let began = Instant::now();
            node.start()?;
            serves(&node, began)
        });
        let Some(took) = took else { return Ok(()) };
        stage.note(&format!("{} ms from the start of the process to the first record", took.as_millis()));
        if target.is_ottla() {
            stage.check("it did so in under 2 s", |_| {
                ensure(took < BACK_MAX, || format!("it took {} ms", took.as_millis()))
            });
        }
        drop(node);
        // Gigabytes are not kept for a look; a failure has returned before.
        std::fs::remove_dir_all(&folder).map_err(crate::error::Error::file(&folder))
    }
}

/// Waits until the first record of every partition is served; returns the time since `began`.
fn serves(node: &Node, began: Instant) -> Result<Duration> {
    for partition in 0..16 {
        loop {
            let mut connection = Connection::open(node.port())?;
            let fetched = connection.fetch("filled", partition, 0, 1 << 20)?;
            if fetched.error == 0 && fetched.bytes > 0 {
                break;
            }
            ensure(began.elapsed() < Duration::from_secs(120), || {
                format!("partition {partition} is not served: error {}", fetched.error)
            })?;
            thread::sleep(Duration::from_millis(5));
        }
    }
    Ok(began.elapsed())
}
