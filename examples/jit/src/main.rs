//! `cargo run --release -p jit`: see [`jit::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    jit::cli::main()
}
