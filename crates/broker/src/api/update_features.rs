//! UpdateFeatures (57): the levels of the cluster's features go up or down. KIP-584, KIP-778.
//!
//! Deviation: `kraft.version` stays what the cluster was founded with.

use std::collections::BTreeMap;
use std::sync::Arc;

use ottla_controller::{Command, FeatureUpdate, Reply, UpdateFeatures, UpgradeType};
use ottla_protocol::messages::update_features::{
    FeatureUpdateKey, UpdatableFeatureResult, UpdateFeaturesRequest, UpdateFeaturesResponse,
};

use crate::admin::{Refused, error_fields};
use crate::request::{Call, Serve};

pub(super) const DEVIATION: &str =
    "`kraft.version` stays what the cluster was founded with; Apache Kafka can raise it from 0 to 1";

/// Up to this version the response speaks of each feature.
const RESULTS_UNTIL: i16 = 1;

impl Serve for UpdateFeaturesRequest {
    async fn serve(call: Call<Self>) -> UpdateFeaturesResponse {
        let version = call.version();
        let Call { broker, request, .. } = call;
        // Where a feature is named twice, the last one counts. Version 0 has no types; it means an upgrade.
        let updates: BTreeMap<&str, &FeatureUpdateKey> =
            request.feature_updates.iter().map(|update| (&*update.feature, update)).collect();
        let update = |update: &FeatureUpdateKey| FeatureUpdate {
            name: Arc::from(&*update.feature),
            level: update.max_version_level,
            upgrade_type: UpgradeType::from_code(update.upgrade_type),
        };
        let command = UpdateFeatures {
            updates: updates.into_values().map(update).collect(),
            validate_only: request.validate_only,
        };
        // Apache Kafka does not look at the request's time limit either.
        let outcome = match broker.control_unhurried(Command::UpdateFeatures(command)).await {
            Ok(Reply::UpdateFeatures(outcome)) => outcome.map_err(Refused::from),
            Ok(other) => panic!("the controller answered another question: {other:?}"),
            Err(why) => Err(why),
        };
        let speaks_of_each = outcome.is_ok() && version <= RESULTS_UNTIL;
        let (error_code, error_message) = error_fields(outcome.map_err(for_all));
        let result = |update: &FeatureUpdateKey| UpdatableFeatureResult {
            feature: update.feature.clone(),
            error_message: Some("NONE".into()),
            ..UpdatableFeatureResult::default()
        };
        let results = request.feature_updates.iter().filter(|_| speaks_of_each).map(result);
        UpdateFeaturesResponse {
            error_code,
            error_message,
            results: results.collect(),
            ..UpdateFeaturesResponse::default()
        }
    }
}

fn for_all(Refused { code, message }: Refused) -> Refused {
    Refused::new(code, format!("no feature was changed: {message}"))
}
