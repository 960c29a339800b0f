//! Structure as a test: what a review would otherwise have to notice.

mod functions;
mod layers;
mod sources;

use crate::error::{Error, Result};
use crate::process::root;

/// Runs every check and reports all that they find, not only the first.
pub(crate) fn check() -> Result<()> {
    let root = root();
    let sources = sources::read_all(&root)?;
    let mut found = layers::check()?;
    found.extend(sources::check(&sources));
    found.extend(functions::check(&sources));
    if found.is_empty() {
        eprintln!("{} files are in order", sources.len());
        return Ok(());
    }
    Err(Error::Found(format!("the structure is not in order:\n  {}", found.join("\n  "))))
}
