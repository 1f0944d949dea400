//! Memory does not grow with the calls.
#![cfg(feature = "summary")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use event_core::{install_listener, trigger_event};
use event_export::Summary;

/// Counts the allocations of all threads.
struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

#[expect(unsafe_code, reason = "an allocator is an unsafe trait")]
// SAFETY: everything is handed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is the same.
        unsafe { System.dealloc(pointer, layout) };
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[trigger_event("memory:call")]
fn call(depth: u32) -> u32 {
    if depth == 0 {
        0
    } else {
        std::hint::black_box(call(depth - 1)) + 1
    }
}

#[test]
fn a_million_calls_allocate_no_more_than_a_thousand() {
    let summary = install_listener("memory:call", Summary::new().without_names());
    for _ in 0..1_000 {
        call(9);
    }
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    for _ in 0..100_000 {
        call(9);
    }
    let more = ALLOCATIONS.load(Ordering::Relaxed) - before;
    // A call may take longer than any before, for which a histogram grows; open scopes come into other shards.
    assert!(more < 300, "{more}");
    assert_eq!(summary.table().rows()[0].calls(), 1_010_000);
}
