//! Results of expressions.
//!
//! The results are the same as in `CPython`, except where Numba differs: integers wrap,
//! `int ** negative` is truncated, and unified types convert values.

mod check;

use check::Arg::{B, F, I};
use check::check;

const DIVIDES_BY_ZERO: &str = "ZeroDivisionError: division by zero";

#[test]
fn division_and_modulo_round_to_minus_infinity() {
    let body = "
@njit
def floor(a, b):
    return a // b
@njit
def modulo(a, b):
    return a % b
@njit
def literal(a):
    return a // 8 * 1000000 + a % 8 * 10000 + a // -3 * 100 + a % -3
";
    check(
        body,
        &[
            ("floor", &[I(7), I(2)], "3"),
            ("floor", &[I(-7), I(2)], "-4"),
            ("floor", &[I(7), I(-2)], "-4"),
            ("floor", &[I(-7), I(-2)], "3"),
            ("floor", &[I(i64::MIN), I(-1)], "-9223372036854775808"),
            ("floor", &[F(7.5), F(-2.0)], "-4.0"),
            ("floor", &[F(-0.1), I(1)], "-1.0"),
            ("floor", &[B(true), B(true)], "1"),
            ("modulo", &[I(7), I(3)], "1"),
            ("modulo", &[I(-7), I(3)], "2"),
            ("modulo", &[I(7), I(-3)], "-2"),
            ("modulo", &[I(i64::MIN), I(-1)], "0"),
            ("modulo", &[F(-7.5), F(2.0)], "0.5"),
            ("modulo", &[F(6.0), F(-3.0)], "-0.0"),
            ("literal", &[I(-13)], "-1969601"),
            ("literal", &[I(13)], "1049498"),
        ],
    );
}

#[test]
fn division_by_zero_raises_and_propagates_to_callers() {
    let body = "
@njit
def divide(a, b):
    return a / b
@njit
def floor(a, b):
    return a // b
@njit
def modulo(a, b):
    return a % b
@njit
def caller(x):
    return 1 + divide(1, x)
";
    check(
        body,
        &[
            ("divide", &[I(7), I(2)], "3.5"),
            ("divide", &[I(7), I(0)], DIVIDES_BY_ZERO),
            ("divide", &[F(7.0), F(-0.0)], DIVIDES_BY_ZERO),
            ("floor", &[I(7), I(0)], DIVIDES_BY_ZERO),
            ("floor", &[F(7.0), F(0.0)], DIVIDES_BY_ZERO),
            ("modulo", &[I(7), B(false)], DIVIDES_BY_ZERO),
            ("modulo", &[F(7.0), I(0)], DIVIDES_BY_ZERO),
            ("caller", &[I(0)], DIVIDES_BY_ZERO),
            ("caller", &[I(4)], "1.25"),
        ],
    );
}

#[test]
fn powers_of_integers_are_integers() {
    let body = "
@njit
def power(a, b):
    return a ** b
@njit
def squares(a):
    return -a ** 2 + a ** 3
";
    let zero = "ZeroDivisionError: 0.0 cannot be raised to a negative power";
    check(
        body,
        &[
            ("power", &[I(3), I(4)], "81"),
            ("power", &[I(-2), I(63)], "-9223372036854775808"),
            ("power", &[I(2), I(64)], "0"),
            ("power", &[I(0), I(0)], "1"),
            ("power", &[I(2), I(-1)], "0"),
            ("power", &[I(-1), I(-3)], "-1"),
            ("power", &[I(0), I(-1)], zero),
            ("power", &[F(2.0), I(-1)], "0.5"),
            ("power", &[F(2.0), F(0.5)], "1.4142135623730951"),
            ("power", &[F(0.0), F(-1.0)], zero),
            ("power", &[F(-8.0), F(0.5)], "nan"),
            ("squares", &[I(3)], "18"),
            ("squares", &[F(1.5)], "1.125"),
        ],
    );
}

#[test]
fn bools_count_in_arithmetic() {
    let body = "
@njit
def add(a, b):
    return a + b
@njit
def minus(a):
    return -a
@njit
def invert(a):
    return not a
";
    check(
        body,
        &[
            ("add", &[B(true), B(true)], "2"),
            ("add", &[B(true), F(0.5)], "1.5"),
            ("minus", &[B(true)], "-1"),
            ("invert", &[I(3)], "False"),
            ("invert", &[F(0.0)], "True"),
            ("add", &[I(i64::MAX), I(1)], "-9223372036854775808"),
        ],
    );
}

#[test]
fn chained_comparisons_stop_at_the_first_false_one() {
    let body = "
@njit
def raises(x):
    return 1 // x
@njit
def chain(a, b):
    return a < b < raises(b)
@njit
def between(a, b, c):
    return a <= b != c
";
    check(
        body,
        &[
            ("chain", &[I(1), I(0)], "False"),
            ("chain", &[I(-1), I(0)], DIVIDES_BY_ZERO),
            ("between", &[I(1), F(1.5), I(2)], "True"),
            ("between", &[I(1), F(f64::NAN), I(2)], "False"),
            ("between", &[B(true), I(1), F(1.0)], "False"),
        ],
    );
}

#[test]
fn and_and_or_return_one_of_their_operands() {
    let body = "
@njit
def both(a, b):
    return a and b
@njit
def either(a, b):
    return a or b
@njit
def lazy(a):
    return a == 0 or 10 // a > 1
";
    check(
        body,
        &[
            ("both", &[I(0), I(5)], "0"),
            ("both", &[I(3), I(5)], "5"),
            ("either", &[I(0), I(5)], "5"),
            ("either", &[F(2.5), F(1.0)], "2.5"),
            ("both", &[B(true), B(false)], "False"),
            ("either", &[I(0), F(1.5)], "1.5"),
            ("lazy", &[I(0)], "True"),
            ("lazy", &[I(9)], "False"),
        ],
    );
}

#[test]
fn builtins_and_math_give_numbas_results() {
    let body = "
HALF = 0.5
COUNT = -3
@njit
def sums(x):
    return math.sqrt(x) + math.sin(x) + math.cos(x) + math.tan(x) + math.exp(x) + math.log(x)
@njit
def root(x):
    return math.sqrt(x)
@njit
def rounds(x):
    return math.floor(x) * 100 + math.ceil(x)
@njit
def whole(x):
    return int(x)
@njit
def floats(x):
    return float(x)
@njit
def absolute(x):
    return abs(x)
@njit
def least(a, b):
    return min(a, b, 10)
@njit
def most(a, b):
    return max(a, b)
@njit
def constants():
    return HALF * COUNT + math.pi
";
    check(
        body,
        &[
            ("sums", &[I(2)], "7.804527568880712"),
            ("root", &[I(-1)], "nan"),
            ("rounds", &[F(-1.5)], "-201"),
            ("rounds", &[I(4)], "404"),
            ("whole", &[F(-2.9)], "-2"),
            ("whole", &[B(true)], "1"),
            ("whole", &[F(1e300)], "-9223372036854775808"),
            ("floats", &[I(3)], "3.0"),
            ("absolute", &[I(-3)], "3"),
            ("absolute", &[F(-0.0)], "0.0"),
            ("least", &[I(3), F(2.5)], "2.5"),
            ("least", &[I(30), B(true)], "1"),
            ("most", &[I(3), F(2.5)], "3.0"),
            ("constants", &[], "1.6415926535897931"),
        ],
    );
}

#[test]
fn differences_from_python_are_those_in_the_readme() {
    let body = "
@njit
def equal(x):
    return x + 1 == 9007199254740992.0
@njit
def third(x):
    return x / 3
@njit
def join(x):
    y = True
    if x > 1:
        y = 2
    return y
@njit
def either(x):
    return x or 2
@njit
def power(x, y):
    return x ** y
";
    check(
        body,
        &[
            ("equal", &[I(1 << 53)], "True"),
            ("third", &[I((1 << 53) + 1)], "3002399751580330.5"),
            ("join", &[I(1)], "1"),
            ("either", &[B(true)], "1"),
            ("power", &[I(2), I(-1)], "0"),
            ("power", &[F(1e10), I(1000)], "inf"),
            ("power", &[F(-2.0), F(0.5)], "nan"),
        ],
    );
}
