//! Runs functions of a Python file and compares their printed results.

use jit::{Program, Value};

/// An argument, with variant names that are short enough for tables.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Arg {
    I(i64),
    F(f64),
    B(bool),
}

impl Arg {
    pub(crate) fn value(&self) -> Value {
        match *self {
            Self::I(value) => Value::Int(value),
            Self::F(value) => Value::Float(value),
            Self::B(value) => Value::Bool(value),
        }
    }
}

/// Calls functions of a file with this body, and compares each result with the expected text.
#[track_caller]
pub(crate) fn check(body: &str, calls: &[(&str, &[Arg], &str)]) {
    let text = format!("from numba import njit\nimport math\n{body}");
    let program = Program::load("case.py", &text).expect("the file is supported");
    for (name, args, expected) in calls {
        let function = program.function(name).expect("the file has the function");
        let args: Vec<_> = args.iter().map(Arg::value).collect();
        let printed = match function.call(&args) {
            Ok(value) => value.to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(&printed, expected, "{name}{args:?}");
    }
}
