//! The results as Markdown.

use std::fmt::Write as _;

use crate::contestant::Contestant;
use crate::reading::{Metric, figure};
use crate::rounds::Results;
use crate::spread::Spread;
use crate::workload::Workload;

/// The contestant that the others are compared with.
const REFERENCE: Contestant = Contestant::Kafka;

/// One table of what was measured with ratios to Apache Kafka, and one of the circumstances.
pub(crate) fn render(
    results: &Results,
    workloads: &[&'static Workload],
    contestants: &[Contestant],
) -> String {
    let mut text = heading(contestants, true);
    rows(
        &mut text,
        results,
        workloads,
        |metric| !metric.is_circumstance(),
        |workload, metric| {
            let cell = |contestant| compared(results, workload, metric, contestant);
            contestants.iter().flat_map(|contestant| cell(*contestant)).collect()
        },
    );
    text.push_str("\nThe circumstances:\n\n");
    text.push_str(&heading(contestants, false));
    rows(&mut text, results, workloads, Metric::is_circumstance, |workload, metric| {
        let figures = |contestant: &Contestant| results.figures(workload, metric, *contestant);
        contestants.iter().map(|contestant| spread(Spread::of(figures(contestant)))).collect()
    });
    text
}

fn heading(contestants: &[Contestant], with_ratios: bool) -> String {
    let mut names = String::from("| workload | |");
    let mut rule = String::from("|---|---|");
    for contestant in contestants {
        let _ = write!(names, " {} |", contestant.name());
        rule.push_str("--:|");
        if with_ratios && *contestant != REFERENCE {
            names.push_str(" ÷ Kafka |");
            rule.push_str("--:|");
        }
    }
    format!("{names}\n{rule}\n")
}

fn rows(
    text: &mut String,
    results: &Results,
    workloads: &[&'static Workload],
    is_wanted: impl Fn(Metric) -> bool,
    cells: impl Fn(&'static str, Metric) -> Vec<String>,
) {
    for workload in workloads {
        for metric in Metric::ALL.into_iter().filter(|metric| is_wanted(*metric)) {
            let measured = Contestant::ALL
                .iter()
                .any(|contestant| !results.figures(workload.name, metric, *contestant).is_empty());
            if measured {
                let cells = cells(workload.name, metric).join(" | ");
                let _ = writeln!(text, "| {} | {} | {cells} |", workload.name, metric.label());
            }
        }
    }
}

/// The median of a contestant and, if it is not the reference, its ratio to it.
fn compared(
    results: &Results,
    workload: &'static str,
    metric: Metric,
    contestant: Contestant,
) -> Vec<String> {
    let own = results.figures(workload, metric, contestant);
    let median = Spread::of(own).map_or("–".to_owned(), |spread| figure(spread.median));
    if contestant == REFERENCE {
        return vec![median];
    }
    let beside = results.figures(workload, metric, REFERENCE);
    vec![median, spread(Spread::of_ratios(own, beside))]
}

fn spread(spread: Option<Spread>) -> String {
    spread.map_or("–".to_owned(), |spread| spread.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::choose;

    #[test]
    fn medians_stand_beside_ratios_and_their_spread() {
        let mut results = Results::default();
        for (ottla, kafka) in [(100.0, 50.0), (90.0, 30.0)] {
            let others = Metric::OthersProcessors.is(0.5);
            results.add("consume", Contestant::Ottla, &[Metric::Throughput.is(ottla), others]);
            results.add("consume", Contestant::Kafka, &[Metric::Throughput.is(kafka)]);
        }
        let text = render(&results, &choose(&[], false).unwrap(), &[Contestant::Ottla, Contestant::Kafka]);
        let expected = "\
| workload | | Ottla | ÷ Kafka | Apache Kafka |
|---|---|--:|--:|--:|
| consume | throughput, MB/s | 95.0 | 2.50 (2.00–3.00) | 40.0 |

The circumstances:

| workload | | Ottla | Apache Kafka |
|---|---|--:|--:|
| consume | other CPU, cores | 0.500 | – |
";
        assert_eq!(text, expected);
    }
}
