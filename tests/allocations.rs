//! Allocations per call of an annotated function, counted for each thread.

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;
use std::task::Poll;

use event_core::{
    Event, Installed, Listener, RecordingListener, TimingListener, data, enter_event,
    install_listener, open_event, trigger_event,
};
use support::poll_once;

/// Counts the allocations of each thread.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    ALLOCATIONS.set(ALLOCATIONS.get() + 1);
}

#[expect(unsafe_code, reason = "`GlobalAlloc` is an unsafe trait")]
// SAFETY: every method forwards to `System`, which upholds the contract of `GlobalAlloc`.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller upholds the contract of this method, which is that of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller upholds the contract of this method, which is that of `System`.
        unsafe { System.realloc(place, layout, size) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller upholds the contract of this method, which is that of `System`.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The number of calls that are counted together.
const CALLS: u64 = 4096;

/// Counts the allocations of `CALLS` calls, after a first call that may set up state.
fn allocations(mut call: impl FnMut(u64)) -> u64 {
    call(0);
    let before = ALLOCATIONS.get();
    (0..CALLS).for_each(call);
    ALLOCATIONS.get() - before
}

struct Idle;

impl Listener for Idle {
    fn on_start(&self, event: &Event<'_>) {
        std::hint::black_box(event.data());
    }

    fn on_end(&self, event: &Event<'_>) {
        std::hint::black_box(event.data());
    }
}

fn idle(kind: &'static str) -> Installed<Idle> {
    install_listener(kind, Idle)
}

#[test]
fn disabled_calls_do_not_allocate() {
    #[trigger_event("allocations:disabled")]
    fn work(n: u64, text: &str, list: Vec<u8>) {
        let _ = (n, text);
        drop(list);
    }
    assert_eq!(allocations(|n| work(n, "text", Vec::new())), 0);
    let _other = idle("allocations:other");
    assert_eq!(allocations(|n| work(n, "text", Vec::new())), 0);
}

#[test]
fn calls_with_an_idle_listener_do_not_allocate() {
    #[trigger_event("allocations:idle", data(n, text, bytes, shared, printed))]
    #[expect(
        clippy::ref_option,
        clippy::trivially_copy_pass_by_ref,
        reason = "the captured value must be borrowed and formatted"
    )]
    fn work(n: u64, text: &str, bytes: &[u8], shared: &Arc<u8>, printed: &Option<[u8; 2]>) {
        let _ = (n, text, bytes, shared, printed);
    }
    let _idle = idle("allocations:idle");
    let shared = Arc::new(7);
    let calls = allocations(|n| work(n, "text", &[1, 2], &shared, &Some([3, 4])));
    assert_eq!(calls, 0);
    assert_eq!(Arc::strong_count(&shared), 1);
}

/// Runs `future`, which is ready after the given number of polls.
fn drive(future: impl Future<Output = ()>, polls: usize) {
    let mut future = std::pin::pin!(future);
    for _ in 1..polls {
        assert!(poll_once(future.as_mut()).is_pending());
    }
    assert!(poll_once(future).is_ready());
}

#[test]
fn awaiting_futures_do_not_allocate_in_the_steady_state() {
    #[trigger_event("allocations:future", ret)]
    async fn work(n: u64, text: &str, polls: usize) -> u64 {
        let mut left = polls - 1;
        std::future::poll_fn(move |_| {
            if left == 0 {
                return Poll::Ready(());
            }
            left -= 1;
            Poll::Pending
        })
        .await;
        n + text.len() as u64
    }
    let _idle = idle("allocations:future");
    let nested = |n| async move {
        assert_eq!(work(n, "a text", 3).await, n + 6);
        assert_eq!(work(n, "another", 1).await, n + 7);
    };
    assert_eq!(allocations(|n| drive(nested(n), 3)), 0);
}

#[test]
fn guards_do_not_allocate_in_the_steady_state() {
    #[track_caller]
    #[trigger_event("allocations:guard")]
    fn work(n: u64, text: &str) {
        let _inner = enter_event("allocations:guard", data! { n, text, shared = 3_u8 });
    }
    let _idle = idle("allocations:guard");
    assert_eq!(allocations(|n| work(n, "text")), 0);
}

#[test]
fn open_events_do_not_allocate_in_the_steady_state() {
    let _idle = idle("allocations:open");
    let calls = allocations(|n| open_event("allocations:open", data! { n, text = "text" }).end());
    assert_eq!(calls, 0);
}

#[test]
fn many_open_guards_do_not_allocate_in_the_steady_state() {
    let _idle = idle("allocations:many");
    let open = || {
        let one = || enter_event("allocations:many", data! { n = 1 });
        let mut guards: [_; 40] = std::array::from_fn(|_| Some(one()));
        for guard in guards.iter_mut().rev() {
            drop(guard.take());
        }
    };
    assert_eq!(allocations(|_| open()), 0);
}

#[test]
fn recording_allocates_less_than_once_per_call() {
    #[trigger_event("allocations:recorded")]
    fn work(n: u64, text: &str) {
        let _ = (n, text);
    }
    let recorder = install_listener("allocations:recorded", RecordingListener::new());
    let calls = allocations(|n| work(n, "text"));
    assert!(
        calls <= 64,
        "{calls} allocations, more than growing the buffers takes"
    );
    assert_eq!(recorder.len() as u64, 2 * (CALLS + 1));
}

#[test]
fn recording_nested_scopes_allocates_less_than_once_per_call() {
    #[trigger_event("allocations:nested")]
    fn nest(depth: u64) {
        if depth > 0 {
            nest(depth - 1);
        }
    }
    let recorder = install_listener("allocations:nested", RecordingListener::new());
    let calls = allocations(|_| nest(3));
    assert!(
        calls <= 64,
        "{calls} allocations, more than growing the buffers takes"
    );
    assert_eq!(recorder.len() as u64, 2 * 4 * (CALLS + 1));
}

#[test]
fn copied_values_are_recorded_inline_like_numbers() {
    macro_rules! recorded {
        ($value:expr) => {{
            #[trigger_event("allocations:copied", data(value = $value))]
            fn work() {}
            let recorder = install_listener("allocations:copied", RecordingListener::new());
            let calls = allocations(|_| work());
            assert_eq!(recorder.len() as u64, 2 * (CALLS + 1));
            calls
        }};
    }
    let number = recorded!(1_u64);
    for (name, calls) in [
        ("i64", recorded!(-1_i64)),
        ("f64", recorded!(0.5_f64)),
        ("f32", recorded!(0.5_f32)),
        ("bool", recorded!(true)),
        ("char", recorded!('x')),
        ("none", recorded!(None::<u64>)),
    ] {
        assert!(
            calls <= number,
            "{name}: {calls} allocations, {number} for a number"
        );
    }
}

#[test]
fn recording_shared_objects_and_bytes_allocates_less_than_once_per_call() {
    #[trigger_event("allocations:shared", data(shared, bytes, letter))]
    fn work(shared: &Arc<u8>, bytes: &[u8], letter: char) {
        let _ = (shared, bytes, letter);
    }
    let recorder = install_listener("allocations:shared", RecordingListener::new());
    let shared = Arc::new(7);
    let calls = allocations(|_| work(&shared, &[1, 2], 'x'));
    assert!(
        calls <= 64,
        "{calls} allocations, more than growing the buffers takes"
    );
    assert_eq!(Arc::strong_count(&shared) as u64, CALLS + 2);
    drop(recorder);
    assert_eq!(Arc::strong_count(&shared), 1);
}

#[test]
fn timers_do_not_allocate() {
    #[trigger_event("allocations:timed")]
    fn work(depth: u32, text: &str) {
        let _ = text;
        if depth > 0 {
            work(depth - 1, text);
        }
    }
    let timer = install_listener("allocations:timed", TimingListener::new());
    assert_eq!(allocations(|_| work(3, "text")), 0);
    assert!(timer.done());
}
