//! The instructions of a scenario by function: callgrind's self costs, per call.

use std::collections::HashMap;
use std::io;

use crate::callgrind::{self, CALLS};
use crate::programs;

/// Prints the functions of a scenario, most expensive first.
pub(crate) fn print(scenario: &str) -> io::Result<()> {
    if !callgrind::is_installed() {
        return Err(io::Error::other(callgrind::MISSING));
    }
    programs::build()?;
    let few = by_function(&callgrind::report(scenario, CALLS)?);
    let many = by_function(&callgrind::report(scenario, 2 * CALLS)?);
    let mut costs: Vec<(f64, &str)> = many
        .iter()
        .map(|(name, many)| {
            let few = few.get(name).copied().unwrap_or_default();
            #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
            let cost = (*many as f64 - few as f64) / CALLS as f64;
            (cost, name.as_str())
        })
        .filter(|(cost, _)| *cost >= 0.5)
        .collect();
    costs.sort_by(|a, b| b.0.total_cmp(&a.0));
    let total: f64 = costs.iter().map(|(cost, _)| cost).sum();
    println!("{total:8.1}  one call of {scenario}, including the loop");
    for (cost, name) in costs {
        println!("{cost:8.1}  {name}");
    }
    Ok(())
}

/// Returns the self cost of each function in callgrind's report.
fn by_function(report: &str) -> HashMap<String, u64> {
    let mut names = HashMap::new();
    let mut costs = HashMap::new();
    let mut function = String::new();
    let mut is_callee_cost = false;
    for line in report.lines() {
        if let Some(name) = line.strip_prefix("fn=") {
            function = resolve_name(name, &mut names);
        } else if let Some(name) = line.strip_prefix("cfn=") {
            resolve_name(name, &mut names);
        } else if line.starts_with("calls=") {
            is_callee_cost = true;
        } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            let cost = line.split(' ').nth(1).and_then(|cost| cost.parse().ok());
            if !std::mem::take(&mut is_callee_cost) {
                *costs.entry(function.clone()).or_insert(0) += cost.unwrap_or(0_u64);
            }
        }
    }
    costs
}

/// Resolves callgrind's compressed names: `(number) name` defines a name, `(number)` refers to it.
fn resolve_name(name: &str, names: &mut HashMap<String, String>) -> String {
    match name.split_once(' ') {
        Some((number, name)) => {
            names.insert(number.to_owned(), name.to_owned());
            name.to_owned()
        }
        None => names.get(name).cloned().unwrap_or_default(),
    }
}
