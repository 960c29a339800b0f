//! Which topics a consumer subscribes to, as far as the coordinator must know: it keeps their offsets.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::{Buf, Bytes};
use ottla_protocol::Message;
use ottla_protocol::embedded::ConsumerProtocolSubscription;

/// The protocol type whose metadata are subscriptions.
pub(crate) const CONSUMER: &str = "consumer";

/// The topics in a subscription of any version, also one yet to come: each begins with what version 0 is.
/// `None` if the bytes are no subscription.
pub(crate) fn topics(mut metadata: Bytes) -> Option<BTreeSet<Arc<str>>> {
    let _version = metadata.try_get_i16().ok()?;
    let subscription = ConsumerProtocolSubscription::decode(&mut metadata, 0).ok()?;
    Some(subscription.topics.iter().map(|topic| topic.as_str().into()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_read_whatever_follows_them() {
        let bytes = Bytes::from_static(b"\0\x63\0\0\0\x02\0\x01a\0\x02bc\xff\xff\xff\xffrest");
        assert_eq!(topics(bytes), Some(["a".into(), "bc".into()].into()));
    }

    #[test]
    fn what_is_no_subscription_is_none() {
        for bytes in [&b""[..], b"\0", b"\0\0\0\0\0\0", b"\0\0\x7f\xff\xff\xff", b"\0\0\0\0\0\x01\0\x09a"] {
            assert_eq!(topics(Bytes::from_static(bytes)), None, "{bytes:?}");
        }
    }
}
