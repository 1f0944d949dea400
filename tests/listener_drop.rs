//! An uninstalled listener is dropped at once.
//!
//! The listener matches every kind. It is alone in its process, since a broadcast on another
//! thread would keep it alive.

mod support;

use std::sync::mpsc;

use event_core::{Kind, install_listener, install_recorder, register, trigger_event};
use support::OnDrop;

#[test]
fn unregistered_listener_is_dropped_at_once_and_its_drop_can_use_the_api() {
    let (send, receive) = mpsc::channel();
    for filter in ["listener_drop:drop", "listener_drop:dro*", "*"] {
        let send = send.clone();
        let listener = OnDrop(move || {
            let recorder = install_recorder("listener_drop:drop_inner");
            trigger_event("listener_drop:drop_inner", (), || {});
            register("listener_drop:drop", recorder.uninstall());
            Kind::new("listener_drop:created in a drop").unwrap();
            send.send(()).unwrap();
        });
        let installed = install_listener(filter, listener);
        trigger_event("listener_drop:drop", (), || {});
        assert!(receive.try_recv().is_err());
        drop(installed);
        receive
            .try_recv()
            .expect("dropped before `drop(installed)` returned");
    }
}
