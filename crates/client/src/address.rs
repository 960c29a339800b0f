//! Where a broker listens.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::Error;

/// A host and a port. The host is resolved anew with each connection.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// A name or an IP address, without the brackets that IPv6 has in text.
    pub host: Arc<str>,
    /// The port.
    pub port: u16,
}

impl Address {
    /// Names a host and a port.
    pub fn new(host: impl Into<Arc<str>>, port: u16) -> Self {
        Self { host: host.into(), port }
    }

    /// The addresses in a list separated by commas, as `bootstrap.servers` has them.
    ///
    /// # Errors
    /// [`Error::Address`] for what is not one, and for a list without any.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, Error> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let list = parts.map(str::parse).collect::<Result<Vec<_>, _>>()?;
        if list.is_empty() { Err(Error::Address(text.to_owned())) } else { Ok(list) }
    }
}

impl FromStr for Address {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::Address(text.to_owned());
        // Kafka accepts `PLAINTEXT://host:port` as well; only the end of it says where.
        let place = text.rsplit_once("://").map_or(text, |(_, place)| place);
        let (host, port) = place.rsplit_once(':').ok_or_else(wrong)?;
        let host = match host.strip_prefix('[') {
            Some(rest) => rest.strip_suffix(']').ok_or_else(wrong)?,
            None if host.contains(':') => return Err(wrong()),
            None => host,
        };
        if host.is_empty() || host.contains(char::is_whitespace) {
            return Err(wrong());
        }
        Ok(Self::new(host, port.parse().map_err(|_| wrong())?))
    }
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

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        for (text, expected) in [
            ("localhost:9092", Some("localhost:9092")),
            ("[::1]:9092", Some("[::1]:9092")),
            ("PLAINTEXT://10.0.0.1:1", Some("10.0.0.1:1")),
            ("localhost", None),
            ("::1:9092", None),
            (":9092", None),
            ("a b:1", None),
            ("[::1:9092", None),
            ("localhost:99999", None),
            ("localhost:", None),
        ] {
            assert_eq!(text.parse::<Address>().ok().map(|found| found.to_string()).as_deref(), expected);
        }
        assert_eq!(Address::parse_list("a:1, b:2,").unwrap().len(), 2);
        assert!(Address::parse_list(" , ").is_err());
    }
}
