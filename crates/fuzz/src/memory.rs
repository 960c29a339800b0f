//! Memory in proportion to the input.

/// Runs something that may hold `times` the input's length and `more` bytes at once.
///
/// # Panics
/// If it held more. Only Rust's allocator is counted: what C libraries take, libFuzzer's limit on the process sees.
pub(crate) fn bounded<T>(what: &str, input: usize, times: usize, more: usize, run: impl FnOnce() -> T) -> T {
    let mut result = None;
    let used = allocation_counter::measure(|| result = Some(run())).bytes_max;
    let allowed = (times * input + more) as u64;
    assert!(used <= allowed, "{what} held {used} bytes for {input} of input; {allowed} are allowed");
    result.expect("what was measured has run")
}
