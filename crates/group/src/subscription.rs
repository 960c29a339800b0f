//! Which topics a consumer subscribes to, as far as the coordinator must know: it keeps their offsets.

use std::collections::BTreeSet;
use std::sync::Arc;

/// The protocol type whose metadata are subscriptions.
pub(crate) const CONSUMER: &str = "consumer";

/// The topics in a subscription of any version: every version begins with what version 0 is, a list of names.
/// `None` if the bytes are no subscription.
pub(crate) fn topics(metadata: &[u8]) -> Option<BTreeSet<Arc<str>>> {
    let (version, rest) = metadata.split_first_chunk::<2>()?;
    if i16::from_be_bytes(*version) < 0 {
        return None;
    }
    let (count, mut rest) = rest.split_first_chunk::<4>()?;
    let count = u32::try_from(i32::from_be_bytes(*count)).ok()?;
    let mut topics = BTreeSet::new();
    for _ in 0..count {
        let (len, tail) = rest.split_first_chunk::<2>()?;
        let (name, tail) = tail.split_at_checked(usize::try_from(i16::from_be_bytes(*len)).ok()?)?;
        topics.insert(std::str::from_utf8(name).ok()?.into());
        rest = tail;
    }
    Some(topics)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_read_whatever_follows_them() {
        assert_eq!(topics(b"\0\x03\0\0\0\x02\0\x01a\0\x02bcrest"), Some(["a".into(), "bc".into()].into()));
        assert_eq!(topics(b"\0\0\0\0\0\0"), Some(BTreeSet::new()));
    }

    #[test]
    fn what_is_no_subscription_is_none_and_costs_nothing() {
        for bytes in [&b""[..], b"\0", b"\xff\xff\0\0\0\0", b"\0\0\x7f\xff\xff\xff", b"\0\0\0\0\0\x01\0\x09a"]
        {
            assert_eq!(topics(bytes), None, "{bytes:?}");
        }
    }
}
