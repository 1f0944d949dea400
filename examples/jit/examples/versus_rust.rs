//! The bundled mandelbrot beside the same loop in Rust: both times, and their ratio.
//!
//! `cargo run --release -p jit --example versus_rust`. What is timed is the machine code alone:
//! the function was compiled before. The best of several runs counts.

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
    let began = Instant::now();
    let overload = compiled.compile(&[Type::Int64])?;
    let compiling = began.elapsed();

    let side = [Value::Int(SIDE.into())];
    let (mut jit, mut rust) = (Duration::MAX, Duration::MAX);
    for _ in 0..RUNS {
        let began = Instant::now();
        let estimate = black_box(overload.call(black_box(&side))?);
        jit = jit.min(began.elapsed());

        let began = Instant::now();
        let expected = black_box(area(black_box(SIDE)));
        rust = rust.min(began.elapsed());
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
