//! Hands the fuzzer's inputs to [`ottla_fuzz::checkpoints`].
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ottla_fuzz::checkpoints::run(input));
