//! The thread that writes out what waits, so that a program that hangs or is killed has shown where it was.

use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::sink::Sink;

/// How long an event waits at the most.
const WAIT: Duration = Duration::from_millis(500);

#[derive(Debug)]
pub(super) struct Flusher {
    stopping: Arc<(Mutex<bool>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl Flusher {
    /// Starts the thread; if there cannot be one, events wait until there are many.
    pub(super) fn start(sink: &Arc<Sink>) -> Self {
        let stopping = Arc::<(Mutex<bool>, Condvar)>::default();
        let (waiting, sink) = (Arc::clone(&stopping), Arc::downgrade(sink));
        let builder = thread::Builder::new().name("event-export".to_owned());
        let thread = builder.spawn(move || run(&waiting, &sink)).ok();
        Self { stopping, thread }
    }

    /// Ends the thread.
    pub(super) fn stop(&mut self) {
        let (is_stopping, changed) = &*self.stopping;
        *is_stopping.lock().unwrap_or_else(PoisonError::into_inner) = true;
        changed.notify_all();
        if let Some(thread) = self
            .thread
            .take()
            .filter(|it| it.thread().id() != thread::current().id())
        {
            let _ = thread.join();
        }
    }
}

fn run(stopping: &(Mutex<bool>, Condvar), sink: &Weak<Sink>) {
    let (is_stopping, changed) = stopping;
    loop {
        let guard = is_stopping.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = changed.wait_timeout_while(guard, WAIT, |is_stopping| !*is_stopping);
        if *waited.unwrap_or_else(PoisonError::into_inner).0 {
            return;
        }
        let Some(sink) = sink.upgrade() else {
            return;
        };
        let _ = sink.flush(); // it reports its troubles itself
    }
}
