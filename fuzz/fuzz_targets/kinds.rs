//! Fuzz target: `cargo +nightly fuzz run kinds`.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::kinds(data));

#[cfg(not(fuzzing))]
fn main() {
    eprintln!("run `cargo +nightly fuzz run kinds` instead; `cargo test` replays the corpus");
}
