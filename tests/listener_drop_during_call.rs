//! A listener that is uninstalled during its call is dropped at the end of that call.
//!
//! The test is alone in its process, since a broadcast on another thread would keep the
//! listener alive.

use std::sync::mpsc;

use event_core::{Event, Listener, install_listener, trigger_event};

/// The call that ends last drops the listener, not a later change of the registrations.
#[test]
fn listener_uninstalled_during_a_call_is_dropped_when_the_call_ends() {
    struct Blocks(mpsc::Sender<()>, std::sync::Mutex<mpsc::Receiver<()>>);
    impl Listener for Blocks {
        fn on_start(&self, _: &Event<'_>) {
            self.0.send(()).expect("the test waits for the call");
            let released = self.1.lock().expect("the mutex is not poisoned").recv();
            released.expect("the test ends the call");
        }
        fn on_end(&self, _: &Event<'_>) {}
    }
    for _ in 0..4 {
        let (entered, on_entered) = mpsc::channel();
        let (release, released) = mpsc::channel();
        let installed = install_listener("listener_drop:slow", Blocks(entered, released.into()));
        let alive = std::sync::Arc::downgrade(installed.listener());
        let caller = std::thread::spawn(|| trigger_event("listener_drop:slow", (), || {}));
        on_entered.recv().expect("the listener is called");
        drop(installed);
        assert!(
            alive.upgrade().is_some(),
            "the call keeps the listener alive"
        );
        release.send(()).expect("the listener waits");
        caller.join().expect("the call succeeds");
        assert!(alive.upgrade().is_none(), "the listener is dropped");
    }
}
