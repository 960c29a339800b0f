//! Hands the fuzzer's inputs to [`ottla_fuzz::log_records`].
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ottla_fuzz::log_records::run(input));
