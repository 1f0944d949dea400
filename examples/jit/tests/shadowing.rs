//! Files that redefine names of Python or Numba.

use jit::{Program, Value};

/// Loads the file, calls `f(1)`, and returns its result or the error.
fn call(text: &str) -> Result<Value, String> {
    let program = Program::load("case.py", text).map_err(|error| error.to_string())?;
    let function = program.function("f").expect("the file has a function `f`");
    function
        .call(&[Value::Int(1)])
        .map_err(|error| error.to_string())
}

#[track_caller]
fn assert_rejected(text: &str, expected: &str) {
    let error = call(text).expect_err(text);
    assert!(error.starts_with(expected), "{text}: {error}");
    assert!(error.contains("; supported: "), "{text}: {error}");
}

const IMPORTS: &str = "from numba import njit\nimport math\n";

#[test]
fn redefined_math_is_not_the_module() {
    let cases = [
        (
            "@njit\ndef f(math):\n    return math.sqrt(4.0)\n",
            "case.py:5:12: `math` is a variable here; ",
        ),
        (
            "@njit\ndef f(x):\n    y = math.pi\n    math = 2\n    return y\n",
            "case.py:5:9: `math` is a variable here; ",
        ),
        (
            "@njit\ndef f(x):\n    return math.pi\nmath = 2\n",
            "case.py:5:12: `math` is a variable here; ",
        ),
        (
            "@njit\ndef math(x):\n    return x\n@njit\ndef f(x):\n    return math.sqrt(x)\n",
            "case.py:8:12: `math` is a function of this file; ",
        ),
    ];
    for (text, expected) in cases {
        assert_rejected(&format!("{IMPORTS}{text}"), expected);
    }
}

#[test]
fn the_module_math_is_not_a_value() {
    assert_rejected(
        &format!("{IMPORTS}@njit\ndef f(x):\n    return math\n"),
        "case.py:5:12: `math` is a module, ",
    );
}

#[test]
fn math_without_an_import_is_not_defined() {
    assert_rejected(
        "from numba import njit\n@njit\ndef f(x):\n    return math.pi\n",
        "case.py:4:12: `math` is not defined; supported: `import math`",
    );
}

#[test]
fn redefined_range_is_not_pythons() {
    let cases = [
        (
            "@njit\ndef f(range):\n    for i in range(3): pass\n",
            "case.py:5:14: `range` is a variable here; ",
        ),
        (
            "@njit\ndef f(x):\n    for range in range(3): pass\n",
            "case.py:5:18: `range` is a variable here; ",
        ),
        (
            "range = 2\n@njit\ndef f(x):\n    for i in range(3): pass\n",
            "case.py:6:14: `range` is a variable here; ",
        ),
        (
            "@njit\ndef f(x):\n    for i in range(3): pass\n@njit\ndef range(x):\n    return x\n",
            "case.py:5:14: `range` is a function of this file; ",
        ),
    ];
    for (text, expected) in cases {
        assert_rejected(&format!("{IMPORTS}{text}"), expected);
    }
}

#[test]
fn redefined_njit_is_not_numbas() {
    assert_rejected(
        &format!("{IMPORTS}njit = 1\n@njit\ndef f(x):\n    return x\n"),
        "case.py:4:1: `njit` is a variable here; ",
    );
    assert_rejected(
        &format!("{IMPORTS}@njit\ndef njit(x):\n    return x\n@njit\ndef f(x):\n    return x\n"),
        "case.py:6:1: `njit` is a function of this file; ",
    );
}

#[test]
fn the_last_definition_of_a_name_counts() {
    let sum =
        "total = 0.0\n    for i in range(3):\n        total += math.sqrt(4.0)\n    return total";
    let text = format!("math = 1\n{IMPORTS}@njit\ndef f(x):\n    {sum}\n");
    assert_eq!(call(&text), Ok(Value::Float(6.0)));
    // As in Python, the name is looked up when the function runs.
    let text =
        "from numba import njit\n@njit\ndef f(x):\n    return math.floor(2.5)\nimport math\n";
    assert_eq!(call(text), Ok(Value::Int(2)));
}
