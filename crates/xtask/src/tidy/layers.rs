//! Which crate may import which. The list is the architecture: see `ARCHITECTURE.md`.

use serde_json::Value;

use crate::error::{Error, Result};
use crate::process::{cargo, output};

/// Every crate by layer, lowest first. A crate imports only from lower layers, or crates named before it in
/// its own layer; the machines of layer 3 never import each other, nor do `broker` and `client`.
const LAYERS: &[&[&str]] = &[
    &["ottla-types", "ottla-config"],
    &["ottla-protocol-derive", "ottla-protocol", "ottla-machine"],
    &["ottla-metadata"],
    &["ottla-controller", "ottla-group"],
    &["ottla-storage"],
    &["ottla-net", "ottla-quorum"],
    &["ottla-broker", "ottla-client"],
    &["ottla"],
    &["ottla-testkit", "ottla-crash", "ottla-interop", "ottla-bench", "ottla-fuzz", "xtask"],
];

/// Layers whose crates do not know each other.
const STRANGERS: &[usize] = &[3, 6];

/// Libraries that one crate alone may use.
const SOLE_IMPORTERS: &[(&str, &str)] = &[("openraft", "ottla-quorum")];

/// What is imported upwards or sideways.
pub(super) fn check() -> Result<Vec<String>> {
    let text = output(&mut cargo(&["metadata", "--format-version", "1", "--no-deps", "--locked"]))?;
    let metadata: Value = serde_json::from_str(&text)
        .map_err(|error| Error::Found(format!("cargo metadata is not JSON: {error}")))?;
    let mut found = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        let Some(place) = place(name) else {
            found.push(format!("{name}: this crate has no place in tidy's list of layers"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            // Tests may use the test kit, which lies above.
            if dependency["kind"] != "dev" {
                let import = dependency["name"].as_str().unwrap_or_default();
                found.extend(objection(name, place, import));
            }
        }
    }
    Ok(found)
}

fn place(name: &str) -> Option<(usize, usize)> {
    LAYERS
        .iter()
        .enumerate()
        .find_map(|(layer, names)| Some((layer, names.iter().position(|known| *known == name)?)))
}

fn objection(name: &str, own: (usize, usize), import: &str) -> Option<String> {
    if let Some((library, importer)) = SOLE_IMPORTERS.iter().find(|(library, _)| *library == import)
        && name != *importer
    {
        return Some(format!("{name} imports {library}, which only {importer} may"));
    }
    let other = place(import)?;
    if other > own {
        return Some(format!("{name} imports {import}, which lies above it"));
    }
    (other.0 == own.0 && STRANGERS.contains(&own.0))
        .then(|| format!("{name} imports {import}: crates of that layer must not know each other"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_go_down_only() {
        let check = |name: &str, import: &str| objection(name, place(name).unwrap(), import).is_none();
        assert!(check("ottla-storage", "ottla-types"));
        assert!(check("ottla-protocol", "ottla-protocol-derive"));
        assert!(check("ottla-storage", "bytes"));
        assert!(check("ottla-quorum", "openraft"));
        assert!(!check("ottla-types", "ottla-config"));
        assert!(!check("ottla-net", "ottla-broker"));
        assert!(!check("ottla-group", "ottla-controller"));
        assert!(!check("ottla-client", "ottla-broker"));
        assert!(!check("ottla-broker", "openraft"));
    }
}
