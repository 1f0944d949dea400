//! Annotations of variables make names local and have no effect on types.

use jit::{Program, Value};

#[test]
fn a_bare_annotation_makes_a_name_local() {
    let text = "from numba import njit
y = 3
@njit
def reads(x):
    y: int
    return y
@njit
def assigns(x):
    y: int
    y = x + 1
    return y
@njit
def indexes(x):
    x[0]: int
";
    let error = Program::load("case.py", text).unwrap_err().to_string();
    assert!(
        error.starts_with("case.py:14:5: assigning to this"),
        "{error}"
    );
    let text = text.replace("x[0]: int", "pass");
    let program = Program::load("case.py", &text).unwrap();
    let call = |name: &str| program.function(name).unwrap().call(&[Value::Int(1)]);
    let error = call("reads").unwrap_err().to_string();
    assert!(
        error.starts_with("case.py:6:12: variable `y` is used before it is assigned"),
        "{error}"
    );
    assert_eq!(call("assigns").unwrap(), Value::Int(2));
}
