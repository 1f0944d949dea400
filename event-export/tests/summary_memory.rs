//! The memory of a summary does not grow with the number of calls.

#![cfg(feature = "summary")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use event_core::{install_listener, trigger_event};
use event_export::Summary;

/// Counts the allocations of all threads.
struct CountingAllocator;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

#[expect(unsafe_code, reason = "an allocator is an unsafe trait")]
// SAFETY: each call is forwarded to the system allocator, which fulfils the contract.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller fulfils the same contract for `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller fulfils the same contract for `System`.
        unsafe { System.dealloc(pointer, layout) };
    }
}

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

#[trigger_event("memory:call")]
fn call(depth: u32) -> u32 {
    if depth == 0 {
        0
    } else {
        std::hint::black_box(call(depth - 1)) + 1
    }
}

#[test]
fn a_million_calls_need_few_allocations() {
    let summary = install_listener("memory:call", Summary::new().without_names());
    for _ in 0..1_000 {
        call(9);
    }
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    for _ in 0..100_000 {
        call(9);
    }
    let more = ALLOCATIONS.load(Ordering::Relaxed) - before;
    // A histogram grows for a call that is longer than all calls before it. A shard allocates for
    // its first open scope.
    assert!(more < 300, "{more}");
    assert_eq!(summary.table().rows()[0].calls(), 1_010_000);
}
