//! Hands the fuzzer's inputs to [`ottla_fuzz::log_files`].
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ottla_fuzz::log_files::run(input));
