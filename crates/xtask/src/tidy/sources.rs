//! Rules about files: how long, how they begin, what they may not say.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A file longer than this has more than one job.
const FILE_LINES_MAX: usize = 1000;

/// Module names that name nothing.
const EMPTY_NAMES: &[&str] = &["utils", "util", "common", "helpers", "manager", "impl", "misc"];

/// Words that must not stand in a Rust file outside this one, and why.
const FORBIDDEN: &[(&str, &str)] = &[
    ("#[ignore", "nothing is ignored: assert what is, with its reason"),
    ("todo!(", "finish it or leave it out"),
    ("unimplemented!(", "finish it or leave it out"),
    ("/root/", "no path of one machine"),
    ("/home/", "no path of one machine"),
];

/// A Rust file of the workspace.
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// Reads every Rust file under `crates/`, in a fixed order.
pub(super) fn read_all(root: &Path) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    let mut folders = vec![root.join("crates")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(Error::file(&folder))? {
            let path = entry.map_err(Error::file(&folder))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
                let path = path.strip_prefix(root).expect("it was found below").to_owned();
                sources.push(Source { path, text });
            }
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(sources)
}

pub(super) fn check(sources: &[Source]) -> Vec<String> {
    sources.iter().flat_map(objections).collect()
}

fn objections(source: &Source) -> Vec<String> {
    let path = source.path.display();
    let mut found = Vec::new();
    let lines = source.text.lines().count();
    if lines > FILE_LINES_MAX {
        found.push(format!("{path}: {lines} lines; split it (at most {FILE_LINES_MAX}, better under 300)"));
    }
    if !source.text.starts_with("//!") && !source.text.starts_with("#!") {
        found.push(format!("{path}:1: open with `//!` and say what the file is for"));
    }
    let stem = source.path.file_stem().unwrap_or_default().to_string_lossy();
    if EMPTY_NAMES.contains(&stem.as_ref()) {
        found.push(format!("{path}: `{stem}` names nothing; name the thing"));
    }
    if !source.path.starts_with("crates/xtask/src/tidy") {
        for (number, line) in source.text.lines().enumerate() {
            for (word, why) in FORBIDDEN.iter().filter(|(word, _)| line.contains(word)) {
                found.push(format!("{path}:{}: `{word}`: {why}", number + 1));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str) -> usize {
        objections(&Source { path: path.into(), text: text.into() }).len()
    }

    #[test]
    fn long_nameless_and_unfinished_files_are_found() {
        assert_eq!(check("crates/a/src/log.rs", "//! A log.\n"), 0);
        assert_eq!(check("crates/a/src/log.rs", "use std::io;\n"), 1);
        assert_eq!(check("crates/a/src/utils.rs", "//! Things.\n"), 1);
        assert_eq!(check("crates/a/src/log.rs", "//! A log.\nfn f() { todo!() }\n"), 1);
        assert_eq!(check("crates/a/src/log.rs", &"//! line\n".repeat(FILE_LINES_MAX + 1)), 1);
    }
}
