//! Changes of a group's settings.

use super::{AlterError, Altered, Change, Resource, unmet, wrong};
use crate::broker;
use crate::effective::{EffectiveConfig, Texts};
use crate::group;

/// What a group may be given lies between two settings of the broker.
struct Bounds {
    min: Option<i64>,
    max: Option<i64>,
}

impl EffectiveConfig {
    /// Changes a group's own settings.
    ///
    /// # Errors
    /// `INVALID_CONFIG` for an unknown setting, a wrong value or one beyond the broker's limits; `INVALID_REQUEST`
    /// for a change that is malformed or a group without a name.
    pub fn alter_group(
        &self,
        name: &str,
        current: &Texts,
        changes: &[Change<'_>],
    ) -> Result<Altered, AlterError> {
        if name.is_empty() {
            return Err(AlterError::request(
                "a group has a name; there are no settings for all of them together",
            ));
        }
        let resource = Resource { current, find: group::find, has_lists: false, logs_everything: false };
        let mut altered = resource.apply(changes)?;
        for (key, text) in &altered.texts {
            self.check_group_value(key, text)?;
        }
        for kind in ["consumer", "share", "streams"] {
            self.check_heartbeat(kind, &altered.texts)?;
        }
        altered.warnings = unmet(&altered.changes, group::find);
        Ok(altered)
    }

    fn check_group_value(&self, key: &str, text: &str) -> Result<(), AlterError> {
        let Some(setting) = group::find(key) else {
            let known = group::SETTINGS.iter().map(|setting| setting.key);
            let hint =
                crate::nearest::nearest(key, known).map(|nearest| format!("; did you mean {nearest}?"));
            return Err(AlterError::config(format!(
                "{key} is not a setting of groups{}",
                hint.unwrap_or_default()
            )));
        };
        let value =
            setting.parse(text).map_err(|reason| AlterError::config(wrong(setting, key, text, &reason)))?;
        let crate::Value::Whole(number) = value else { return Ok(()) };
        let bounds = self.group_bounds(key);
        if bounds.min.is_some_and(|min| number < min) || bounds.max.is_some_and(|max| number > max) {
            let min = bounds.min.map(|min| format!("at least {min}"));
            let max = bounds.max.map(|max| format!("at most {max}"));
            let range: Vec<String> = [min, max].into_iter().flatten().collect();
            let text = format!("{key}={number}: the broker allows {}", range.join(" and "));
            return Err(AlterError::config(text));
        }
        Ok(())
    }

    /// `consumer.session.timeout.ms` lies between `group.consumer.min.session.timeout.ms` and its `max`.
    fn group_bounds(&self, key: &str) -> Bounds {
        let (kind, rest) = key.split_once('.').unwrap_or((key, ""));
        let rest = rest.strip_prefix("num.").unwrap_or(rest);
        let bound = |end: &str| {
            let key = format!("group.{kind}.{end}.{rest}");
            broker::find(&key).map(|_| self.values.whole(&key))
        };
        Bounds { min: bound("min"), max: bound("max") }
    }

    fn check_heartbeat(&self, kind: &str, own: &Texts) -> Result<(), AlterError> {
        let heartbeat = format!("{kind}.heartbeat.interval.ms");
        let session = format!("{kind}.session.timeout.ms");
        if !own.contains_key(&heartbeat) && !own.contains_key(&session) {
            return Ok(());
        }
        let value = |key: &str| {
            let given = own.get(key).and_then(|text| text.trim().parse::<i64>().ok());
            given.unwrap_or_else(|| self.values.whole(&format!("group.{key}")))
        };
        let (interval, timeout) = (value(&heartbeat), value(&session));
        if interval < timeout {
            return Ok(());
        }
        Err(AlterError::config(format!("{heartbeat} ({interval}) must be less than {session} ({timeout})")))
    }
}
