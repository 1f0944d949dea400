//! Who is there before a START hears it and its END; nobody hears an END alone, or when it has gone.

use super::counting_listener::Ear;
use crate::data;
use crate::install::{install_listener, install_shared};
use crate::scope::trigger_event;
use crate::sync::{Arc, check, spawn};

fn work() {
    trigger_event("model:work", data! { n = 1 }, || {});
}

#[test]
fn registered_listener_receives_all_events_during_other_registrations() {
    check("registry: two that come and go, a scope", || {
        let ear = install_listener("model:work", Ear::default());
        let passing = [1, 2].map(|thread| {
            spawn(thread, || {
                let ear = install_listener("model:work", Ear::default()).uninstall();
                let (starts, ends) = ear.heard();
                assert!(ends <= starts);
            })
        });
        work();
        assert_eq!(ear.heard_with_data(), (1, 1));
        for passing in passing {
            passing.join().unwrap();
        }
    });
}

#[test]
fn listener_registered_during_a_scope_receives_no_end() {
    check("registry: a scope, one that comes", || {
        let caller = spawn(1, work);
        let first = install_listener("model:work", Ear::default());
        let second = install_listener("model:work", Ear::default());
        caller.join().unwrap();
        for (starts, ends) in [first.heard(), second.heard()] {
            assert_eq!(starts, ends);
        }
        assert!(second.heard() <= first.heard());
    });
}

#[test]
fn unregistered_listener_receives_nothing_more_and_is_freed() {
    check("registry: a scope, one that goes", || {
        let ear = Arc::new(Ear::default());
        let installed = install_shared("model:work", Arc::clone(&ear));
        let caller = spawn(1, work);
        drop(installed);
        let before = ear.heard_with_data();
        work();
        // The other thread's call may have been under way.
        let (starts, ends) = ear.heard_with_data();
        assert!(starts <= 1 && ends <= starts && before <= (starts, ends));
        caller.join().unwrap();
        let after = ear.heard_with_data();
        work();
        assert_eq!(ear.heard_with_data(), after);
        // If the last reader did not see that it was waited for, the next change does.
        drop(install_listener("model:work", Ear::default()));
        assert_eq!(Arc::strong_count(&ear), 1);
    });
}

#[test]
fn kind_created_during_a_registration_is_matched_by_its_pattern() {
    check("registry: the first events of a kind, a pattern", || {
        let caller = spawn(1, work);
        let ear = install_listener("model:*", Ear::default());
        caller.join().unwrap();
        let (starts, ends) = ear.heard();
        assert_eq!(starts, ends);
        work();
        assert_eq!(ear.heard(), (starts + 1, ends + 1));
    });
}

#[test]
fn first_events_of_a_kind_reach_a_registered_pattern() {
    check("registry: two first events of a kind, a pattern", || {
        let ear = install_listener("model:*", Ear::default());
        let caller = spawn(1, work);
        work();
        caller.join().unwrap();
        assert_eq!(ear.heard_with_data(), (2, 2));
    });
}
