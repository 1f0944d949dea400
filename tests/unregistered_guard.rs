//! A guard whose listener `unregister` has removed does not affect other listeners.
//!
//! The test is alone in its process, because listeners of other tests would hide a wrong number of
//! registrations.

use std::sync::Arc;

use event_core::{RecordingListener, install_recorder, install_shared, trigger_event, unregister};

#[test]
fn guard_of_an_unregistered_listener_unregisters_nothing_else() {
    let other = install_recorder("unregistered_guard:other");
    let shared = Arc::new(RecordingListener::new());
    let guard = install_shared("unregistered_guard:shared", Arc::clone(&shared));
    assert!(unregister("unregistered_guard:shared", &shared));
    drop(guard);
    // Without any listener, this function does not look up its kind.
    trigger_event("unregistered_guard:other", (), || {});
    assert_eq!((other.len(), shared.len()), (2, 0));
}
