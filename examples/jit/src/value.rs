//! Arguments and results of compiled functions.
//!
//! A value is passed to machine code as 64 bits. It is displayed like Python's `repr`.

use std::fmt;

use crate::ast::Constant;
use crate::types::Type;

/// An argument or a result.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// A `bool`.
    Bool(bool),
    /// An `int64`.
    Int(i64),
    /// A `float64`.
    Float(f64),
    /// `None`.
    None,
}

impl Value {
    /// Returns the value's type, for which a function is compiled.
    #[must_use]
    pub fn ty(self) -> Type {
        match self {
            Self::Bool(_) => Type::Bool,
            Self::Int(_) => Type::Int64,
            Self::Float(_) => Type::Float64,
            Self::None => Type::None,
        }
    }

    pub(crate) fn to_bits(self) -> u64 {
        match self {
            Self::Bool(value) => u64::from(value),
            Self::Int(value) => value.cast_unsigned(),
            Self::Float(value) => value.to_bits(),
            Self::None => 0,
        }
    }

    pub(crate) fn from_bits(ty: Type, bits: u64) -> Self {
        match ty {
            Type::Bool => Self::Bool(bits != 0),
            Type::Int64 => Self::Int(bits.cast_signed()),
            Type::Float64 => Self::Float(f64::from_bits(bits)),
            Type::None | Type::Unknown => Self::None,
        }
    }
}

impl From<Constant> for Value {
    fn from(constant: Constant) -> Self {
        match constant {
            Constant::Int(value) => Self::Int(value),
            Constant::Float(value) => Self::Float(value),
            Constant::Bool(value) => Self::Bool(value),
            Constant::None => Self::None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(true) => f.write_str("True"),
            Self::Bool(false) => f.write_str("False"),
            Self::Int(value) => value.fmt(f),
            Self::Float(value) => f.write_str(&repr(*value)),
            Self::None => f.write_str("None"),
        }
    }
}

/// Formats a float like Python's `repr`: with the fewest digits that parse to the same number.
///
/// Numbers below 1e-4 and from 1e16 on have an exponent.
fn repr(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{value}");
        return if plain.contains('.') {
            plain
        } else {
            plain + ".0"
        };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::repr;

    #[test]
    fn floats_print_as_in_python() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.5e16, "1.5e+16"),
            (123_456_789_012_345_680.0, "1.2345678901234568e+17"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (-2.5e-7, "-2.5e-07"),
            (1e100, "1e+100"),
            (5e-324, "5e-324"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
        ];
        for (value, expected) in cases {
            assert_eq!(repr(value), expected);
        }
    }
}
