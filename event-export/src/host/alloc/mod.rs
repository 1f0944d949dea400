//! The bytes that each thread has allocated. Without the feature `alloc` nothing is counted.
//!
//! The counter is initialized at compile time and has no destructor, so the allocator can use it at
//! any time.

#[cfg(feature = "alloc")]
mod counting;

#[cfg(feature = "alloc")]
pub use counting::CountingAllocator;

use std::marker::PhantomData;

/// Returns a guard. Until it is dropped, allocations of this thread are not counted.
///
/// Every exporter holds a guard while it handles an event, so that only the program's own memory is
/// counted.
#[must_use]
pub(crate) fn uncounted() -> Uncounted {
    Uncounted {
        #[cfg(feature = "alloc")]
        before: counting::bytes(),
        not_send: PhantomData,
    }
}

/// Resets the counter when it is dropped.
#[derive(Debug)]
pub(crate) struct Uncounted {
    #[cfg(feature = "alloc")]
    before: u64,
    not_send: PhantomData<*const ()>,
}

impl Uncounted {
    /// Returns the bytes that this thread had allocated when the guard was created; zero without
    /// the feature `alloc`.
    #[cfg(feature = "summary")]
    #[cfg_attr(
        not(feature = "alloc"),
        expect(clippy::unused_self, reason = "there is no counter")
    )]
    pub(crate) const fn bytes_before(&self) -> u64 {
        #[cfg(feature = "alloc")]
        return self.before;
        #[cfg(not(feature = "alloc"))]
        0
    }
}

#[cfg(feature = "alloc")]
impl Drop for Uncounted {
    fn drop(&mut self) {
        counting::set_bytes(self.before);
    }
}

/// Returns whether the program's allocator is a `CountingAllocator`.
#[cfg(feature = "summary")]
pub(crate) fn is_counted() -> bool {
    #[cfg(feature = "alloc")]
    return counting::is_installed();
    #[cfg(not(feature = "alloc"))]
    false
}
