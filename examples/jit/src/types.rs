//! Types, with Numba's names.
//!
//! The order is `bool < int64 < float64`. Two of these unify to the larger one. `none` unifies only
//! with itself.

use std::fmt;

/// The type of a value in a compiled function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Type {
    /// Not inferred yet. Never part of a finished overload.
    Unknown,
    /// `bool`
    Bool,
    /// `int64`
    Int64,
    /// `float64`
    Float64,
    /// `none`, the result of a function without `return`.
    None,
}

impl Type {
    /// Returns the smallest type that can hold values of both types, if there is one.
    pub(crate) fn unify(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Unknown, known) | (known, Self::Unknown) => Some(known),
            (same, also) if same == also => Some(same),
            (Self::None, _) | (_, Self::None) => None,
            (one, two) => Some(one.max(two)),
        }
    }

    /// Returns the type in which arithmetic on this type is done. A bool counts as an integer.
    pub(crate) fn arithmetic(self) -> Self {
        match self {
            Self::Bool => Self::Int64,
            other => other,
        }
    }

    /// Returns whether the type is `bool`, `int64` or `float64`.
    pub(crate) fn is_number(self) -> bool {
        matches!(self, Self::Bool | Self::Int64 | Self::Float64)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "unknown",
            Self::Bool => "bool",
            Self::Int64 => "int64",
            Self::Float64 => "float64",
            Self::None => "none",
        })
    }
}

/// Formats types as Python prints a tuple of Numba types: `(int64, float64)`, `(int64,)`, `()`.
pub(crate) fn tuple(types: &[Type]) -> String {
    let names: Vec<_> = types.iter().map(Type::to_string).collect();
    match names.as_slice() {
        [one] => format!("({one},)"),
        names => format!("({})", names.join(", ")),
    }
}
