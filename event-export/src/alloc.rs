//! What a thread has asked of the allocator.

/// The bytes that this thread has allocated so far; none where nobody counts.
pub(crate) fn allocated() -> Option<u64> {
    None
}

/// Until it is dropped, what this thread allocates is not counted.
pub(crate) fn uncounted() -> Uncounted {
    Uncounted(())
}

#[must_use]
#[derive(Debug)]
pub(crate) struct Uncounted(());
