//! A properties file, up to the configuration that it makes.

use ottla_config::{Inputs, broker, properties};

use crate::memory::bounded;

/// Takes the file.
pub fn run(input: &[u8]) {
    // The shortest line, a letter and its end, becomes two texts with their places.
    let read = bounded("properties::parse", input.len(), 256, 64 << 10, || properties::parse(input));
    if let Ok(read) = &read {
        let lines = input.iter().filter(|letter| matches!(letter, b'\n' | b'\r')).count() + 1;
        assert!(read.len() <= lines, "a line holds one property at most");
        for property in read {
            assert!((1..=lines).contains(&(property.line as usize)), "a property stands on one of the lines");
        }
    }
    // A start takes milliseconds, and all files in which nothing is known make the same one.
    if read.as_ref().is_ok_and(|read| read.iter().all(|property| broker::find(&property.key).is_none())) {
        return;
    }
    let inputs = Inputs { file: Some(("server.properties", input)), ..Inputs::default() };
    match inputs.resolve() {
        Ok(startup) => {
            assert!(read.is_ok(), "what cannot be read makes no configuration");
            drop(startup);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Each setting by itself, a file that starts a node, and the odd corners of the format.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> =
        broker::settings().map(|setting| format!("{}=1\n", setting.key).into_bytes()).collect();
    let node = "process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@localhost:9093\n\
        listeners=PLAINTEXT://:9092,CONTROLLER://:9093\ncontroller.listener.names=CONTROLLER\n\
        listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT\nlog.dirs=/data\n";
    seeds.push(node.into());
    seeds.push(
        b"# comment\n! another\n\na = b \\\n  continued\\u0041\\t\\\\\r\nkey\\ with\\:blank:value\nalone"
            .into(),
    );
    seeds
}
