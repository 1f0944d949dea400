//! The runner: prints the cost of instrumented calls, for this project and other libraries.
//!
//! Example: `cargo run --release -p benches -- table`. `benches/README.md` lists all commands.

mod callgrind;
mod check;
mod compile;
mod generated;
mod measure;
mod memory;
mod profile;
mod programs;
mod real_crates;
mod stack;
mod table;

use std::io;
use std::process::ExitCode;

const USAGE: &str = "usage: benches quick|table|stack|memory|compile [VARIANT]|clean|crates|all|check|renew|list|profile SCENARIO";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match *arguments {
        ["quick"] => table::print_quick(),
        ["table"] => table::print(),
        ["stack"] => stack::print(),
        ["memory"] => memory::print(),
        ["compile"] => compile::print(None),
        ["crates"] => real_crates::print(),
        ["clean"] => compile::print_clean(),
        ["compile", name] => compile::print(Some(name)),
        ["all"] => all(),
        ["renew"] => check::renew(),
        ["check"] => return check::run(),
        ["list"] => list(),
        ["profile", name] => profile::print(name),
        _ => Err(io::Error::other(USAGE)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn all() -> io::Result<()> {
    table::print()?;
    stack::print()?;
    compile::print(None)?;
    compile::print_clean()
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "all commands have the same signature"
)]
fn list() -> io::Result<()> {
    for scenario in scenarios::all() {
        println!("{:24} {}", scenario.name, scenario.label);
    }
    Ok(())
}
