//! What compiled code calls for arithmetic that is more than a few instructions.
//!
//! These are called from machine code, so none of them may panic.

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

/// `base ** exponent` of integers, modulo 2 ** 64. The caller has excluded zero to a negative
/// power; other negative powers are cut to an integer, as Numba does.
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
    let (mut result, mut square, mut left) = (1_i64, base, exponent);
    while left != 0 {
        if left & 1 == 1 {
            result = result.wrapping_mul(square);
        }
        square = square.wrapping_mul(square);
        left >>= 1;
    }
    result
}

/// Python's `%` of floats: the remainder has the divisor's sign. The divisor is not zero.
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

/// Python's `//` of floats: what is left of `left` when the remainder is taken away goes into
/// `right` a whole number of times. The divisor is not zero.
pub(crate) extern "C" fn floor_divide(left: f64, right: f64) -> f64 {
    let remainder = left % right;
    let mut quotient = (left - remainder) / right;
    if remainder != 0.0 && (remainder < 0.0) != (right < 0.0) {
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return 0.0_f64.copysign(left / right);
    }
    // The quotient is whole but for rounding: take the nearest whole number.
    let floor = quotient.floor();
    if quotient - floor > 0.5 {
        floor + 1.0
    } else {
        floor
    }
}
