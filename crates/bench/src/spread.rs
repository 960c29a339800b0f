//! The middle of several figures, and how far they lie apart.

use std::fmt;

use crate::reading::figure;

/// Median, least and greatest of some figures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) greatest: f64,
}

impl Spread {
    /// Of figures; `None` of none.
    pub(crate) fn of(figures: &[f64]) -> Option<Self> {
        let mut figures = figures.to_vec();
        figures.sort_unstable_by(f64::total_cmp);
        let (least, greatest) = (*figures.first()?, *figures.last()?);
        let half = figures.len() / 2;
        let median = match figures.len() % 2 {
            1 => figures[half],
            _ => f64::midpoint(figures[half - 1], figures[half]),
        };
        Some(Self { median, least, greatest })
    }

    /// Of the ratios of figures to those that were measured beside them.
    pub(crate) fn of_ratios(figures: &[f64], beside: &[f64]) -> Option<Self> {
        let ratios = figures.iter().zip(beside).map(|(figure, beside)| figure / beside);
        Self::of(&ratios.filter(|ratio| ratio.is_finite()).collect::<Vec<_>>())
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { median, least, greatest } = self;
        if least == greatest {
            return f.write_str(&figure(*median));
        }
        write!(f, "{} ({}–{})", figure(*median), figure(*least), figure(*greatest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(Spread::of(&[]), None);
        assert_eq!(Spread::of(&[3.0, 1.0, 2.0]), Some(Spread { median: 2.0, least: 1.0, greatest: 3.0 }));
        assert_eq!(Spread::of(&[4.0, 1.0, 2.0, 3.0]).unwrap().median, 2.5);
    }

    #[test]
    fn ratios_are_of_turns_that_lie_side_by_side() {
        let ratios = Spread::of_ratios(&[2.0, 9.0, 5.0], &[1.0, 3.0, 0.0]).unwrap();
        assert_eq!(ratios.to_string(), "2.50 (2.00–3.00)");
        assert_eq!(Spread::of(&[2.0]).unwrap().to_string(), "2.00");
    }
}
