//! A global allocator that calls annotated functions, with a recorder and a timer installed.
//!
//! A recorder or timer that allocates must not deadlock on its own lock.

use std::alloc::{GlobalAlloc, Layout, System};

use event_core::{
    RecordingListener, TimingListener, install_listener, install_recorder, trigger_event,
};

struct Annotated;

#[trigger_event("allocator:alloc")]
fn allocates(bytes: usize, aligned: &str) {
    let _ = (bytes, aligned);
}

#[trigger_event("allocator:free", ret)]
fn frees(bytes: usize) -> usize {
    bytes
}

#[expect(unsafe_code, reason = "`GlobalAlloc` is an unsafe trait")]
// SAFETY: every method forwards to `System`, which upholds the contract of `GlobalAlloc`.
unsafe impl GlobalAlloc for Annotated {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        allocates(layout.size(), "to a word");
        // SAFETY: the caller upholds the contract of this method, which is that of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        frees(layout.size());
        // SAFETY: the caller upholds the contract of this method, which is that of `System`.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Annotated = Annotated;

#[test]
fn allocator_events_can_be_recorded_and_timed() {
    let recorder = install_recorder("allocator:*");
    let bounded = install_listener("allocator:*", RecordingListener::with_capacity_limit(100));
    let timer = install_listener("allocator:*", TimingListener::new());
    std::thread::scope(|scope| {
        for worker in 0..4 {
            scope.spawn(move || {
                for n in 0..20 {
                    trigger_event("allocator:plain", event_core::data! { n, worker }, || {
                        let text = vec![n; 16];
                        drop(text.clone());
                        format!("{text:?}")
                    });
                }
            });
        }
    });
    assert!(timer.done());
    assert_eq!(bounded.len(), 100);
    // Freeing a recorded event triggers two more events.
    let recorder = recorder.uninstall();
    let bounded = bounded.uninstall();
    let buffer = recorder.buffer();
    recorder.clear();
    assert_eq!(bounded.buffer().len(), 100);
    let frees = buffer.iter().map(|(_, event)| event);
    let frees = frees.filter(|event| event.is_end() && event.kind().as_str() == "allocator:free");
    let mut returned = frees.map(|event| event.data().get("return").cloned());
    assert!(returned.next().is_some_and(|bytes| bytes.is_some()));
    assert!(returned.all(|bytes| bytes.is_some()));
}
