//! Frames that are not what they say.

use super::Attacker;
use crate::error::Result;
use crate::wire::{self, Bytes, framed, request};

/// One request of each shape that a stranger may send, as it should be.
fn corpus() -> Vec<Vec<u8>> {
    let b = Bytes::default;
    let one_topic = || b().i32(1).string(Some("victim")).i32(1).i32(0);
    vec![
        request(18, 0, &b()),
        // ApiVersions with tagged fields and compact strings.
        request(18, 3, &b().raw(&[0]).raw(b"\x08interop\x021\0")),
        request(3, 1, &b().i32(1).string(Some("victim"))),
        wire::produce("victim", 0, 1, &wire::plain_batch(b"a value")),
        wire::produce("victim", 0, -1, &wire::batch(1, &[7; 40])),
        wire::fetch("victim", 0, 0, 10_000),
        // ListOffsets, OffsetForLeaderEpoch, FindCoordinator.
        request(2, 1, &b().i32(-1).raw(&one_topic().0).i64(-1)),
        request(23, 2, &one_topic().i32(-1).i32(0)),
        request(10, 1, &b().string(Some("group")).i8(0)),
        // JoinGroup, Heartbeat, OffsetCommit, OffsetFetch, DescribeGroups.
        request(
            11,
            2,
            &b().string(Some("group"))
                .i32(10_000)
                .i32(10_000)
                .string(Some(""))
                .string(Some("consumer"))
                .i32(1)
                .string(Some("range"))
                .bytes(b"\0\0\0\0\0\x01\0\x06victim"),
        ),
        request(12, 1, &b().string(Some("group")).i32(1).string(Some("member"))),
        request(
            8,
            2,
            &b().string(Some("group"))
                .i32(-1)
                .string(Some(""))
                .i64(-1)
                .raw(&one_topic().0)
                .i64(5)
                .string(Some("note")),
        ),
        request(9, 1, &b().string(Some("group")).raw(&one_topic().0)),
        request(15, 1, &b().i32(1).string(Some("group"))),
        // DescribeConfigs, InitProducerId.
        request(32, 1, &b().i32(1).i8(2).string(Some("victim")).i32(-1).i8(0)),
        request(22, 0, &b().string(None).i32(1000)),
    ]
}

pub(super) fn cut_off(attacker: &Attacker) -> Result<()> {
    let mut frames = Vec::new();
    for request in corpus() {
        let frame = framed(&request);
        // Cut where the client went away, and cut with a length that agrees.
        frames.extend((0..frame.len()).map(|length| frame[..length].to_vec()));
        frames.extend((0..request.len()).map(|length| framed(&request[..length])));
    }
    attacker.send_all(&frames)
}

pub(super) fn wrong_length(attacker: &Attacker) -> Result<()> {
    for length in [i32::MAX, i32::MIN, -1, -4, 104_857_601, 0x4747_4747] {
        let frame = Bytes::default().i32(length).raw(&request(18, 0, &Bytes::default())).0;
        attacker.expect_hang_up(&format!("a length of {length}"), &frame)?;
    }
    for length in 0..8 {
        attacker.send(&framed(&vec![0; length]))?;
    }
    Ok(())
}

pub(super) fn random(attacker: &Attacker) -> Result<()> {
    let mut chance = attacker.chance(1);
    let mut frames = Vec::new();
    for _ in 0..300 * attacker.rounds {
        let length = chance.below(300);
        let bytes = chance.bytes(length);
        frames.push(framed(&bytes));
        frames.push(bytes);
    }
    attacker.send_all(&frames)
}

pub(super) fn flipped(attacker: &Attacker) -> Result<()> {
    let mut chance = attacker.chance(2);
    let corpus = corpus();
    let mut frames = Vec::new();
    for _ in 0..1500 * attacker.rounds {
        let mut request = corpus[chance.below(corpus.len())].clone();
        for _ in 0..=chance.below(3) {
            // The key stays: a request of another kind has other bytes.
            let at = 2 + chance.below(request.len() - 2);
            request[at] ^= 1 << chance.below(8);
        }
        frames.push(framed(&request));
    }
    attacker.send_all(&frames)
}

/// Whatever field lies at a place, its count or length is now absurd.
pub(super) fn absurd_counts(attacker: &Attacker) -> Result<()> {
    const COUNTS: &[&[u8]] = &[
        &[0x7f, 0xff, 0xff, 0xff],
        &[0x80, 0, 0, 0],
        &[0xff, 0xff, 0xff, 0xfe],
        &[0, 0xff, 0xff, 0xff],
        // As compact arrays and strings have it.
        &[0xff, 0xff, 0xff, 0xff, 0x0f],
        &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
    ];
    let mut chance = attacker.chance(3);
    let mut frames = Vec::new();
    for request in corpus() {
        for at in 8..request.len() {
            // The short form takes two of them, others in each run.
            let first = chance.below(COUNTS.len());
            let chosen = if attacker.rounds > 1 { COUNTS.len() } else { 2 };
            for count in COUNTS.iter().cycle().skip(first).take(chosen) {
                let mut request = request.clone();
                let end = request.len().min(at + count.len());
                request[at..end].copy_from_slice(&count[..end - at]);
                frames.push(framed(&request));
            }
        }
    }
    attacker.send_all(&frames)
}

pub(super) fn unknown(attacker: &Attacker) -> Result<()> {
    let body = Bytes::default().i32(1);
    let mut frames = Vec::new();
    for key in [-1, 4, 5, 6, 7, 95, 200, 1000, i16::MAX, i16::MIN] {
        frames.push(framed(&request(key, 0, &body)));
    }
    for key in 0..95 {
        for version in [-1, 99, i16::MAX] {
            frames.push(framed(&request(key, version, &body)));
        }
    }
    attacker.send_all(&frames)
}
