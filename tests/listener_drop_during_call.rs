//! When a listener is dropped that goes while it is in a call. Alone in its process: who else is told meanwhile keeps it.

use std::sync::mpsc;

use event_core::{Event, Listener, install_listener, trigger_event};

/// Whoever is the last to be in a call of it drops it on the way out, not somebody who changes something later.
#[test]
fn listener_uninstalled_during_a_call_is_dropped_when_the_call_ends() {
    struct Slow(mpsc::Sender<()>, std::sync::Mutex<mpsc::Receiver<()>>);
    impl Listener for Slow {
        fn on_start(&self, _: &Event<'_>) {
            self.0.send(()).expect("somebody waits for it");
            let leave = self.1.lock().expect("nothing panics").recv();
            leave.expect("somebody says when");
        }
        fn on_end(&self, _: &Event<'_>) {}
    }
    for _ in 0..4 {
        let ((is_in, come), (go, leave)) = (mpsc::channel(), mpsc::channel());
        let installed = install_listener("listener_drop:slow", Slow(is_in, leave.into()));
        let alive = std::sync::Arc::downgrade(installed.listener());
        let caller = std::thread::spawn(|| trigger_event("listener_drop:slow", (), || {}));
        come.recv().expect("it is called");
        drop(installed);
        assert!(alive.upgrade().is_some(), "it is in a call");
        go.send(()).expect("it waits");
        caller.join().expect("the call is over");
        assert!(alive.upgrade().is_none(), "nobody has it any more");
    }
}
