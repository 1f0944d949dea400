//! A call site is never disabled while a listener is registered, and captures all data that is
//! wanted.

use super::counting_listener::CountingListener;
use crate::install::installed::install_listener;
use crate::install::local;
use crate::sync::{check, spawn};
use event_macros::trigger_event;

#[trigger_event("model:site", crate = crate)]
fn work(n: u32) {
    let _ = n;
}

#[trigger_event("model:site", crate = crate)]
fn other_work(n: u32) {
    let _ = n;
}

#[test]
fn two_concurrent_first_calls_have_their_data() {
    check("sites: two first calls", || {
        let listener = install_listener("model:site", CountingListener::default());
        let caller = spawn(1, || work(1));
        work(2);
        caller.join().unwrap();
        assert_eq!(listener.counts_with_data(), (2, 2));
    });
}

#[test]
fn call_site_first_called_during_a_registration_is_enabled() {
    check("sites: a first call, a registration", || {
        let caller = spawn(1, || work(1));
        let listener = install_listener("model:site", CountingListener::default());
        caller.join().unwrap();
        let (starts, ends) = listener.counts();
        assert_eq!(starts, ends);
        work(2);
        assert_eq!(listener.counts(), (starts + 1, ends + 1));
    });
}

#[test]
fn concurrent_first_calls_register_both_call_sites() {
    check("sites: first calls of two sites, a registration", || {
        let caller = spawn(1, || work(1));
        let other_caller = spawn(2, || other_work(1));
        let listener = install_listener("model:site", CountingListener::default());
        caller.join().unwrap();
        other_caller.join().unwrap();
        let (starts, ends) = listener.counts();
        assert_eq!(starts, ends);
        work(2);
        other_work(2);
        assert_eq!(listener.counts(), (starts + 2, ends + 2));
    });
}

#[test]
fn call_site_is_disabled_after_the_last_unregistration() {
    check(
        "sites: a first call, a listener that registers and unregisters",
        || {
            let caller = spawn(1, || work(1));
            let other = spawn(2, || {
                drop(install_listener("model:site", CountingListener::default()))
            });
            let listener = install_listener("model:site", CountingListener::default());
            caller.join().unwrap();
            other.join().unwrap();
            let (starts, ends) = listener.counts();
            work(2);
            assert_eq!(listener.counts(), (starts + 1, ends + 1));
            let listener = listener.uninstall();
            work(3);
            assert_eq!(listener.counts(), (starts + 1, ends + 1));
        },
    );
}

#[test]
fn local_listener_receives_only_the_calls_of_its_thread() {
    check("sites: first calls, a listener of one thread", || {
        let caller = spawn(1, || work(1));
        let listener = local::install_listener("model:site", CountingListener::default());
        work(2);
        assert_eq!(listener.counts_with_data(), (1, 1));
        caller.join().unwrap();
        assert_eq!(listener.counts_with_data(), (1, 1));
    });
}
