//! A call site is never quiet while somebody listens, and tells all that is wanted.

use super::counting_listener::Ear;
use crate::install::install_listener;
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
fn two_first_calls_are_heard_with_their_data() {
    check("sites: two first calls", || {
        let ear = install_listener("model:site", Ear::default());
        let caller = spawn(1, || work(1));
        work(2);
        caller.join().unwrap();
        assert_eq!(ear.heard_with_data(), (2, 2));
    });
}

#[test]
fn call_site_first_called_during_a_registration_is_enabled() {
    check("sites: a first call, a registration", || {
        let caller = spawn(1, || work(1));
        let ear = install_listener("model:site", Ear::default());
        caller.join().unwrap();
        let (starts, ends) = ear.heard();
        assert_eq!(starts, ends);
        work(2);
        assert_eq!(ear.heard(), (starts + 1, ends + 1));
    });
}

#[test]
fn first_calls_of_two_sites_are_both_enlisted() {
    check("sites: first calls of two sites, a registration", || {
        let caller = spawn(1, || work(1));
        let other_caller = spawn(2, || other_work(1));
        let ear = install_listener("model:site", Ear::default());
        caller.join().unwrap();
        other_caller.join().unwrap();
        let (starts, ends) = ear.heard();
        assert_eq!(starts, ends);
        work(2);
        other_work(2);
        assert_eq!(ear.heard(), (starts + 2, ends + 2));
    });
}

#[test]
fn call_site_is_disabled_after_the_last_unregistration() {
    check(
        "sites: a first call, a listener that comes and goes",
        || {
            let caller = spawn(1, || work(1));
            let passing = spawn(2, || drop(install_listener("model:site", Ear::default())));
            let ear = install_listener("model:site", Ear::default());
            caller.join().unwrap();
            passing.join().unwrap();
            let (starts, ends) = ear.heard();
            work(2);
            assert_eq!(ear.heard(), (starts + 1, ends + 1));
            let ear = ear.uninstall();
            work(3);
            assert_eq!(ear.heard(), (starts + 1, ends + 1));
        },
    );
}

#[test]
fn local_listener_receives_only_the_calls_of_its_thread() {
    check("sites: first calls, a listener of one thread", || {
        let caller = spawn(1, || work(1));
        let ear = local::install_listener("model:site", Ear::default());
        work(2);
        assert_eq!(ear.heard_with_data(), (1, 1));
        caller.join().unwrap();
        assert_eq!(ear.heard_with_data(), (1, 1));
    });
}
