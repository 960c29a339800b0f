//! Apache Kafka's own bytes for every message in every version: the protocol's test data, which make good seeds.

use std::io::Read;

const PACKED: &[u8] = include_bytes!("../../protocol/testdata/vectors.tsv.gz");

/// One message as Apache Kafka encodes it.
pub(crate) struct Vector {
    pub(crate) name: String,
    pub(crate) version: i16,
    pub(crate) bytes: Vec<u8>,
}

/// All of them. Those too long to be searched from are left out.
pub(crate) fn vectors() -> Vec<Vector> {
    const LEN_MAX: usize = 4096;
    let mut text = String::new();
    flate2::read::GzDecoder::new(PACKED).read_to_string(&mut text).expect("the test data unpack");
    text.lines().map(vector).filter(|vector| vector.bytes.len() <= LEN_MAX).collect()
}

fn vector(line: &str) -> Vector {
    let columns: Vec<_> = line.splitn(4, '\t').collect();
    let &[name, version, hex, _] = &columns[..] else { panic!("{line}: a vector has four columns") };
    let bytes = hex.as_bytes().chunks(2).map(|pair| {
        let digits = std::str::from_utf8(pair).expect("hexadecimal digits are ASCII");
        u8::from_str_radix(digits, 16).expect("bytes are written in hexadecimal")
    });
    Vector {
        name: name.to_owned(),
        version: version.parse().expect("a version is a number"),
        bytes: bytes.collect(),
    }
}
