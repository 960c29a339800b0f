//! Clients that speak another protocol, or this one in bad faith.

use std::io::Write as _;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use super::Attacker;
use crate::error::{Result, ensure};
use crate::wire::{self, Bytes, Connection, framed, request};

/// How long silent clients stay.
const STAY: Duration = Duration::from_secs(2);

pub(super) fn tls(attacker: &Attacker) -> Result<()> {
    // A ClientHello of TLS 1.2: record, handshake, version, random, no session, one cipher, no compression.
    let mut hello = vec![0x16, 3, 1, 0, 0x2d, 1, 0, 0, 0x29, 3, 3];
    hello.extend([0x5a; 32]);
    hello.extend([0, 0, 2, 0x13, 1, 1, 0]);
    attacker.expect_hang_up("a TLS ClientHello", &hello)?;
    Ok(())
}

pub(super) fn http(attacker: &Attacker) -> Result<()> {
    let answer = attacker.expect_hang_up("an HTTP request", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    if !attacker.is_ottla {
        return Ok(());
    }
    ensure(answer.starts_with(b"HTTP/1.1 4"), || {
        format!("an HTTP client should be told in HTTP: {:?}", String::from_utf8_lossy(&answer))
    })
}

pub(super) fn half_open(attacker: &Attacker) -> Result<()> {
    // Apache Kafka takes the memory that a frame promises; it would not live through what Ottla has to.
    let (promised, count) = if attacker.is_ottla { (90 << 20, 100) } else { (10 << 20, 10) };
    let mut held = Vec::new();
    // More in an instant than the listen backlog holds costs each of them a second.
    for _ in 0..50 * (attacker.rounds + 1) {
        held.push(attacker.connect()?);
        held.push(begun(attacker, &[0, 0, 1])?);
    }
    for _ in 0..count {
        held.push(begun(attacker, &Bytes::default().i32(promised).raw(&[0, 3, 0, 1]).0)?);
    }
    thread::sleep(STAY);
    drop(held);
    Ok(())
}

pub(super) fn slow(attacker: &Attacker) -> Result<()> {
    let frame = framed(&request(18, 0, &Bytes::default()));
    let mut clients = Vec::new();
    for _ in 0..50 {
        clients.push(Connection::open(attacker.port)?);
    }
    for byte in &frame {
        for client in &mut clients {
            client.0.write_all(&[*byte]).map_err(wire::broken)?;
        }
        thread::sleep(Duration::from_millis(20));
    }
    for client in &mut clients {
        let mut first = [0; 8];
        std::io::Read::read_exact(&mut client.0, &mut first).map_err(wire::broken)?;
        ensure(first[4..] == [0, 0, 0, 7], || format!("a slow client was answered {first:?}"))?;
    }
    Ok(())
}

/// The victim's one partition is asked for again and again, and nobody takes the answers.
pub(super) fn deaf(attacker: &Attacker) -> Result<()> {
    let mut filler = Connection::open(attacker.port)?;
    for _ in 0..20 {
        let error = filler.produce("victim", 0, &wire::plain_batch(&vec![b'x'; 900_000]))?;
        ensure(error == 0, || format!("filling the victim: error {error}"))?;
    }
    let fetch = framed(&wire::fetch("victim", 0, 1, 20 << 20));
    let mut held: Vec<TcpStream> = Vec::new();
    for _ in 0..50 {
        let mut stream = attacker.connect()?;
        stream.set_nonblocking(true).map_err(wire::broken)?;
        for _ in 0..50 {
            // When the node takes no more, the client has done what it came for.
            if stream.write(&fetch).is_err() {
                break;
            }
        }
        held.push(stream);
    }
    thread::sleep(STAY);
    drop(held);
    Ok(())
}

fn begun(attacker: &Attacker, bytes: &[u8]) -> Result<TcpStream> {
    let mut stream = attacker.connect()?;
    stream.write_all(bytes).map_err(wire::broken)?;
    Ok(stream)
}
