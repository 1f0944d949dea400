//! Values whose own code misbehaves.

use std::fmt;

/// A value whose `Debug` implementation panics.
pub(crate) struct PanicsInDebug;

impl fmt::Debug for PanicsInDebug {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("formatted")
    }
}
