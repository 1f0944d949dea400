//! The exceptions that compiled code can raise.
//!
//! Compiled functions return a status together with their value. The status is 0, or the number of
//! an exception.

use std::error::Error;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// A Python exception.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exception {
    /// `/`, `//` or `%` by zero.
    ZeroDivision,
    /// Zero to a negative power.
    ZeroPower,
    /// `range` with a step of zero.
    RangeStep,
    /// Recursion deeper than the stack allows.
    Recursion,
    /// Call of a function whose compilation is not finished. A listener can make such a call.
    Unfinished,
    /// A variable that was read before it was assigned.
    UnboundLocal(String),
}

/// The names of [`Exception::UnboundLocal`], indexed by number. Each distinct name is kept once.
static NAMES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The status of the first name in `NAMES`.
const FIRST_NAME: usize = 16;

impl Exception {
    /// Returns the status of this exception.
    pub(crate) fn status(&self) -> i64 {
        match self {
            Self::ZeroDivision => 1,
            Self::ZeroPower => 2,
            Self::RangeStep => 3,
            Self::Recursion => 4,
            Self::Unfinished => 5,
            Self::UnboundLocal(name) => {
                let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
                let known = names.iter().position(|known| known == name);
                let number = known.unwrap_or_else(|| {
                    names.push(name.clone());
                    names.len() - 1
                });
                i64::try_from(FIRST_NAME + number).unwrap_or(i64::MAX)
            }
        }
    }

    /// Returns the exception with this status, or `None` for 0.
    pub(crate) fn from_status(status: u32) -> Option<Self> {
        Some(match status {
            0 => return None,
            1 => Self::ZeroDivision,
            2 => Self::ZeroPower,
            3 => Self::RangeStep,
            4 => Self::Recursion,
            5 => Self::Unfinished,
            name => {
                let names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
                let number = (name as usize).checked_sub(FIRST_NAME);
                let name = number.and_then(|number| names.get(number));
                Self::UnboundLocal(name.cloned().unwrap_or_default())
            }
        })
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ZeroDivision => f.write_str("ZeroDivisionError: division by zero"),
            Self::ZeroPower => {
                f.write_str("ZeroDivisionError: 0.0 cannot be raised to a negative power")
            }
            Self::RangeStep => f.write_str("ValueError: range() arg 3 must not be zero"),
            Self::Recursion => f.write_str("RecursionError: maximum recursion depth exceeded"),
            Self::Unfinished => {
                f.write_str("RuntimeError: the compilation of a called function is not finished")
            }
            Self::UnboundLocal(name) => write!(
                f,
                "UnboundLocalError: cannot access local variable '{name}' where it is not \
                 associated with a value"
            ),
        }
    }
}

impl Error for Exception {}
