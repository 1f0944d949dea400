//! An allocator that is annotated itself.
#![allow(
    unsafe_code,
    reason = "an allocator is unsafe; this one hands on to the system's"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use event_core::{
    Event, Listener, TimingListener, data, end_event, enter_event, install_listener,
    install_recorder, install_timer, local, start_event, trigger_event,
};

struct Annotated;

// SAFETY: each method hands on to the system's allocator, which is one.
unsafe impl GlobalAlloc for Annotated {
    #[trigger_event("allocator:alloc")]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps what `alloc` asks of it.
        unsafe { System.alloc(layout) }
    }

    #[trigger_event("allocator:dealloc", data(size = layout.size()))]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps what `dealloc` asks of it.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Annotated = Annotated;

/// One at a time: they hear each other's allocations.
static TURN: Mutex<()> = Mutex::new(());

/// Counts, and allocates while it does.
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

/// All that broadcasts, with data that allocates.
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
    // Of what is freed they hear nothing: what one recorder frees, the other would record.
    let recorders = [(); 2].map(|()| install_recorder("allocator:alloc"));
    let _timer = install_timer("allocator:alloc", |_| {});
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..200 {
                    everything();
                    drop(install_listener("allocator:work", Count::default()));
                    // So that they grow again, which they do with their lock held.
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
    // It finds its place, and room for one.
    let timer = local::install_listener("allocator:deep", TimingListener::new());
    deep(0);
    let count = local::install_listener("allocator:alloc", Count::default());
    let before = count.0.load(Ordering::Relaxed);
    deep(100);
    let told = count.0.load(Ordering::Relaxed) - before;
    assert!(timer.done());
    assert_eq!(told, 0);
}
