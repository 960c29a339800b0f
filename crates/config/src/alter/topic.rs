//! Changes of a topic's settings.

use super::{AlterError, Altered, Change, Resource, unmet, wrong};
use crate::effective::{EffectiveConfig, Texts};
use crate::topic;

impl EffectiveConfig {
    /// Changes a topic's own settings, or gives a new topic its first ones.
    ///
    /// # Errors
    /// `INVALID_CONFIG` for an unknown setting, a wrong value or a contradiction; `INVALID_REQUEST` for a change
    /// that is malformed.
    pub fn alter_topic(&self, current: &Texts, changes: &[Change<'_>]) -> Result<Altered, AlterError> {
        let resource = Resource { current, find: topic::find, has_lists: true, logs_everything: false };
        let mut altered = resource.apply(changes)?;
        self.check_topic(&altered.texts)?;
        altered.warnings = unmet(&altered.changes, topic::find);
        let policy = altered.changes.iter().find(|(key, _)| key == "cleanup.policy");
        if policy.is_some_and(|(_, text)| text.as_ref().is_some_and(|text| text.contains("compact"))) {
            altered.warnings.push("not there yet: log compaction; nothing is compacted so far".to_owned());
        }
        Ok(altered)
    }

    fn check_topic(&self, own: &Texts) -> Result<(), AlterError> {
        for (key, text) in own {
            let Some(setting) = topic::find(key) else {
                let known =
                    topic::SETTINGS.iter().filter(|setting| !setting.is_internal).map(|setting| setting.key);
                let hint =
                    crate::nearest::nearest(key, known).map(|nearest| format!("; did you mean {nearest}?"));
                return Err(AlterError::config(format!(
                    "{key} is not a setting of topics{}",
                    hint.unwrap_or_default()
                )));
            };
            if let Err(reason) = setting.parse(text) {
                return Err(AlterError::config(wrong(setting, key, text, &reason)));
            }
        }
        let mut ignored = Vec::new();
        let own = own.iter().map(|(key, text)| (key.as_str(), text.as_str()));
        let values = self.topic_values.with(own, &mut ignored);
        let (min, max) = ("min.compaction.lag.ms", "max.compaction.lag.ms");
        let (low, high) = (values.whole(min), values.whole(max));
        if low > high {
            let text = format!("{min} ({low}) must not be greater than {max} ({high})");
            return Err(AlterError::config(text));
        }
        if values.boolean("remote.storage.enable") {
            let text =
                "remote.storage.enable=true: remote storage does not exist yet; the topic cannot use it";
            return Err(AlterError::config(text));
        }
        Ok(())
    }
}
