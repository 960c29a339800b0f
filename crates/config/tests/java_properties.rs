//! Properties files mean what `java.util.Properties` says they mean.

use ottla_config::properties::{Property, parse};

/// What Java 17 made of some files: the file's bytes, then each `key=value` in order, all in hexadecimal; `!` is
/// a refusal.
const JAVA: &str = include_str!("data/java-properties.tsv");

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |place: usize| u8::from_str_radix(&text[place..place + 2], 16).expect("it is hexadecimal");
    (0..text.len()).step_by(2).map(digit).collect()
}

fn shown(properties: &[Property]) -> String {
    let pairs =
        properties.iter().map(|it| format!("{}={}", hex(it.key.as_bytes()), hex(it.value.as_bytes())));
    pairs.collect::<Vec<_>>().join("|")
}

#[test]
fn every_file_is_read_as_java_reads_it() {
    for line in JAVA.lines() {
        let (file, expected) = line.split_once('\t').expect("two columns");
        let file = unhex(file);
        let found = parse(&file).map_or("!".to_owned(), |properties| shown(&properties));
        assert_eq!(found, expected, "{:?}", String::from_utf8_lossy(&file));
    }
}

#[test]
fn lines_are_counted_from_one_through_comments_and_continuations() {
    let found = parse(b"# one\r\n\na=1\\\n  2\n\rb=2\\\n\nc=\\u0041").expect("it is right");
    let lines: Vec<_> = found.iter().map(|it| (it.key.as_str(), it.value.as_str(), it.line)).collect();
    assert_eq!(lines, [("a", "12", 3), ("b", "2", 6), ("c", "A", 8)]);
}

#[test]
fn a_malformed_escape_is_named_with_its_line() {
    let error = parse(b"a=1\n\nb=\\u00g0").expect_err("it is wrong");
    assert_eq!(error.to_string(), "line 3: `\\u` must be followed by four hexadecimal digits");
}

#[test]
fn random_bytes_never_panic_and_never_grow_much() {
    for seed in 0..2000u64 {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let bytes: Vec<u8> = (0..next() % 256)
            .map(|_| if next() % 3 == 0 { b"\\\n\r=:# u!"[(next() % 9) as usize] } else { next() as u8 })
            .collect();
        if let Ok(properties) = parse(&bytes) {
            let size: usize = properties.iter().map(|it| it.key.len() + it.value.len()).sum();
            assert!(size <= bytes.len() * 2, "seed {seed}");
        }
    }
}
