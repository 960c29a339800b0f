//! Java's properties files, read as `java.util.Properties` reads them.

use crate::error::ConfigError;

/// One key and its value, with its place in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// The key, escapes resolved.
    pub key: String,
    /// The value, escapes resolved; trailing white space belongs to it.
    pub value: String,
    /// The line that it begins on, from 1.
    pub line: u32,
}

/// Reads a properties file. Every byte is a letter of ISO 8859-1, as Apache Kafka's start takes it; others
/// are written `\uXXXX`. The same key may come several times: the last one holds.
///
/// Memory: some times the file's size, which the caller bounds.
///
/// # Errors
/// [`ConfigError::Escape`] if a `\u` is not followed by four hexadecimal digits.
pub fn parse(file: &[u8]) -> Result<Vec<Property>, ConfigError> {
    let mut lines = Lines { letters: file, at: 0, line: 1 };
    let mut properties = Vec::new();
    while let Some((line, text)) = lines.next_logical() {
        let malformed = || ConfigError::Escape { line };
        let (key, value) = split(&text);
        properties.push(Property {
            key: resolve(key).ok_or_else(malformed)?,
            value: resolve(value).ok_or_else(malformed)?,
            line,
        });
    }
    Ok(properties)
}

const fn is_blank(letter: u8) -> bool {
    matches!(letter, b' ' | b'\t' | 0x0c)
}

const fn is_line_end(letter: u8) -> bool {
    matches!(letter, b'\n' | b'\r')
}

/// Logical lines: comments and empty lines left out, continued lines joined.
struct Lines<'a> {
    letters: &'a [u8],
    at: usize,
    line: u32,
}

impl<'a> Lines<'a> {
    /// The next logical line with something on it, and the number of the line that it begins on.
    fn next_logical(&mut self) -> Option<(u32, Vec<u8>)> {
        let mut text = Vec::new();
        let mut begins = self.line;
        let mut is_continued = false;
        while self.at < self.letters.len() {
            let number = self.line;
            let natural = self.next_natural();
            let start = natural.iter().position(|&letter| !is_blank(letter)).unwrap_or(natural.len());
            let natural = &natural[start..];
            if text.is_empty() {
                // A line that holds nothing but the backslash has not begun anything: what follows may be a comment.
                if natural.is_empty() && !is_continued
                    || natural.first().is_some_and(|&it| it == b'#' || it == b'!')
                {
                    is_continued = false;
                    continue;
                }
                begins = number;
            }
            let backslashes = natural.iter().rev().take_while(|&&letter| letter == b'\\').count();
            is_continued = backslashes % 2 == 1;
            text.extend_from_slice(&natural[..natural.len() - usize::from(is_continued)]);
            // A file that breaks off in a continued line ends that line, even with nothing on it.
            let breaks_off = is_continued && self.at == self.letters.len();
            if breaks_off || !is_continued && !text.is_empty() {
                return Some((begins, text));
            }
        }
        if text.is_empty() { None } else { Some((begins, text)) }
    }

    /// Up to the next line end, which is taken too.
    fn next_natural(&mut self) -> &'a [u8] {
        let start = self.at;
        let rest = &self.letters[start..];
        let length = rest.iter().position(|&letter| is_line_end(letter)).unwrap_or(rest.len());
        let end = &rest[length..];
        self.at += length + if end.starts_with(b"\r\n") { 2 } else { end.len().min(1) };
        self.line = self.line.saturating_add(1);
        &self.letters[start..start + length]
    }
}

/// Splits at the first `=`, `:` or blank that no backslash stands before.
fn split(text: &[u8]) -> (&[u8], &[u8]) {
    let mut is_escaped = false;
    let mut key_length = text.len();
    for (place, &letter) in text.iter().enumerate() {
        if !is_escaped && (is_blank(letter) || letter == b'=' || letter == b':') {
            key_length = place;
            break;
        }
        is_escaped = letter == b'\\' && !is_escaped;
    }
    let mut rest = &text[key_length..];
    let mut has_separator = false;
    while let Some((&letter, after)) = rest.split_first() {
        let is_separator = letter == b'=' || letter == b':';
        if !is_blank(letter) && (has_separator || !is_separator) {
            break;
        }
        has_separator |= is_separator;
        rest = after;
    }
    (&text[..key_length], rest)
}

/// Resolves escapes. `None` if one is malformed.
fn resolve(text: &[u8]) -> Option<String> {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut letters = text.iter().copied();
    while let Some(letter) = letters.next() {
        if letter != b'\\' {
            units.push(u16::from(letter));
            continue;
        }
        match letters.next() {
            Some(b'u') => {
                let mut unit = 0;
                for _ in 0..4 {
                    let digit = char::from(letters.next()?).to_digit(16)?;
                    unit = unit << 4 | digit as u16;
                }
                units.push(unit);
            }
            Some(b't') => units.push(u16::from(b'\t')),
            Some(b'r') => units.push(u16::from(b'\r')),
            Some(b'n') => units.push(u16::from(b'\n')),
            Some(b'f') => units.push(0x0c),
            Some(other) => units.push(u16::from(other)),
            None => {}
        }
    }
    Some(String::from_utf16_lossy(&units))
}
