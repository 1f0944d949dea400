//! Fuzz target: `cargo +nightly fuzz run derives`.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::derives(data));

#[cfg(not(fuzzing))]
fn main() {
    eprintln!("run `cargo +nightly fuzz run derives` instead; `cargo test` replays the corpus");
}
