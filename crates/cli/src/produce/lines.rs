//! Lines of a file or of standard input, read by a thread of their own: a terminal makes its reader wait.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::failure::Failure;

/// Lines that were read together, and how many bytes they took.
pub(super) struct Chunk {
    pub(super) lines: Vec<Bytes>,
    pub(super) bytes: usize,
}

/// Where lines come from.
pub(super) struct Lines {
    chunks: mpsc::Receiver<Result<Chunk, String>>,
    /// How many bytes there are, if that is known.
    pub(super) total_bytes: Option<u64>,
}

/// How many chunks may wait to be sent.
const CHUNKS_MAX: usize = 8;
/// How many lines are handed over at a time, if they come fast.
const LINES_MAX: usize = 1000;
/// How many bytes are handed over at a time, if lines are long.
const CHUNK_BYTES_MAX: usize = 1 << 20;
/// A line that is longer is no record that any broker takes.
const LINE_BYTES_MAX: u64 = 256 << 20;
const BUFFER_BYTES: usize = 256 << 10;

impl Lines {
    /// Reads a file, or standard input without one.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let (sender, chunks) = mpsc::channel(CHUNKS_MAX);
        let mut total_bytes = None;
        let (input, name): (Box<dyn Read + Send>, _) = match path {
            None => (Box::new(std::io::stdin()), "standard input".to_owned()),
            Some(path) => {
                let name = path.display().to_string();
                let cannot = |error| Failure::Other(format!("{name}: {error}"));
                let file = File::open(path).map_err(cannot)?;
                total_bytes = file.metadata().ok().filter(std::fs::Metadata::is_file).map(|data| data.len());
                (Box::new(file), name)
            }
        };
        tokio::task::spawn_blocking(move || read_all(input, &name, &sender));
        Ok(Self { chunks, total_bytes })
    }

    /// The next lines; nothing at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Chunk>, Failure> {
        self.chunks.recv().await.transpose().map_err(Failure::Other)
    }
}

fn read_all(input: impl Read, name: &str, sender: &mpsc::Sender<Result<Chunk, String>>) {
    let mut input = BufReader::with_capacity(BUFFER_BYTES, input);
    loop {
        let chunk = read_chunk(&mut input).map_err(|error| format!("{name}: {error}"));
        let is_last = match &chunk {
            Ok(chunk) => chunk.lines.is_empty(),
            Err(_) => true,
        };
        let is_nothing = is_last && chunk.is_ok();
        // Nobody listens any more when the command has failed already.
        if is_nothing || sender.blocking_send(chunk).is_err() || is_last {
            return;
        }
    }
}

/// As many lines as are there, at least one unless the input has ended.
fn read_chunk(input: &mut BufReader<impl Read>) -> std::io::Result<Chunk> {
    let mut chunk = Chunk { lines: Vec::new(), bytes: 0 };
    while chunk.lines.len() < LINES_MAX && chunk.bytes < CHUNK_BYTES_MAX {
        let mut line = Vec::new();
        let read = input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
        if read == 0 {
            break;
        }
        if read as u64 == LINE_BYTES_MAX && line.last() != Some(&b'\n') {
            let what = format!("a line is longer than {LINE_BYTES_MAX} bytes, and so no record");
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, what));
        }
        chunk.bytes += read;
        if line.last() == Some(&b'\n') {
            line.pop();
            if line.last() == Some(&b'\r') {
                line.pop();
            }
        }
        chunk.lines.push(line.into());
        // More would have to be waited for: what is there goes out now.
        if input.buffer().is_empty() {
            break;
        }
    }
    Ok(chunk)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_or_without_a_return_and_the_last_may_be_open() {
        let mut input = BufReader::new(&b"a\r\n\nb c\nlast"[..]);
        let chunk = read_chunk(&mut input).unwrap();
        assert_eq!(chunk.lines, [&b"a"[..], b"", b"b c", b"last"]);
        assert_eq!(chunk.bytes, 12);
        assert!(read_chunk(&mut input).unwrap().lines.is_empty());
    }
}
