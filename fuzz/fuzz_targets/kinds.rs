//! `cargo +nightly fuzz run kinds`.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::kinds(data));

#[cfg(not(fuzzing))]
fn main() {
    eprintln!("run this by `cargo +nightly fuzz run kinds`; `cargo test` replays its corpus");
}
