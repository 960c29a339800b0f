//! Which requests a broker understands, in which versions.

use std::collections::BTreeMap;

use ottla_protocol::messages::ApiVersionsResponse;
use ottla_protocol::{ApiKey, Request, Versions};

use crate::{Address, Error};

/// What a broker says that it speaks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiVersions {
    ranges: BTreeMap<i16, Versions>,
    /// The features that the broker supports and the level that the cluster has settled on.
    pub features: BTreeMap<String, Feature>,
}

/// A feature of a cluster (KIP-584).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Feature {
    /// The levels that the broker supports, if it names the feature.
    pub supported: Option<Versions>,
    /// The level that the cluster has settled on, if it has.
    pub finalized: Option<i16>,
}

impl ApiVersions {
    /// Reads a broker's answer.
    #[must_use]
    pub fn of(response: &ApiVersionsResponse) -> Self {
        let range = |api: &ottla_protocol::messages::api_versions::ApiVersion| {
            (api.api_key, Versions::new(api.min_version, api.max_version))
        };
        let mut features: BTreeMap<String, Feature> = BTreeMap::new();
        for feature in &response.supported_features {
            let levels = Versions::new(feature.min_version, feature.max_version);
            features.entry(feature.name.to_string()).or_default().supported = Some(levels);
        }
        for feature in &response.finalized_features {
            let entry = features.entry(feature.name.to_string()).or_default();
            entry.finalized = Some(feature.max_version_level);
        }
        Self { ranges: response.api_keys.iter().map(range).collect(), features }
    }

    /// Every request that the broker names, by number: also those that this library does not know.
    pub fn iter(&self) -> impl Iterator<Item = (i16, Versions)> {
        self.ranges.iter().map(|(&key, &versions)| (key, versions))
    }

    /// The versions that the broker speaks.
    #[must_use]
    pub fn of_api(&self, key: ApiKey) -> Option<Versions> {
        self.ranges.get(&key.code()).copied()
    }

    /// The highest version up to `at_most` that both sides know.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if there is none.
    pub fn highest_common<R: Request>(&self, at_most: i16, address: &Address) -> Result<i16, Error> {
        let ours = Versions::new(R::VERSIONS.first, at_most.min(R::VERSIONS.last));
        let theirs = self.of_api(R::KEY);
        theirs
            .map(|theirs| Versions::new(ours.first.max(theirs.first), ours.last.min(theirs.last)))
            .filter(|common| !common.is_empty())
            .map(|common| common.last)
            .ok_or_else(|| Error::Unsupported { address: address.clone(), api: R::KEY, ours, theirs })
    }
}

#[cfg(test)]
mod tests {
    use ottla_protocol::messages::api_versions::ApiVersion;
    use ottla_protocol::messages::{FetchRequest, MetadataRequest};

    use super::*;

    #[test]
    fn the_highest_version_that_both_know_is_taken() {
        let of = |first, last| {
            let api =
                ApiVersion { api_key: 3, min_version: first, max_version: last, ..ApiVersion::default() };
            let response = ApiVersionsResponse { api_keys: vec![api], ..ApiVersionsResponse::default() };
            ApiVersions::of(&response)
        };
        let address = Address::new("x", 1);
        let pick =
            |first, last, at_most| of(first, last).highest_common::<MetadataRequest>(at_most, &address).ok();
        assert_eq!(pick(0, 99, i16::MAX), Some(13));
        assert_eq!(pick(0, 7, i16::MAX), Some(7));
        assert_eq!(pick(0, 99, 4), Some(4));
        assert_eq!(pick(5, 99, 4), None);
        assert_eq!(pick(99, 100, i16::MAX), None);
        assert!(of(0, 1).highest_common::<FetchRequest>(i16::MAX, &address).is_err());
    }
}
