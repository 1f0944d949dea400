//! Statements, calls, and the types of variables where control flow joins.

mod check;

use check::Arg::{B, F, I};
use check::check;
use jit::Program;

#[test]
fn ranges_count_up_and_down_and_may_be_empty() {
    let body = "
@njit
def total(start, stop, step):
    rounds = 0
    total = 0
    for i in range(start, stop, step):
        rounds += 1
        total += i
        i = 1000
    return rounds * 1000 + total
@njit
def last(n):
    for i in range(n):
        pass
    return i
";
    let missing = "UnboundLocalError: cannot access local variable 'i' where it is not associated \
                   with a value";
    check(
        body,
        &[
            ("total", &[I(0), I(10), I(3)], "4018"),
            ("total", &[I(10), I(0), I(-4)], "3018"),
            ("total", &[I(0), I(10), I(-1)], "0"),
            ("total", &[I(i64::MAX - 3), I(i64::MAX), I(2)], "1994"),
            ("total", &[I(0), I(3), I(i64::MIN)], "0"),
            (
                "total",
                &[I(0), I(3), I(0)],
                "ValueError: range() arg 3 must not be zero",
            ),
            ("last", &[I(5)], "4"),
            ("last", &[I(0)], missing),
        ],
    );
}

#[test]
fn loops_break_and_continue() {
    let body = "
@njit
def odd(n):
    total = 0
    while True:
        n -= 1
        if n < 0:
            break
        if n % 2 == 0:
            continue
        for i in range(n):
            if i == 3:
                break
            total += i
    return total
";
    check(body, &[("odd", &[I(10)], "12"), ("odd", &[I(0)], "0")]);
}

#[test]
fn int_and_float_unify_to_float_where_control_flow_joins() {
    let body = "
@njit
def branch(x):
    if x > 0:
        y = 1
    else:
        y = 2.5
    return y
@njit
def loop(n):
    total = 0
    for i in range(n):
        total = total + 0.5
    return total
@njit
def apart(x):
    y = 7
    z = y // 2
    y = 2.5
    return z
@njit
def reads_earlier(n):
    seen = 0
    for i in range(n):
        if i > 0:
            seen += earlier
        earlier = i * 1.0
    return seen
@njit
def nested(n):
    x = 0
    for i in range(n):
        while x < i:
            x += 1
            if x == 2:
                x = 2.5
    return x
";
    check(
        body,
        &[
            ("branch", &[I(1)], "1.0"),
            ("branch", &[B(true)], "1.0"),
            ("branch", &[I(0)], "2.5"),
            ("loop", &[I(0)], "0.0"),
            ("loop", &[I(3)], "1.5"),
            ("apart", &[I(0)], "3"),
            ("reads_earlier", &[I(4)], "3.0"),
            ("nested", &[I(5)], "4.5"),
        ],
    );
}

#[test]
fn assignments_evaluate_all_values_first() {
    let body = "
@njit
def fibonacci(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a
@njit
def chained(x):
    a = b = x + 1
    a += b
    return a * 100 + b
@njit
def annotated(x: int) -> float:
    y: float = x
    return y
";
    check(
        body,
        &[
            ("fibonacci", &[I(90)], "2880067194370816120"),
            ("chained", &[I(1)], "402"),
            ("annotated", &[I(3)], "3"),
        ],
    );
}

#[test]
fn functions_call_themselves_and_each_other() {
    let body = "
@njit
def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)
@njit
def even(n):
    if n == 0:
        return True
    return odd(n - 1)
@njit
def odd(n):
    if n == 0:
        return False
    return even(n - 1)
@njit
def passes_on(n):
    return counts(n)
@njit
def counts(n):
    if n <= 0:
        return 0
    return passes_on(n - 1) + 0.5
@njit
def forever(n):
    if n == -1:
        return 0
    return forever(n + 1) + 1
";
    check(
        body,
        &[
            ("fib", &[I(20)], "6765"),
            ("fib", &[F(6.5)], "14.5"),
            ("even", &[I(101)], "False"),
            ("odd", &[I(100_001)], "True"),
            ("passes_on", &[I(3)], "1.5"),
            (
                "forever",
                &[I(0)],
                "RecursionError: maximum recursion depth exceeded",
            ),
        ],
    );
}

#[test]
fn functions_without_a_value_return_none() {
    let body = "
@njit
def nothing():
    pass
@njit
def early(x):
    if x > 0:
        return
    nothing()
@njit
def passed_on():
    value = nothing()
    return value
";
    check(
        body,
        &[
            ("nothing", &[], "None"),
            ("early", &[I(1)], "None"),
            ("passed_on", &[], "None"),
        ],
    );
}

#[test]
fn each_tuple_of_argument_types_is_compiled_once() {
    let body = "
@njit
def twice(x):
    return x + x
";
    let program = Program::load("case.py", &format!("from numba import njit\n{body}")).unwrap();
    let twice = program.function("twice").unwrap();
    for arg in [I(1), I(2), F(1.5), I(3), F(0.5)] {
        twice.call(&[arg.value()]).unwrap();
    }
    let overloads = twice.overloads();
    let types: Vec<_> = overloads
        .iter()
        .map(|overload| overload.return_type())
        .collect();
    assert_eq!(types, [jit::Type::Int64, jit::Type::Float64]);
}
