//! The program `jit`; see [`jit::cli`].
//!
//! Run it with `cargo run --release -p jit`.

use std::process::ExitCode;

fn main() -> ExitCode {
    jit::cli::main()
}
