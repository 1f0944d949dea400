//! A listener that counts, unseen by the model checker.

use std::sync::atomic::AtomicUsize;

use crate::event::Event;
use crate::listener::Listener;
use crate::sync::Ordering::Relaxed;

#[derive(Debug, Default)]
pub(super) struct Ear {
    starts: AtomicUsize,
    ends: AtomicUsize,
    /// How many events had no data.
    bare: AtomicUsize,
}

impl Ear {
    /// How many STARTs and how many ENDs it has heard.
    pub(super) fn heard(&self) -> (usize, usize) {
        (self.starts.load(Relaxed), self.ends.load(Relaxed))
    }

    /// The same; each had its data, as it has where the listener came before the call.
    pub(super) fn heard_with_data(&self) -> (usize, usize) {
        assert_eq!(self.bare.load(Relaxed), 0, "it wants data");
        self.heard()
    }

    fn hear(&self, event: &Event<'_>, count: &AtomicUsize) {
        count.fetch_add(1, Relaxed);
        let is_bare = event.data().is_empty();
        self.bare.fetch_add(is_bare.into(), Relaxed);
    }
}

impl Listener for Ear {
    fn on_start(&self, event: &Event<'_>) {
        self.hear(event, &self.starts);
        loom::thread::yield_now();
    }

    fn on_end(&self, event: &Event<'_>) {
        self.hear(event, &self.ends);
        assert!(
            self.ends.load(Relaxed) <= self.starts.load(Relaxed),
            "an END without a START"
        );
    }
}
