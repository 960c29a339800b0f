//! The machine that figures come from: without it they mean little.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

/// Pages are no smaller anywhere.
const PAGE_LEN: usize = 4 << 10;

/// One paragraph: processors, memory, kernel, file system, Java.
pub(crate) fn describe(folder: &Path) -> String {
    let cpus = thread::available_parallelism().map_or(0, usize::from);
    let model = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".into());
    let memory =
        kib("MemTotal").map_or("unknown".into(), |kib| format!("{:.0} GB", (kib * 1024) as f64 / 1e9));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let file_system = file_system(folder).unwrap_or_else(|| "unknown".into());
    format!(
        "{cpus} CPUs ({model}), {memory} of memory, Linux {}, {file_system}, {}",
        kernel.trim(),
        java().unwrap_or_else(|| "no Java".into())
    )
}

/// Touches so much memory, at most a quarter of what is available, and lets go of it again. In a virtual machine, memory
/// that has long been free has first to be brought back by the host, which costs several times what a broker does with a
/// page: without this, that bill goes to whoever happens to touch a page first.
pub(crate) fn touch_memory(bytes: u64) {
    let available = kib("MemAvailable").map_or(0, |kib| kib * 1024);
    let len = usize::try_from(bytes.min(available / 4)).unwrap_or(0);
    let mut memory = vec![0_u8; len];
    for page in memory.chunks_mut(PAGE_LEN) {
        page[0] = 1;
    }
    std::hint::black_box(&memory);
}

/// A line of `/proc/meminfo`.
fn kib(name: &str) -> Option<u64> {
    field("/proc/meminfo", name)?.strip_suffix("kB")?.trim().parse().ok()
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The type of the file system that the folder lies on: that of the longest mount point above it.
fn file_system(folder: &Path) -> Option<String> {
    let folder = fs::canonicalize(folder).ok()?;
    let mounts = fs::read_to_string("/proc/self/mounts").ok()?;
    let mounts = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        Some((fields.next()?, fields.next()?))
    });
    let above = mounts.filter(|(point, _)| folder.starts_with(point));
    above.max_by_key(|(point, _)| point.len()).map(|(_, kind)| kind.to_owned())
}

/// `openjdk version "17.0.1" 2021-10-19`, the first line of what `java -version` says.
fn java() -> Option<String> {
    let output = Command::new("java").arg("-version").output().ok()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Some(format!("Java {}", said.lines().next()?.split('"').nth(1)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_measured_before_it_is_touched() {
        assert!(kib("MemAvailable").is_some_and(|kib| kib > 0));
        assert_eq!(kib("MemImagined"), None);
        touch_memory(3 * PAGE_LEN as u64);
    }

    #[test]
    fn this_machine_can_be_described() {
        let text = describe(Path::new("/"));
        assert!(text.contains("CPUs") && !text.starts_with("0 "), "{text}");
        assert!(file_system(Path::new("/proc/self")).is_some_and(|kind| kind == "proc"));
    }
}
