//! Events in an allocation of a recorder or of `add_data` are suppressed, so that no listener
//! allocates inside it. Such events come from an annotated allocator, and from a signal handler
//! that interrupts the allocator.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

use event_core::{
    Event, RecordingListener, add_data, data, end_event, from_fn, local, start_event, trigger_event,
};

/// Calls an annotated function in each allocation of a thread that watches.
struct Annotated;

thread_local! {
    static WATCHES: Cell<bool> = const { Cell::new(false) };
    static ALLOCATES: Cell<bool> = const { Cell::new(false) };
    static NESTED: Cell<u32> = const { Cell::new(0) };
    static OUTER: Cell<u32> = const { Cell::new(0) };
}

#[trigger_event("inner:allocation")]
fn in_allocation() {}

fn note() {
    if !WATCHES.get() {
        return;
    }
    if ALLOCATES.replace(true) {
        NESTED.set(NESTED.get() + 1);
        return;
    }
    OUTER.set(OUTER.get() + 1);
    in_allocation();
    ALLOCATES.set(false);
}

#[expect(unsafe_code, reason = "`GlobalAlloc` is an unsafe trait")]
// SAFETY: every method forwards to `System`, which upholds the contract of `GlobalAlloc`.
unsafe impl GlobalAlloc for Annotated {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note();
        // SAFETY: the caller upholds the contract of this method, which is that of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        note();
        // SAFETY: the caller upholds the contract of this method, which is that of `System`.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Annotated = Annotated;

/// Calls `body`. Returns how many allocations were made, and how many inside another one.
fn watch<R>(body: impl FnOnce() -> R) -> (u32, u32) {
    let before = (OUTER.get(), NESTED.get());
    WATCHES.set(true);
    let returned = body();
    WATCHES.set(false);
    drop(returned); // the caller's own work
    (OUTER.get() - before.0, NESTED.get() - before.1)
}

/// A listener that allocates in each allocation that it receives.
fn allocating_listener() -> local::Installed<impl event_core::Listener> {
    let listener = local::install_listener(
        "inner:allocation",
        from_fn(|_: &Event<'_>| drop(black_box(Box::new(0_u64)))),
    );
    in_allocation(); // the first enabled call of a thread allocates
    listener
}

#[trigger_event("suppressed:call")]
fn call(text: &str, numbers: &[u32]) -> usize {
    text.len() + numbers.len()
}

fn fill(recorder: &RecordingListener) {
    for step in 0..300 {
        call("a text that is longer than a word", &[step; 20]);
        trigger_event(
            "suppressed:call",
            data! { step, text = "a".repeat(50) },
            || {
                add_data(data! { more = "b".repeat(50) });
            },
        );
    }
    start_event("suppressed:call", data! { text = "c".repeat(50) });
    assert!(recorder.len() > 600);
}

fn assert_suppressed(name: &str, (allocations, nested): (u32, u32)) {
    assert!(allocations > 0, "{name} does not allocate");
    assert_eq!(nested, 0, "{name}: {allocations} allocations");
}

#[test]
fn listener_receives_other_allocations() {
    let _listener = allocating_listener();
    let (allocations, nested) = watch(|| black_box(Box::new(1_u64)));
    assert_eq!((allocations, nested), (1, 4)); // two in the allocation, and two in the free
}

fn check_recorder(new: fn() -> RecordingListener) {
    let recorder = local::install_listener("suppressed:*", new());
    fill(&recorder);
    let _listener = allocating_listener();
    assert_suppressed("buffer", watch(|| recorder.buffer()));
    let next = || {
        let mut events = recorder.events();
        (events.next(), events)
    };
    assert_suppressed("events", watch(next));
    assert_suppressed("lines", watch(|| recorder.lines()));
    assert_suppressed("calls", watch(|| recorder.calls()));
    assert_suppressed("open_calls", watch(|| recorder.open_calls()));
    assert_suppressed("clear", watch(|| recorder.clear()));
    end_event("suppressed:call", (), None);
}

#[test]
fn recorder_suppresses_the_events_of_its_allocations() {
    check_recorder(RecordingListener::new);
}

#[test]
fn recorder_with_a_capacity_limit_suppresses_them() {
    check_recorder(|| RecordingListener::with_capacity_limit(1000));
}

#[test]
fn recorder_with_a_memory_limit_suppresses_them() {
    check_recorder(|| RecordingListener::with_memory_limit(10_000_000));
}

#[test]
fn added_data_is_kept_without_events() {
    let recorder = local::install_listener("added_suppressed:a", RecordingListener::new());
    let _listener = allocating_listener();
    trigger_event("added_suppressed:a", (), || {
        let text = "a long text that is copied, and then another one".to_owned();
        let add = || add_data(data! { text = text, n = 1 });
        assert_suppressed("the first field", watch(add));
        assert_suppressed("a field that is replaced", watch(add));
        assert_suppressed(
            "new fields",
            watch(|| add_data(data! { a = 1, b = text, c = 3, d = 4 })),
        );
    });
    assert_eq!(recorder.calls().len(), 1);
}
