//! A listener that counts events, invisible to the model checker.

use std::sync::atomic::AtomicUsize;

use crate::event::Event;
use crate::listener::Listener;
use crate::sync::Ordering::Relaxed;

#[derive(Debug, Default)]
pub(super) struct CountingListener {
    starts: AtomicUsize,
    ends: AtomicUsize,
    without_data: AtomicUsize,
    ends_without_start: AtomicUsize,
}

impl CountingListener {
    /// Returns how many STARTs and how many ENDs it has received, and asserts that each END
    /// followed a START. A panic in the listener itself would be caught.
    pub(super) fn counts(&self) -> (usize, usize) {
        let alone = self.ends_without_start.load(Relaxed);
        assert_eq!(alone, 0, "an END without a START");
        (self.starts.load(Relaxed), self.ends.load(Relaxed))
    }

    /// Returns the same, and asserts that each event had its data. An event has its data if the
    /// listener was registered before the call.
    pub(super) fn counts_with_data(&self) -> (usize, usize) {
        assert_eq!(self.without_data.load(Relaxed), 0, "it wants data");
        self.counts()
    }

    fn count(&self, event: &Event<'_>, counter: &AtomicUsize) {
        counter.fetch_add(1, Relaxed);
        let has_no_data = event.data().is_empty();
        self.without_data.fetch_add(has_no_data.into(), Relaxed);
    }
}

impl Listener for CountingListener {
    fn on_start(&self, event: &Event<'_>) {
        self.count(event, &self.starts);
        loom::thread::yield_now();
    }

    fn on_end(&self, event: &Event<'_>) {
        self.count(event, &self.ends);
        let is_alone = self.ends.load(Relaxed) > self.starts.load(Relaxed);
        self.ends_without_start.fetch_add(is_alone.into(), Relaxed);
    }
}
