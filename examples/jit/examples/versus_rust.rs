//! Compares the bundled mandelbrot with the same loop in Rust.
//!
//! Run it with `cargo run --release -p jit --example versus_rust`. It prints the time of the
//! compilation, the shortest run time of each version, and their ratio.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use jit::{Program, Type, Value};

const SOURCE: &str = include_str!("../kernels/mandelbrot.py");
const SIDE: i32 = 400;
const RUNS: u32 = 15;

fn main() -> Result<(), Box<dyn Error>> {
    let program = Program::load("mandelbrot.py", SOURCE)?;
    let compiled = program.function("area").ok_or("the kernel has no `area`")?;
    let start = Instant::now();
    let overload = compiled.compile(&[Type::Int64])?;
    let compiling = start.elapsed();

    let side = [Value::Int(SIDE.into())];
    let mut jit = Duration::MAX;
    let mut rust = Duration::MAX;
    for _ in 0..RUNS {
        let start = Instant::now();
        let estimate = black_box(overload.call(black_box(&side))?);
        jit = jit.min(start.elapsed());

        let start = Instant::now();
        let expected = black_box(area(black_box(SIDE)));
        rust = rust.min(start.elapsed());
        assert_eq!(estimate, Value::Float(expected));
    }
    println!("compiling  {:>8.3} ms", compiling.as_secs_f64() * 1e3);
    println!("compiled   {:>8.3} ms", jit.as_secs_f64() * 1e3);
    println!("Rust       {:>8.3} ms", rust.as_secs_f64() * 1e3);
    println!("ratio      {:>8.3}", jit.div_duration_f64(rust));
    Ok(())
}

fn area(side: i32) -> f64 {
    const LIMIT: i64 = 300;
    let mut inside = 0;
    for row in 0..side {
        let im = 2.5 * (f64::from(row) + 0.5) / f64::from(side) - 1.25;
        for column in 0..side {
            let re = 2.5 * (f64::from(column) + 0.5) / f64::from(side) - 2.0;
            if escapes_after(re, im, LIMIT) == LIMIT {
                inside += 1;
            }
        }
    }
    f64::from(inside) * 2.5 * 2.5 / f64::from(side * side)
}

fn escapes_after(re: f64, im: f64, limit: i64) -> i64 {
    let (mut x, mut y) = (0.0, 0.0);
    for step in 0..limit {
        let (xx, yy) = (x * x, y * y);
        if xx + yy > 4.0 {
            return step;
        }
        y = 2.0 * x * y + im;
        x = xx - yy + re;
    }
    limit
}
