//! The requests of administrators, answered as Apache Kafka 4.3.1 answers them.
//!
//! Every request of [`cases`] was once sent to a fresh Apache Kafka node, and what it answered is in
//! `answers.txt`. Here the same requests go to a node of ours, started with the same properties, and both
//! answers are compared field by field, texts of errors apart, which are our own.
//!
//! To capture anew: start Apache Kafka 4.3.1 on an empty directory with `node.properties` and addresses of
//! its own, and run `OTTLA_CAPTURE_FROM=127.0.0.1:9092 cargo test -p ottla-broker --test admin`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cases;
mod effect;
mod normal;
mod server;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use ottla_protocol::Request;
use ottla_types::Uuid;

use crate::normal::Normal;
use crate::server::{Connection, Server, frame_of, response_of};

const ANSWERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/admin/answers.txt");

/// Ids of topics by name, as the node under test gave them.
pub(crate) type Ids = BTreeMap<String, Uuid>;

/// Makes text of a response, and learns ids from it.
type Show = Box<dyn Fn(Bytes, &mut Ids) -> String>;

/// One request.
pub(crate) struct Case {
    name: String,
    frame: Box<dyn Fn(&Ids) -> BytesMut>,
    show: Show,
}

/// A request in one version. Its name is what it is about.
pub(crate) fn case<R>(about: &str, version: i16, request: R) -> Case
where
    R: Request + Clone + 'static,
    R::Response: Normal,
{
    case_with_ids(about, version, move |_| request.clone())
}

/// A request that needs the ids of topics.
pub(crate) fn case_with_ids<R: Request>(
    about: &str,
    version: i16,
    request: impl Fn(&Ids) -> R + 'static,
) -> Case
where
    R::Response: Normal,
{
    Case {
        name: format!("{} v{version} {about}", R::KEY),
        frame: Box::new(move |ids| frame_of(version, &request(ids))),
        show: Box::new(move |body, ids| {
            let mut response = response_of::<R>(version, body);
            response.learn(ids);
            response.normalize();
            format!("{response:#?}")
        }),
    }
}

impl Case {
    fn ask(&self, connection: &mut Connection, ids: &Ids) -> Bytes {
        connection.exchange(&(self.frame)(ids)).unwrap_or_else(|| panic!("{}: no answer", self.name))
    }
}

#[test]
fn administrators_are_answered_as_apache_kafka_answers_them() {
    if let Ok(address) = std::env::var("OTTLA_CAPTURE_FROM") {
        return capture(&address);
    }
    let server = Server::start(&[]);
    let differences = compare(server.connect());
    server.stop();
    assert!(differences.is_empty(), "{differences}");
}

fn compare(mut connection: Connection) -> String {
    let answers = answers();
    let (mut ids, mut captured_ids) = (Ids::new(), Ids::new());
    let mut differences = String::new();
    let cases = cases::all();
    for case in &cases {
        let ours = (case.show)(case.ask(&mut connection, &ids), &mut ids);
        let Some(kafkas) = answers.get(case.name.as_str()) else {
            let _ = writeln!(differences, "{}: not captured", case.name);
            continue;
        };
        let kafkas = (case.show)(kafkas.clone(), &mut captured_ids);
        match cases::DEVIATIONS.contains(&case.name.as_str()) {
            true if ours == kafkas => {
                let _ = writeln!(differences, "{}: no longer deviates", case.name);
            }
            false if ours != kafkas => {
                let _ = writeln!(differences, "{}:\n{}", case.name, difference(&kafkas, &ours));
            }
            _ => {}
        }
    }
    assert_eq!(answers.len(), cases.len(), "answers to requests that nobody asks any more: capture anew");
    differences
}

/// The lines that differ, Apache Kafka's with `-` and ours with `+`, each below the last line that they have
/// in common.
fn difference(kafkas: &str, ours: &str) -> String {
    let is_news = |line: &&str| !line.contains("unknown_tags") && !line.trim().is_empty();
    let kafkas: Vec<&str> = kafkas.lines().filter(is_news).collect();
    let ours: Vec<&str> = ours.lines().filter(is_news).collect();
    // How many lines the two have in common from here and there on.
    let mut common = vec![vec![0_u32; ours.len() + 1]; kafkas.len() + 1];
    for (i, kafka) in kafkas.iter().enumerate().rev() {
        for (j, our) in ours.iter().enumerate().rev() {
            common[i][j] = match kafka == our {
                true => common[i + 1][j + 1] + 1,
                false => common[i + 1][j].max(common[i][j + 1]),
            };
        }
    }
    let (mut i, mut j, mut text) = (0, 0, String::new());
    let mut was_same = true;
    while i < kafkas.len() || j < ours.len() {
        let is_same = i < kafkas.len() && j < ours.len() && kafkas[i] == ours[j];
        if is_same {
            (i, j) = (i + 1, j + 1);
        } else {
            for above in kafkas[i.saturating_sub(4)..i].iter().filter(|_| was_same) {
                let _ = writeln!(text, "   {above}");
            }
            if j == ours.len() || i < kafkas.len() && common[i + 1][j] >= common[i][j + 1] {
                let _ = writeln!(text, "  -{}", kafkas[i]);
                i += 1;
            } else {
                let _ = writeln!(text, "  +{}", ours[j]);
                j += 1;
            }
        }
        was_same = is_same;
    }
    text
}

fn answers() -> BTreeMap<&'static str, Bytes> {
    let lines = include_str!("answers.txt").lines();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    let answer = |line: &'static str| {
        let (name, hex) = line.split_once('\t').unwrap();
        (name, hex.as_bytes().chunks(2).map(byte).collect())
    };
    lines.map(answer).collect()
}

fn capture(address: &str) {
    let mut connection = Connection::open(address);
    let mut ids = Ids::new();
    let mut file = String::new();
    for case in cases::all() {
        let answer = case.ask(&mut connection, &ids);
        let _ = write!(file, "{}\t", case.name);
        for byte in &answer {
            let _ = write!(file, "{byte:02x}");
        }
        file.push('\n');
        (case.show)(answer, &mut ids);
        // Apache Kafka's broker learns a moment later what its controller has decided.
        std::thread::sleep(Duration::from_millis(300));
    }
    std::fs::write(ANSWERS, file).unwrap();
}
