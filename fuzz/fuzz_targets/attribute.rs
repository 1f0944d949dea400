//! Fuzz target: `cargo +nightly fuzz run attribute`.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::attribute(data));

#[cfg(not(fuzzing))]
fn main() {
    eprintln!("run `cargo +nightly fuzz run attribute` instead; `cargo test` replays the corpus");
}
