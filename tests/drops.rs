//! When a listener is dropped. It hears every kind of the process here, so that it is alone in it: what another
//! thread tells meanwhile would keep it for that long.

use std::sync::mpsc;

use event_core::{
    Event, Kind, Listener, install_listener, install_recorder, register, trigger_event,
};

/// Calls a closure when it is dropped.
struct OnDrop<F: FnMut() + Send + Sync + 'static>(F);

impl<F: FnMut() + Send + Sync + 'static> Listener for OnDrop<F> {
    fn on_start(&self, _: &Event<'_>) {}
    fn on_end(&self, _: &Event<'_>) {}
}

impl<F: FnMut() + Send + Sync + 'static> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[test]
fn a_listener_is_dropped_at_once_and_may_do_anything_then() {
    let (send, receive) = mpsc::channel();
    for filter in ["drops:drop", "drops:dro*", "*"] {
        let send = send.clone();
        let listener = OnDrop(move || {
            let recorder = install_recorder("drops:drop_inner");
            trigger_event("drops:drop_inner", (), || {});
            register("drops:drop", recorder.uninstall());
            Kind::new("drops:drop, made in a drop").unwrap();
            send.send(()).unwrap();
        });
        let installed = install_listener(filter, listener);
        trigger_event("drops:drop", (), || {});
        assert!(receive.try_recv().is_err());
        drop(installed);
        receive
            .try_recv()
            .expect("dropped before `drop(installed)` returned");
    }
}
