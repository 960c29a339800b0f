//! Bytes and clients that mean harm, while a well-behaved client beside them wants to be served.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

mod bombs;
mod clients;
mod frames;
mod witness;

use self::witness::Witness;
use crate::chance::Chance;
use crate::error::{Error, Result, ensure};
use crate::stage::Stage;
use crate::target::Node;
use crate::wire;

/// How much more memory the node may take under attack than before it.
const GROWTH_MAX_OTTLA: u64 = 384 << 20;

/// A heap of 1 GiB, which a JVM takes as it likes.
const GROWTH_MAX_JVM: u64 = 1536 << 20;

/// How long the well-behaved client may have to wait.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// How long a node may take to write what it has seen into its log.
const LOG_MAX: Duration = Duration::from_secs(5);
/// After so long a node writes again about attacks that it has written enough about.
const LINES_PERIOD: Duration = Duration::from_secs(10);

/// How long an attacker waits for an answer that may never come: some requests are meant to be held.
const MOMENT: Duration = Duration::from_millis(100);

/// Attackers that work at the same time.
const AT_ONCE: usize = 8;

/// One way to do harm.
struct Attack {
    name: &'static str,
    /// Whether Ottla has to write a line about it, and a word that the line must have.
    logged: Option<&'static str>,
    run: fn(&Attacker) -> Result<()>,
}

const ATTACKS: &[Attack] = &[
    Attack { name: "frames that are cut off", logged: None, run: frames::cut_off },
    Attack {
        name: "frames that are too long, negative or empty",
        logged: Some(""),
        run: frames::wrong_length,
    },
    Attack { name: "random bytes", logged: Some(""), run: frames::random },
    Attack { name: "requests with flipped bits", logged: Some(""), run: frames::flipped },
    Attack { name: "absurd counts at every place", logged: Some(""), run: frames::absurd_counts },
    Attack { name: "unknown requests and versions", logged: Some(""), run: frames::unknown },
    Attack { name: "TLS on the plaintext port", logged: Some("TLS"), run: clients::tls },
    Attack { name: "HTTP on the plaintext port", logged: Some("HTTP"), run: clients::http },
    Attack { name: "decompression bombs", logged: None, run: bombs::explode },
    Attack { name: "half-open clients, and such that promise much", logged: None, run: clients::half_open },
    Attack { name: "clients that send a byte at a time", logged: None, run: clients::slow },
    Attack { name: "clients that ask for much and read nothing", logged: None, run: clients::deaf },
];

pub(super) fn run(stage: &mut Stage<'_>) -> Result<()> {
    let mut node = stage.node(&[])?;
    let is_ottla = stage.target().is_ottla();
    let rounds = if stage.is_long() { 10 } else { 1 };
    let seed = Chance::fresh_seed();
    let attacker = Attacker { port: node.port(), seed, rounds, is_ottla };
    attacker.prepare()?;
    let witness = Witness::start(&node)?;
    stage.note(&format!("seed {seed}"));
    for attack in ATTACKS {
        stage.check(attack.name, |_| {
            let log = LogSize::of(&node)?;
            (attack.run)(&attacker)?;
            node.expect_running()?;
            let Some(word) = attack.logged.filter(|_| is_ottla) else { return Ok(()) };
            if log.expect_growth(word).is_ok() {
                return Ok(());
            }
            // The attacks before may have used up the lines that are written about one kind of attack in a while.
            thread::sleep(LINES_PERIOD);
            (attack.run)(&attacker)?;
            log.expect_growth(word)
        });
    }
    let seen = witness.finish();
    let bound = if is_ottla { GROWTH_MAX_OTTLA } else { GROWTH_MAX_JVM };
    if let Some(seen) = stage.check("a well-behaved client was served all the time", |_| {
        let seen = seen?;
        ensure(seen.served > 0 && seen.longest < WAIT_MAX, || {
            format!("{} calls, the longest took {} ms", seen.served, seen.longest.as_millis())
        })?;
        Ok(seen)
    }) {
        stage.note(&format!(
            "{} calls beside the attacks, the longest took {} ms; memory went from {} to {} MiB at most",
            seen.served,
            seen.longest.as_millis(),
            seen.resident_before >> 20,
            seen.resident_most >> 20
        ));
        stage.check(&format!("memory grew by less than {} MiB", bound >> 20), |_| {
            let growth = seen.resident_most.saturating_sub(seen.resident_before);
            ensure(growth < bound, || format!("it grew by {} MiB", growth >> 20))
        });
    }
    stage.check("nothing panicked", |_| {
        ensure(!node.says("panicked") && !node.says("OutOfMemoryError"), || "see the node's log".into())
    });
    stage.check("the node stops cleanly", |_| node.stop());
    Ok(())
}

/// Where to send it, and how much.
struct Attacker {
    port: u16,
    seed: u64,
    rounds: usize,
    is_ottla: bool,
}

impl Attacker {
    /// Makes the topics that attacks and witness use.
    fn prepare(&self) -> Result<()> {
        for topic in ["witness", "victim"] {
            let began = Instant::now();
            loop {
                let mut connection = wire::Connection::open(self.port)?;
                connection.metadata(topic)?;
                if connection.produce(topic, 0, &wire::plain_batch(&[b'x'; 1000]))? == 0 {
                    break;
                }
                ensure(began.elapsed() < Duration::from_secs(30), || {
                    format!("{topic} cannot be written to")
                })?;
                thread::sleep(Duration::from_millis(20));
            }
        }
        Ok(())
    }

    fn chance(&self, attack: u64) -> Chance {
        Chance::new(self.seed ^ attack.rotate_left(48))
    }

    fn connect(&self) -> Result<TcpStream> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).map_err(wire::broken)?;
        stream.set_read_timeout(Some(Duration::from_secs(10))).map_err(wire::broken)?;
        stream.set_write_timeout(Some(Duration::from_secs(10))).map_err(wire::broken)?;
        Ok(stream)
    }

    /// Sends bytes and no more, and waits a moment for what comes. That the node refuses or hangs up is its right.
    fn send(&self, bytes: &[u8]) -> Result<()> {
        let mut stream = self.connect()?;
        stream.set_read_timeout(Some(MOMENT)).map_err(wire::broken)?;
        let _ = stream.write_all(bytes).and_then(|()| stream.shutdown(Shutdown::Write));
        let _ = stream.read(&mut [0; 4096]);
        Ok(())
    }

    /// Sends each of them, several at the same time.
    fn send_all(&self, frames: &[Vec<u8>]) -> Result<()> {
        let part = frames.len().div_ceil(AT_ONCE).max(1);
        thread::scope(|scope| {
            let senders: Vec<_> = frames
                .chunks(part)
                .map(|part| scope.spawn(move || part.iter().try_for_each(|frame| self.send(frame))))
                .collect();
            senders
                .into_iter()
                .try_for_each(|sender| sender.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    }

    /// Sends bytes, keeps its side open, and wants the node to hang up.
    fn expect_hang_up(&self, what: &str, bytes: &[u8]) -> Result<Vec<u8>> {
        let mut stream = self.connect()?;
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let mut piece = [0; 4096];
        loop {
            match stream.read(&mut piece) {
                Ok(0) => return Ok(answer),
                Ok(count) => answer.extend(&piece[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return Ok(answer),
                Err(error) => {
                    return Err(Error::found(format!("{what}: the connection was not closed: {error}")));
                }
            }
        }
    }
}

/// How long the log was before.
struct LogSize {
    path: PathBuf,
    bytes: usize,
}

impl LogSize {
    fn of(node: &Node) -> Result<Self> {
        let path = node.log();
        let bytes = std::fs::read(&path).map_err(Error::file(&path))?.len();
        Ok(Self { path, bytes })
    }

    /// Waits for a new line with that word in it.
    fn expect_growth(&self, word: &str) -> Result<()> {
        let began = Instant::now();
        while began.elapsed() < LOG_MAX {
            let log = std::fs::read(&self.path).map_err(Error::file(&self.path))?;
            let new = String::from_utf8_lossy(log.get(self.bytes..).unwrap_or_default()).into_owned();
            if new.lines().any(|line| line.contains(word)) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err(Error::found(format!("the log has no new line with {word:?}")))
    }
}
