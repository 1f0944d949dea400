//! Annotated recursive functions, to measure how deep a recursion fits into a given stack.

use std::hint::black_box;

use event_core::trigger_event;

/// A recursion that starts at `level` and stops once its locals lie below the address `end`.
/// It returns the level that it reached.
pub type Descent = fn(level: u64, text: &str, end: usize) -> u64;

/// Returns the depth that `descent` reaches in the given number of bytes of stack.
#[must_use]
pub fn reached(descent: Descent, bytes: usize) -> u64 {
    let top = 0_u8;
    let end = address(&top).saturating_sub(bytes);
    black_box(descent)(0, "select 7", end)
}

/// Returns the address of `local`.
pub(crate) fn address<T>(local: &T) -> usize {
    std::ptr::from_ref(black_box(local)).addr()
}

/// Defines recursive functions, each with that many bytes of locals.
macro_rules! descents {
    ($($(#[$attribute:meta])* $name:ident, $bytes:literal;)*) => { $(
        /// Recurses until its locals lie below `end`.
        $(#[$attribute])*
        #[inline(never)]
        #[must_use]
        pub fn $name(level: u64, text: &str, end: usize) -> u64 {
            let local = [0_u8; $bytes];
            if $crate::depth::address(&local) < end {
                return level;
            }
            let depth = $name(level + 1, text, end);
            ::std::hint::black_box((&local, text));
            depth
        }
    )* };
}

#[cfg(feature = "peers")]
pub(crate) use descents;

descents! {
    bare_small, 8;
    bare_large, 128;
    #[trigger_event("bench:descent")] ours_small, 8;
    #[trigger_event("bench:descent")] ours_large, 128;
}
