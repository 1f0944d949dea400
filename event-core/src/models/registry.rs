//! A listener that is registered before a START receives it and its END. No listener receives an
//! END without its START. An unregistered listener receives nothing.

use super::counting_listener::CountingListener;
use crate::data;
use crate::install::installed::{install_listener, install_shared};
use crate::scope::closure::trigger_event;
use crate::sync::{Arc, check, spawn};

fn work() {
    trigger_event("model:work", data! { n = 1 }, || {});
}

#[test]
fn registered_listener_receives_all_events_during_other_registrations() {
    check(
        "registry: two listeners that register and unregister, a scope",
        || {
            let listener = install_listener("model:work", CountingListener::default());
            let others = [1, 2].map(|thread| {
                spawn(thread, || {
                    let listener =
                        install_listener("model:work", CountingListener::default()).uninstall();
                    let (starts, ends) = listener.counts();
                    assert!(ends <= starts);
                })
            });
            work();
            assert_eq!(listener.counts_with_data(), (1, 1));
            for other in others {
                other.join().unwrap();
            }
        },
    );
}

#[test]
fn listener_registered_during_a_scope_receives_no_end() {
    check("registry: a scope, two registrations", || {
        let caller = spawn(1, work);
        let first = install_listener("model:work", CountingListener::default());
        let second = install_listener("model:work", CountingListener::default());
        caller.join().unwrap();
        for (starts, ends) in [first.counts(), second.counts()] {
            assert_eq!(starts, ends);
        }
        assert!(second.counts() <= first.counts());
    });
}

#[test]
fn unregistered_listener_receives_nothing_more_and_is_freed() {
    check("registry: a scope, an unregistration", || {
        let listener = Arc::new(CountingListener::default());
        let installed = install_shared("model:work", Arc::clone(&listener));
        let caller = spawn(1, work);
        drop(installed);
        let before = listener.counts_with_data();
        work();
        // The call of the other thread may have been in progress.
        let (starts, ends) = listener.counts_with_data();
        assert!(starts <= 1 && ends <= starts && before <= (starts, ends));
        caller.join().unwrap();
        let after = listener.counts_with_data();
        work();
        assert_eq!(listener.counts_with_data(), after);
        // If the last reader missed that the table was retired, the next change drops it.
        drop(install_listener("model:work", CountingListener::default()));
        assert_eq!(Arc::strong_count(&listener), 1);
    });
}

#[test]
fn kind_created_during_a_registration_is_matched_by_its_pattern() {
    check("registry: the first events of a kind, a pattern", || {
        let caller = spawn(1, work);
        let listener = install_listener("model:*", CountingListener::default());
        caller.join().unwrap();
        let (starts, ends) = listener.counts();
        assert_eq!(starts, ends);
        work();
        assert_eq!(listener.counts(), (starts + 1, ends + 1));
    });
}

#[test]
fn first_events_of_a_kind_reach_a_registered_pattern() {
    check("registry: two first events of a kind, a pattern", || {
        let listener = install_listener("model:*", CountingListener::default());
        let caller = spawn(1, work);
        work();
        caller.join().unwrap();
        assert_eq!(listener.counts_with_data(), (2, 2));
    });
}
