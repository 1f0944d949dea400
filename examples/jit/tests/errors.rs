//! Unsupported code is reported with its position and the supported alternative.

use jit::{Program, Value};

/// Loads a function `f(x)` with this body, calls `f(1)`, and returns the error.
fn error_of(body: &str) -> String {
    let text = format!("from numba import njit\nimport math\n\n@njit\ndef f(x):\n    {body}\n");
    let program = match Program::load("case.py", &text) {
        Ok(program) => program,
        Err(error) => return error.to_string(),
    };
    let function = program.function("f").expect("it is defined above");
    match function.call(&[Value::Int(1)]) {
        Ok(value) => panic!("{body} returned {value}"),
        Err(error) => error.to_string(),
    }
}

/// Returns the error of loading a file.
fn load_error(text: &str) -> String {
    Program::load("case.py", text).expect_err(text).to_string()
}

#[test]
fn unsupported_syntax_is_reported_with_position_and_alternative() {
    let cases = [
        (
            "return [x]",
            "case.py:6:12: a list is not supported; supported: ",
        ),
        (
            "y = x; return y if y else 1",
            "case.py:6:19: a conditional expression is not",
        ),
        (
            "return 'a'",
            "case.py:6:12: a string is not supported; supported: ",
        ),
        (
            "return x[0]",
            "case.py:6:12: indexing is not supported; supported: ",
        ),
        (
            "x[0] = 1",
            "case.py:6:5: assigning to this is not supported; supported: ",
        ),
        (
            "a, b = x",
            "case.py:6:12: unpacking this value is not supported; supported: ",
        ),
        (
            "return x & 1",
            "case.py:6:12: the operator `&` is not supported; supported: ",
        ),
        (
            "return x in (1, 2)",
            "case.py:6:12: `in` is not supported; supported: ",
        ),
        (
            "return math.gamma(x)",
            "case.py:6:12: `math.gamma()` is not supported; supported: ",
        ),
        (
            "return f(x=1)",
            "case.py:6:14: a keyword argument is not supported; supported: ",
        ),
        (
            "for i in x: pass",
            "case.py:6:14: a loop over this is not supported; supported: ",
        ),
        (
            "while x: pass\n    else: pass",
            "case.py:7:11: `else` after a loop is not supported",
        ),
        (
            "try: pass\n    except: pass",
            "case.py:6:5: `try` is not supported; supported: ",
        ),
        (
            "assert x",
            "case.py:6:5: `assert` is not supported; supported: ",
        ),
        (
            "global y",
            "case.py:6:5: `global` is not supported; supported: ",
        ),
        (
            "break",
            "case.py:6:5: `break` is outside a loop; supported: ",
        ),
        (
            "return 9223372036854775808",
            "case.py:6:12: an integer this large is not supported",
        ),
        (
            "é = 'ö'",
            "case.py:6:9: a string is not supported; supported: ",
        ),
    ];
    for (body, expected) in cases {
        let error = error_of(body);
        assert!(error.starts_with(expected), "{body}: {error}");
    }
}

#[test]
fn invalid_python_is_reported_with_position() {
    assert_eq!(
        error_of("return x +"),
        "case.py:6:15: invalid Python: Expected an expression"
    );
}

#[test]
fn type_errors_are_reported_with_position() {
    let cases = [
        (
            "return y",
            "case.py:6:12: name `y` is not defined; supported: ",
        ),
        (
            "return print(x)",
            "case.py:6:12: function `print` is not defined; supported: ",
        ),
        (
            "return x + None",
            "case.py:6:16: `+` does not take none; supported: ",
        ),
        (
            "y += 1",
            "case.py:6:5: variable `y` is used before it is assigned; supported: ",
        ),
        (
            "return f(x, 2)",
            "case.py:6:12: f() takes 1 positional argument but 2 were given; supported: ",
        ),
        (
            "return math.sqrt(x, x)",
            "case.py:6:12: `math.sqrt` takes one argument, not 2; supported: ",
        ),
        (
            "y: int\n    return y",
            "case.py:7:12: variable `y` is used before it is assigned; supported: ",
        ),
        (
            "return f(x)",
            "case.py:6:12: the return type of `f` cannot be inferred; supported: ",
        ),
        (
            "return min(x)",
            "case.py:6:12: `min` of one value is not supported; supported: ",
        ),
        (
            "for i in range(0.5): pass",
            "case.py:6:20: `range` does not take float64; supported: ",
        ),
        (
            "if x > 0: return 1",
            "case.py:5:5: `f` returns int64 on one path and none on another",
        ),
        (
            "y = None\n    if x > 0: y = 1",
            "case.py:7:5: variable `y` is int64 on one path and",
        ),
        (
            "return f",
            "case.py:6:12: `f` is a function and can only be called; supported: ",
        ),
        (
            "f = 1\n    return f(x)",
            "case.py:7:12: `f` is a variable here and cannot be called",
        ),
    ];
    for (body, expected) in cases {
        let error = error_of(body);
        assert!(error.starts_with(expected), "{body}: {error}");
    }
}

#[test]
fn only_plain_njit_functions_are_accepted() {
    let cases = [
        (
            "import numpy as np\n",
            "case.py:1:8: this import is not supported; supported: ",
        ),
        (
            "def f(x):\n    return x\n",
            "case.py:1:5: a function that is not under one `@njit`",
        ),
        (
            "@njit\ndef f(x):\n    return x\n",
            "case.py:1:1: `njit` is not defined; supported: `from numba import njit`",
        ),
        (
            "print(1)\n",
            "case.py:1:1: this statement is not supported; supported: ",
        ),
        (
            "x = [1]\n",
            "case.py:1:5: this value outside a function is not supported; ",
        ),
    ];
    for (text, expected) in cases {
        let error = load_error(text);
        assert!(error.starts_with(expected), "{text}: {error}");
    }
    let cases = [
        (
            "@njit(cache=True)\ndef f(x): pass\n",
            "case.py:2:1: this decorator is not supported",
        ),
        (
            "@njit\ndef f(x, y=1): pass\n",
            "case.py:3:12: a default value is not supported",
        ),
        (
            "@njit\ndef f(*x): pass\n",
            "case.py:3:7: a starred parameter is not supported",
        ),
        (
            "@njit\ndef f(x, x): pass\n",
            "case.py:3:10: two parameters have the name `x`; supported: ",
        ),
    ];
    for (text, expected) in cases {
        let error = load_error(&format!("from numba import njit\n{text}"));
        assert!(error.starts_with(expected), "{text}: {error}");
    }
}

#[test]
fn an_error_in_a_callee_is_reported_in_the_callee() {
    let text = "from numba import njit
@njit
def outer(x):
    return inner(x) + 1
@njit
def inner(x):
    return x + None
";
    let program = Program::load("case.py", text).unwrap();
    let error = program
        .function("outer")
        .unwrap()
        .call(&[Value::Int(1)])
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "case.py:7:16: `+` does not take none; supported: bool, int64 and float64"
    );
}

#[test]
fn a_failed_call_cycle_fails_again_when_called_again() {
    let text = "from numba import njit
@njit
def one(n):
    if n > 0:
        return two(n - 1)
    return 0 + None
@njit
def two(n):
    if n > 0:
        return one(n - 1)
    return 0
";
    let program = Program::load("case.py", text).unwrap();
    let expected = "case.py:6:16: `+` does not take none; supported: bool, int64 and float64";
    for name in ["one", "two", "one"] {
        let error = program
            .function(name)
            .unwrap()
            .call(&[Value::Int(3)])
            .unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    let compiled = program
        .functions()
        .iter()
        .map(|function| function.overloads().len());
    assert_eq!(compiled.sum::<usize>(), 0);
}

#[test]
fn deeply_nested_source_is_compiled() {
    let deep = format!("return {}x{}", "(".repeat(300), ")".repeat(300));
    let text = format!("from numba import njit\n@njit\ndef f(x):\n    {deep}\n");
    let program = Program::load("case.py", &text).unwrap();
    assert_eq!(
        program
            .function("f")
            .unwrap()
            .call(&[Value::Int(1)])
            .unwrap(),
        Value::Int(1)
    );
}
