//! Hands the fuzzer's inputs to [`ottla_fuzz::batches`].
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ottla_fuzz::batches::run(input));
