//! ApiVersions (18): what this broker serves. KIP-35, KIP-511, KIP-584.

use ottla_controller::KRAFT_VERSION;
use ottla_metadata::MetadataImage;
use ottla_net::Response;
use ottla_protocol::ApiKey;
use ottla_protocol::messages::RequestHeader;
use ottla_protocol::messages::api_versions::{
    ApiVersion, ApiVersionsRequest, ApiVersionsResponse, FinalizedFeatureKey, SupportedFeatureKey,
};
use ottla_types::ErrorCode;

use super::APIS;
use crate::features::SUPPORTED;
use crate::request::{Call, Serve, encode};

/// librdkafka takes a broker that does not name Produce 0 for one too old to speak to (KAFKA-18659), so it is
/// named, as Apache Kafka 4 names it, although Produce is served from version 3.
const PRODUCE_ADVERTISED_FROM: i16 = 0;

/// Before this version clients cannot read a feature whose lowest level is 0 (KAFKA-17492).
const LEVEL_ZERO_SINCE: i16 = 4;

/// For `docs/protocol.md`.
pub(crate) const DEVIATION: &str = "Only features that Ottla has in whole are named.";

impl Serve for ApiVersionsRequest {
    async fn serve(call: Call<Self>) -> ApiVersionsResponse {
        if call.version() >= 3 && !names_its_software(&call.request) {
            return ApiVersionsResponse {
                error_code: ErrorCode::InvalidRequest.code(),
                ..ApiVersionsResponse::default()
            };
        }
        let image = call.broker.image();
        ApiVersionsResponse {
            api_keys: advertised(),
            supported_features: SUPPORTED
                .iter()
                .filter(|feature| feature.min > 0 || call.version() >= LEVEL_ZERO_SINCE)
                .map(|feature| SupportedFeatureKey {
                    name: feature.name.into(),
                    min_version: feature.min,
                    max_version: feature.max,
                    ..SupportedFeatureKey::default()
                })
                .collect(),
            finalized_features_epoch: image.end_offset().0 - 1,
            finalized_features: finalized(&image, call.broker.standings.kraft_version()),
            ..ApiVersionsResponse::default()
        }
    }
}

/// The levels that are in force: those of the image, and the quorum's own, which stands in control records of its log.
fn finalized(image: &MetadataImage, kraft_version: i16) -> Vec<FinalizedFeatureKey> {
    let of_image = image.features().filter(|(name, _)| &***name != KRAFT_VERSION);
    let all = of_image.map(|(name, level)| (&**name, level)).chain([(KRAFT_VERSION, kraft_version)]);
    let feature = |(name, level): (&str, i16)| FinalizedFeatureKey {
        name: name.into(),
        max_version_level: level,
        min_version_level: level,
        ..FinalizedFeatureKey::default()
    };
    all.filter(|(_, level)| *level != 0).map(feature).collect()
}

/// Answers a version that is not served with version 0, which every client can read, and with the versions
/// that are. A client that gets anything else here waits for ever (KIP-511).
pub(crate) fn refuse_version(header: &RequestHeader) -> Result<Response, String> {
    let response = ApiVersionsResponse {
        error_code: ErrorCode::UnsupportedVersion.code(),
        api_keys: advertised().into_iter().filter(|api| api.api_key == ApiKey::ApiVersions.code()).collect(),
        ..ApiVersionsResponse::default()
    };
    let header = RequestHeader { request_api_version: 0, ..header.clone() };
    encode::<ApiVersionsRequest>(&header, &response, std::iter::empty())
}

fn advertised() -> Vec<ApiVersion> {
    APIS.iter()
        .map(|api| ApiVersion {
            api_key: api.key.code(),
            min_version: if api.key == ApiKey::Produce { PRODUCE_ADVERTISED_FROM } else { api.versions.0 },
            max_version: api.versions.1,
            ..ApiVersion::default()
        })
        .collect()
}

/// Name and version must each begin and end with a letter or digit, with dots and dashes between.
fn names_its_software(request: &ApiVersionsRequest) -> bool {
    [&request.client_software_name, &request.client_software_version].into_iter().all(|name| {
        let bytes = name.as_bytes();
        let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        ends(bytes.first())
            && ends(bytes.last())
            && bytes.iter().all(|&byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
    })
}
