//! `cargo +nightly fuzz run derives`.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::derives(data));

#[cfg(not(fuzzing))]
fn main() {
    eprintln!("run this by `cargo +nightly fuzz run derives`; `cargo test` replays its corpus");
}
