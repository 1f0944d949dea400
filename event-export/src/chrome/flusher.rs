//! The thread that writes the buffers twice a second, for programs that hang or are killed.

use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::sink::Sink;
use crate::host::worker;
use crate::sync::lock;

/// The longest time that an event stays buffered.
const INTERVAL: Duration = Duration::from_millis(500);

#[derive(Debug)]
pub(super) struct Flusher {
    stopping: Arc<(Mutex<bool>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl Flusher {
    /// Starts the thread. If that fails, events stay buffered until a buffer is full.
    pub(super) fn start(sink: &Arc<Sink>) -> Self {
        let stopping = Arc::<(Mutex<bool>, Condvar)>::default();
        let run_stopping = Arc::clone(&stopping);
        let sink = Arc::downgrade(sink);
        let thread = worker::spawn("event-export", move || run(&run_stopping, &sink)).ok();
        Self { stopping, thread }
    }

    /// Leaves the thread alone.
    pub(super) fn forget(&mut self) {
        std::mem::forget(self.thread.take());
    }

    /// Stops the thread, and waits until it has exited.
    pub(super) fn stop(&mut self) {
        let (is_stopping, changed) = &*self.stopping;
        *lock(is_stopping) = true;
        changed.notify_all();
        let thread = self.thread.take();
        // A thread cannot join itself. User code that runs on this thread (the trace's writer) may
        // drop the trace.
        let current = thread::current().id();
        if let Some(thread) = thread.filter(|it| it.thread().id() != current) {
            let _ = thread.join();
        }
    }
}

fn run(stopping: &(Mutex<bool>, Condvar), sink: &Weak<Sink>) {
    let (is_stopping, changed) = stopping;
    loop {
        let guard = lock(is_stopping);
        let waited = changed.wait_timeout_while(guard, INTERVAL, |is_stopping| !*is_stopping);
        if *waited.unwrap_or_else(PoisonError::into_inner).0 {
            return;
        }
        let Some(sink) = sink.upgrade() else {
            return;
        };
        let _ = sink.flush(); // the sink warns by itself
    }
}
