//! Addresses as settings spell them: `NAME://host:port`, `host:port` and `id@host:port`.

use std::fmt;

use ottla_types::BrokerId;

/// A host and a port. An IPv6 host is kept without its brackets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    /// A name or an address; empty means every interface of this machine.
    pub host: String,
    /// The port; 0 leaves the choice to the system.
    pub port: u16,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// A controller that votes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voter {
    /// Its `node.id`.
    pub id: BrokerId,
    /// Where it listens.
    pub address: Address,
}

/// Reads `host:port`, with or without brackets around an IPv6 host. The host may be empty.
pub(crate) fn address(text: &str) -> Option<Address> {
    let (host, port) = text.rsplit_once(':')?;
    let host = host.strip_prefix('[').unwrap_or(host);
    let host = host.strip_suffix(']').unwrap_or(host);
    if !host.chars().all(is_host_letter) || !is_digits(port) {
        return None;
    }
    Some(Address { host: host.to_owned(), port: port.parse().ok()? })
}

/// Reads `id@host:port`.
pub(crate) fn voter(text: &str) -> Option<Voter> {
    let (id, place) = text.split_once('@')?;
    if place.contains('@') {
        return None;
    }
    let id = id.parse().ok().filter(|&id: &i32| id >= 0)?;
    Some(Voter { id: BrokerId(id), address: address(place)? })
}

/// Reads `NAME://host:port`.
pub(crate) fn named(text: &str) -> Option<(&str, Address)> {
    let (name, place) = text.split_once("://")?;
    Some((name, address(place)?))
}

/// What Apache Kafka lets a host consist of.
pub(crate) fn is_host_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '%' | '.' | '_' | ':')
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(&str, u16)>) {
        let found = address(text);
        assert_eq!(found.as_ref().map(|found| (found.host.as_str(), found.port)), expected, "{text}");
    }

    #[test]
    fn addresses_have_a_host_and_a_port() {
        check("127.0.0.1:9092", Some(("127.0.0.1", 9092)));
        check(":0", Some(("", 0)));
        check("[::1]:9092", Some(("::1", 9092)));
        check("[fe80::1%eth0]:9092", Some(("fe80::1%eth0", 9092)));
        check("broker-1.example_x.com:65535", Some(("broker-1.example_x.com", 65535)));
        for bad in ["", "a", "a:", "a:65536", "a:-1", "a:+1", "a b:1", "é:1", "a/b:1"] {
            check(bad, None);
        }
    }

    #[test]
    fn addresses_are_printed_as_they_are_read() {
        for text in ["127.0.0.1:9092", "[::1]:9092", ":0"] {
            assert_eq!(address(text).expect("it is an address").to_string(), text);
        }
    }

    #[test]
    fn voters_have_an_id() {
        let found = voter("3@[::1]:9093").expect("it is a voter");
        assert_eq!((found.id, found.address.host.as_str()), (BrokerId(3), "::1"));
        for bad in ["3", "@a:1", "-1@a:1", "x@a:1", "1@2@a:1", "1@a"] {
            assert_eq!(voter(bad), None, "{bad}");
        }
    }
}
