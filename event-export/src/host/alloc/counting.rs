//! An allocator that counts the bytes that each thread requests.
#![allow(unsafe_code, reason = "an allocator is an unsafe trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// An allocator that counts the bytes that each thread requests, and forwards to another allocator.
///
/// As the program's allocator it makes a [`Summary`](crate::Summary) show how much memory the calls
/// of each function allocated, whether or not they freed it. An allocation counts with the
/// requested size. A reallocation counts with the difference if it grows.
///
/// Allocations of exporters are not counted. Allocations of other listeners are, and so are these
/// of `event-core`: a few hundred bytes when a kind is broadcast for the first time after a
/// listener was registered, copies of arguments that are moved, and about 200 bytes for each failed
/// call. Work on other threads counts for those threads. Futures are not counted, since other tasks
/// run while they wait.
///
/// # Examples
///
/// ```
/// use event_core::{install_listener, trigger_event};
/// use event_export::{CountingAllocator, Summary};
///
/// #[global_allocator]
/// static ALLOCATOR: CountingAllocator = CountingAllocator::system();
///
/// #[trigger_event("docs:allocated")]
/// fn fill(bytes: usize) -> usize {
///     let buffer = std::hint::black_box(vec![1_u8; bytes]);
///     buffer.len()
/// }
///
/// let summary = install_listener("docs:allocated", Summary::new());
/// fill(1_000);
/// fill(24);
/// assert_eq!(summary.table().rows()[0].allocated(), Some(1_024));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct CountingAllocator<A = System>(A);

impl CountingAllocator {
    /// Returns an allocator that forwards to the system's, which is Rust's default.
    #[must_use]
    pub const fn system() -> Self {
        Self::new(System)
    }
}

impl<A> CountingAllocator<A> {
    /// Returns an allocator that forwards to `allocator`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::alloc::System;
    /// use event_export::CountingAllocator;
    ///
    /// #[global_allocator]
    /// static ALLOCATOR: CountingAllocator<System> = CountingAllocator::new(System);
    ///
    /// assert_eq!(vec![1, 2].len(), 2);
    /// ```
    #[must_use]
    pub const fn new(allocator: A) -> Self {
        Self(allocator)
    }
}

// SAFETY: every method hands its arguments to the allocator inside, which keeps the contract of
// `GlobalAlloc`, and returns what that returns. Counting touches a `Cell` of the thread: it
// allocates nothing and cannot panic.
unsafe impl<A: GlobalAlloc> GlobalAlloc for CountingAllocator<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller promises a layout that is not of size zero.
        let pointer = unsafe { self.0.alloc(layout) };
        count(pointer, layout.size());
        pointer
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller promises a layout that is not of size zero.
        let pointer = unsafe { self.0.alloc_zeroed(layout) };
        count(pointer, layout.size());
        pointer
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller promises that `pointer` came from here with `layout`, and so from the
        // allocator inside, and that `new_size` is not zero and fits.
        let pointer = unsafe { self.0.realloc(pointer, layout, new_size) };
        count(pointer, new_size.saturating_sub(layout.size()));
        pointer
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller promises that `pointer` came from here with `layout`, and so from the
        // allocator inside.
        unsafe { self.0.dealloc(pointer, layout) };
    }
}

thread_local! {
    static BYTES: Cell<u64> = const { Cell::new(0) };
}

fn count(pointer: *mut u8, size: usize) {
    if !pointer.is_null() {
        BYTES.with(|bytes| bytes.set(bytes.get().wrapping_add(size as u64)));
    }
}

pub(super) fn bytes() -> u64 {
    BYTES.get()
}

pub(super) fn set_bytes(bytes: u64) {
    BYTES.set(bytes);
}

/// Returns whether this is the program's allocator.
#[cfg(feature = "summary")]
pub(super) fn is_installed() -> bool {
    let before = bytes();
    drop(std::hint::black_box(Box::new(0_u8)));
    let is_installed = bytes() != before;
    set_bytes(before);
    is_installed
}
