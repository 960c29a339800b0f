//! Hands the fuzzer's inputs to [`ottla_fuzz::requests`].
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ottla_fuzz::requests::run(input));
