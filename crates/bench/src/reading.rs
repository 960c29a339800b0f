//! What is measured.

/// One figure that a turn yields.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reading {
    pub(crate) metric: Metric,
    pub(crate) value: f64,
}

/// A kind of figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Metric {
    Throughput,
    BrokerPerGigabyte,
    LatencyP50,
    LatencyP99,
    LatencyP999,
    BrokerProcessors,
    FirstStart,
    Restart,
    MemoryIdle,
    MemoryLoaded,
    OwnProcessors,
    OthersProcessors,
    SentLateP99,
}

impl Metric {
    /// All, in the order of the table.
    pub(crate) const ALL: [Self; 13] = [
        Self::Throughput,
        Self::BrokerPerGigabyte,
        Self::LatencyP50,
        Self::LatencyP99,
        Self::LatencyP999,
        Self::BrokerProcessors,
        Self::FirstStart,
        Self::Restart,
        Self::MemoryIdle,
        Self::MemoryLoaded,
        Self::OwnProcessors,
        Self::OthersProcessors,
        Self::SentLateP99,
    ];

    /// What it is called, with its unit.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Throughput => "throughput, MB/s",
            Self::BrokerPerGigabyte => "broker CPU, s/GB",
            Self::LatencyP50 => "latency p50, ms",
            Self::LatencyP99 => "latency p99, ms",
            Self::LatencyP999 => "latency p99.9, ms",
            Self::BrokerProcessors => "broker CPU, cores",
            Self::FirstStart => "first start, s",
            Self::Restart => "restart with data, s",
            Self::MemoryIdle => "resident memory idle, MB",
            Self::MemoryLoaded => "resident memory under load, MB",
            Self::OwnProcessors => "client CPU, cores",
            Self::OthersProcessors => "other CPU, cores",
            Self::SentLateP99 => "sent late p99, ms",
        }
    }

    /// Whether it says something about the circumstances, not about the broker.
    pub(crate) fn is_circumstance(self) -> bool {
        matches!(self, Self::OwnProcessors | Self::OthersProcessors | Self::SentLateP99)
    }

    /// The reading of this kind.
    pub(crate) fn is(self, value: f64) -> Reading {
        Reading { metric: self, value }
    }
}

/// A figure as people like it: three digits that matter.
pub(crate) fn figure(value: f64) -> String {
    let decimals = match value.abs() {
        value if value >= 100.0 => 0,
        value if value >= 10.0 => 1,
        value if value >= 1.0 => 2,
        value if value >= 0.01 || value == 0.0 => 3,
        _ => 5,
    };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_its_place_and_a_label_of_its_own() {
        let mut labels = Metric::ALL.map(Metric::label).to_vec();
        labels.sort_unstable();
        labels.dedup();
        assert_eq!(labels.len(), Metric::ALL.len());
        assert!(Metric::ALL.is_sorted());
    }

    #[test]
    fn figures_have_three_digits() {
        let figures = [1234.5, 99.94, 9.876, 0.12345, 0.00123456, 0.0].map(figure);
        assert_eq!(figures, ["1234", "99.9", "9.88", "0.123", "0.00123", "0.000"]);
    }
}
