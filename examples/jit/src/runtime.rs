//! Arithmetic functions that compiled code calls where an operation takes more than a few
//! instructions.
//!
//! None of them may panic, because machine code cannot unwind.

/// A function of one float.
pub(crate) type Unary = extern "C" fn(f64) -> f64;
/// A function of two floats.
pub(crate) type Binary = extern "C" fn(f64, f64) -> f64;

pub(crate) extern "C" fn sin(x: f64) -> f64 {
    x.sin()
}

pub(crate) extern "C" fn cos(x: f64) -> f64 {
    x.cos()
}

pub(crate) extern "C" fn tan(x: f64) -> f64 {
    x.tan()
}

pub(crate) extern "C" fn exp(x: f64) -> f64 {
    x.exp()
}

pub(crate) extern "C" fn log(x: f64) -> f64 {
    x.ln()
}

pub(crate) extern "C" fn power(base: f64, exponent: f64) -> f64 {
    base.powf(exponent)
}

/// Computes `base ** exponent` of integers, modulo 2 ** 64.
///
/// The caller has excluded zero to a negative power. Other negative powers are truncated to an
/// integer, as in Numba.
pub(crate) extern "C" fn integer_power(base: i64, exponent: i64) -> i64 {
    if exponent < 0 {
        let odd = exponent & 1 == 1;
        return match base {
            1 => 1,
            -1 => {
                if odd {
                    -1
                } else {
                    1
                }
            }
            _ => 0,
        };
    }
    let mut result = 1_i64;
    let mut square = base;
    let mut remaining = exponent;
    while remaining != 0 {
        if remaining & 1 == 1 {
            result = result.wrapping_mul(square);
        }
        square = square.wrapping_mul(square);
        remaining >>= 1;
    }
    result
}

/// Computes Python's `%` of floats, whose result has the divisor's sign.
///
/// The divisor is not zero.
pub(crate) extern "C" fn modulo(left: f64, right: f64) -> f64 {
    let remainder = left % right;
    if remainder == 0.0 {
        0.0_f64.copysign(right)
    } else if (remainder < 0.0) != (right < 0.0) {
        remainder + right
    } else {
        remainder
    }
}

/// Computes Python's `//` of floats: `left` minus the remainder, divided by `right`.
///
/// The divisor is not zero.
pub(crate) extern "C" fn floor_divide(left: f64, right: f64) -> f64 {
    let remainder = left % right;
    let mut quotient = (left - remainder) / right;
    if remainder != 0.0 && (remainder < 0.0) != (right < 0.0) {
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return 0.0_f64.copysign(left / right);
    }
    // The exact quotient is a whole number, so the nearest whole number removes rounding errors.
    let floor = quotient.floor();
    if quotient - floor > 0.5 {
        floor + 1.0
    } else {
        floor
    }
}
