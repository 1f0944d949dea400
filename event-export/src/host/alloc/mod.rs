//! What each thread has asked of the allocator; nothing, without the feature `alloc`.
//!
//! The counter is `const` and has no destructor, so that it works in the allocator, whenever a thread
//! allocates.

#[cfg(feature = "alloc")]
mod counting;

#[cfg(feature = "alloc")]
pub use counting::CountingAllocator;

use std::marker::PhantomData;

/// Until the guard is dropped, what this thread allocates does not count.
///
/// Every exporter has one while it is told of an event: its own memory is not the program's.
#[must_use]
pub(crate) fn uncounted() -> Uncounted {
    Uncounted {
        #[cfg(feature = "alloc")]
        before: counting::bytes(),
        not_send: PhantomData,
    }
}

/// Sets the counter back when it is dropped.
#[derive(Debug)]
pub(crate) struct Uncounted {
    #[cfg(feature = "alloc")]
    before: u64,
    not_send: PhantomData<*const ()>,
}

impl Uncounted {
    /// The bytes that this thread had allocated when this was made; zero where nobody counts.
    #[cfg(feature = "summary")]
    #[cfg_attr(
        not(feature = "alloc"),
        expect(clippy::unused_self, reason = "there is nothing to ask")
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

/// Whether the program's allocator counts.
#[cfg(feature = "summary")]
pub(crate) fn is_counted() -> bool {
    #[cfg(feature = "alloc")]
    return counting::is_installed();
    #[cfg(not(feature = "alloc"))]
    false
}
