//! The features (KIP-584) that this broker can work with.
//!
//! A feature stands here when all of it works; what is not whole is neither named nor finalized.

/// A feature with the lowest and highest level that is supported.
pub(crate) struct Feature {
    pub(crate) name: &'static str,
    pub(crate) min: i16,
    pub(crate) max: i16,
}

/// Ordered by name.
pub(crate) const SUPPORTED: &[Feature] = &[
    Feature { name: "kraft.version", min: 0, max: 1 },
    // 3.3-IV3 to 4.3-IV0.
    Feature { name: "metadata.version", min: 7, max: 30 },
];
