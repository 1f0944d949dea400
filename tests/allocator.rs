//! A global allocator whose own methods are annotated.
#![allow(unsafe_code, reason = "`GlobalAlloc` is an unsafe trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use event_core::{
    Event, Listener, TimingListener, data, end_event, enter_event, install_listener,
    install_recorder, install_timer, local, start_event, trigger_event,
};

struct Annotated;

// SAFETY: every method forwards to `System`, which upholds the contract of `GlobalAlloc`.
unsafe impl GlobalAlloc for Annotated {
    #[trigger_event("allocator:alloc")]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller upholds the contract of `alloc`, which is that of `System`.
        unsafe { System.alloc(layout) }
    }

    #[trigger_event("allocator:dealloc", data(size = layout.size()))]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller upholds the contract of `dealloc`, which is that of `System`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Annotated = Annotated;

/// Serializes the tests, since each would receive the allocations of the others.
static TURN: Mutex<()> = Mutex::new(());

/// Counts events, and allocates while it counts.
#[derive(Default)]
struct Count(AtomicUsize);

impl Listener for Count {
    fn on_start(&self, event: &Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
        drop(event.to_string());
    }
    fn on_end(&self, event: &Event<'_>) {
        self.on_start(event);
    }
}

#[trigger_event("allocator:work")]
fn work(name: &str, numbers: &[u64]) -> Vec<String> {
    numbers.iter().map(|n| format!("{name} {n}")).collect()
}

/// Triggers scopes of every form, with data that allocates.
fn everything() {
    assert_eq!(work("n", &[1, 2, 3]).len(), 3);
    trigger_event(
        "allocator:closure",
        data! { text = String::from("text") },
        || drop(Box::new(1)),
    );
    start_event("allocator:pair", data! { text = format!("{:?}", [1]) });
    let _guard = enter_event("allocator:guard", data! { n = ?vec![1, 2] });
    end_event("allocator:pair", (), None);
    let _ = std::panic::catch_unwind(|| {
        trigger_event("allocator:panics", (), || {
            std::panic::resume_unwind(Box::new(String::from("text")))
        });
    });
}

#[test]
fn annotated_allocator_emits_events() {
    let _turn = TURN.lock();
    let count = local::install_listener("allocator:*", Count::default());
    let before = count.0.load(Ordering::Relaxed);
    drop(Box::new([0_u8; 100]));
    assert!(
        count.0.load(Ordering::Relaxed) >= before + 4,
        "two STARTs, two ENDs"
    );
}

#[test]
fn every_listener_kind_can_receive_allocator_events() {
    let _turn = TURN.lock();
    let _timer = install_timer("allocator:alloc", |_| {});
    let recorder = install_recorder("allocator:*");
    let count = install_listener("allocator:work", Count::default());
    everything();
    assert!(recorder.len() > 20);
    assert!(recorder.buffer().len() > 20);
    recorder.clear();
    assert_eq!(count.0.load(Ordering::Relaxed), 2);
}

#[test]
fn recorders_on_many_threads_do_not_deadlock() {
    let _turn = TURN.lock();
    // The kind is `alloc` alone: with `dealloc` each recorder would record what the other frees.
    let recorders = [(); 2].map(|()| install_recorder("allocator:alloc"));
    let _timer = install_timer("allocator:alloc", |_| {});
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..200 {
                    everything();
                    drop(install_listener("allocator:work", Count::default()));
                    // After `clear` the buffers grow again, which happens while their lock is held.
                    for recorder in &recorders {
                        recorder.clear();
                    }
                }
            });
        }
    });
    everything();
    assert!(recorders.iter().all(|recorder| !recorder.is_empty()));
}

#[test]
fn allocations_made_by_a_timer_emit_no_events() {
    #[trigger_event("allocator:deep")]
    fn deep(depth: u32) {
        if depth > 0 {
            deep(depth - 1);
        }
    }
    let _turn = TURN.lock();
    // The first event sets up the per-thread state of the timer.
    let timer = local::install_listener("allocator:deep", TimingListener::new());
    deep(0);
    let count = local::install_listener("allocator:alloc", Count::default());
    let before = count.0.load(Ordering::Relaxed);
    deep(100);
    let events = count.0.load(Ordering::Relaxed) - before;
    assert!(timer.done());
    assert_eq!(events, 0);
}
