//! Scopes: START and END, their listeners, ids, parents and failures.

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use event_core::{
    Cause, Event, EventGuard, EventId, EventStatus, ExcDetails, Installed, RecordingListener,
    broadcast, current_event, data, end_event, enter_event, from_fn, install_listener,
    install_recorder, local, register, start_event, trigger_event, unregister,
};
use support::{OnDrop, events};

#[test]
fn closure_form_surrounds_its_body() {
    let recorder = local::install_recorder("scopes:closure");
    let text = String::from("moved");
    let text = trigger_event("scopes:closure", data! { n = 1 }, || {
        assert_eq!(recorder.len(), 1);
        text
    });
    assert_eq!(text, "moved");
    assert_eq!(
        recorder.lines(),
        ["START scopes:closure n=1", "END scopes:closure n=1"]
    );
}

#[test]
fn guard_form_lasts_until_drop() {
    let recorder = local::install_recorder("scopes:guard");
    let guard = enter_event("scopes:guard", data! { n = 1 });
    assert_eq!(recorder.len(), 1);
    assert!(format!("{guard:?}").contains("EventGuard"));
    drop(guard);
    assert_eq!(
        recorder.lines(),
        ["START scopes:guard n=1", "END scopes:guard n=1"]
    );
}

#[test]
fn start_and_end_can_be_in_different_functions() {
    fn acquire() {
        start_event("scopes:lock", data! { name = "a" });
    }
    fn release() {
        end_event("scopes:lock", data! { name = "b" }, None);
    }
    let recorder = local::install_recorder("scopes:lock");
    acquire();
    release();
    assert_eq!(
        recorder.lines(),
        [
            r#"START scopes:lock name="a""#,
            r#"END scopes:lock name="b""#
        ]
    );
    let events = events(&recorder);
    assert_eq!(events[0].id(), events[1].id());
}

#[test]
fn start_and_end_share_id_parent_and_site() {
    #[trigger_event("scopes:pair")]
    fn work() {}
    let recorder = local::install_recorder("scopes:pair");
    trigger_event("scopes:pair", (), || {
        work();
        let _guard = enter_event("scopes:pair", ());
    });
    let events = events(&recorder);
    for (start, end) in [(0, 5), (1, 2), (3, 4)] {
        assert_eq!(events[start].id(), events[end].id());
        assert_eq!(events[start].parent(), events[end].parent());
        assert_eq!(events[start].thread(), events[end].thread());
        assert_eq!(events[start].site().is_some(), start == 1);
        assert_eq!(
            events[start].site().map(std::ptr::from_ref),
            events[end].site().map(std::ptr::from_ref)
        );
    }
    assert_eq!(events[1].parent(), Some(events[0].id()));
    assert_eq!(events[3].parent(), Some(events[0].id()));
    assert_ne!(events[1].id(), events[3].id());
}

#[test]
fn listener_registered_during_a_scope_receives_no_end() {
    #[trigger_event("scopes_late:middle")]
    fn work(late: &mut Option<Installed<RecordingListener>>) {
        *late = Some(install_recorder("scopes_late:middle"));
    }
    let mut late = None;
    // The call is disabled when it starts.
    work(&mut late);
    assert_eq!(late.as_ref().map(|late| late.len()), Some(0));
    // Another listener receives the START.
    let early = local::install_recorder("scopes_late:middle");
    work(&mut late);
    assert_eq!(late.as_ref().map(|late| late.len()), Some(0));
    assert_eq!(early.len(), 2);
    trigger_event("scopes_late:middle", (), || {
        late = Some(install_recorder("scopes_late:*"));
    });
    assert_eq!(late.as_ref().map(|late| late.len()), Some(0));
    let guard = enter_event("scopes_late:middle", ());
    late = Some(install_recorder("scopes_late:middle"));
    drop(guard);
    assert_eq!(late.map(|late| late.len()), Some(0));
}

#[test]
fn listener_unregistered_during_a_scope_receives_no_end() {
    let first = local::install_recorder("scopes:unregistered");
    let last = local::install_recorder("scopes:unregistered");
    let mut middle = Some(install_recorder("scopes:unregistered"));
    let middle = trigger_event("scopes:unregistered", (), || {
        middle.take().unwrap().uninstall()
    });
    assert_eq!((first.len(), middle.len(), last.len()), (2, 1, 2));
}

#[test]
fn listener_registered_again_during_a_scope_receives_no_end() {
    let recorder = Arc::new(RecordingListener::new());
    register("scopes:registered_again", Arc::clone(&recorder));
    trigger_event("scopes:registered_again", (), || {
        assert!(unregister("scopes:registered_again", &recorder));
        register("scopes:registered_again", Arc::clone(&recorder));
    });
    assert_eq!(
        recorder.len(),
        1,
        "the new registration did not receive the START"
    );
    assert!(unregister("scopes:registered_again", &recorder));
}

#[test]
fn additional_registration_during_a_scope_receives_no_end() {
    let recorder = Arc::new(RecordingListener::new());
    register("scopes:more", Arc::clone(&recorder));
    trigger_event("scopes:more", (), || {
        register("scopes:more", Arc::clone(&recorder));
    });
    assert_eq!(recorder.len(), 2);
    assert!(unregister("scopes:more", &recorder));
    assert!(unregister("scopes:more", &recorder));
}

#[test]
fn listener_skipped_at_start_receives_no_end() {
    // The guard is created while the listener runs, and dropped after it has returned.
    let kept: Arc<Mutex<Vec<std::thread::JoinHandle<()>>>> = Arc::default();
    let counts = Arc::new(AtomicUsize::new(0));
    let listener = {
        let kept = Arc::clone(&kept);
        let counts = Arc::clone(&counts);
        from_fn(move |event: &Event<'_>| {
            counts.fetch_add(1, Ordering::Relaxed);
            if event.is_start() && event.data().get("outer").is_some() {
                HELD.set(Some(enter_event("scopes:passed_over", ())));
            }
            let _ = &kept;
        })
    };
    thread_local! {
        static HELD: std::cell::Cell<Option<EventGuard>> = const { std::cell::Cell::new(None) };
    }
    let installed = local::install_listener("scopes:passed_over", listener);
    let other = local::install_recorder("scopes:passed_over");
    trigger_event("scopes:passed_over", data! { outer = true }, || {
        drop(HELD.take());
    });
    drop(installed);
    assert_eq!(
        counts.load(Ordering::Relaxed),
        2,
        "only the outer START and END"
    );
    assert_eq!(other.len(), 4);
}

#[test]
fn nested_scopes_have_the_enclosing_scope_as_parent() {
    let recorder = local::install_recorder("scopes:nested_*");
    trigger_event("scopes:nested_a", (), || {
        trigger_event("scopes:disabled", (), || {
            let _guard = enter_event("scopes:nested_b", ());
            start_event("scopes:nested_c", ());
            trigger_event("scopes:nested_d", (), || {});
            end_event("scopes:nested_c", (), None);
        });
        trigger_event("scopes:nested_e", (), || {});
    });
    let events = events(&recorder);
    let id = |name: &str| {
        events
            .iter()
            .find(|it| it.kind().as_str().ends_with(name))
            .map(Event::id)
    };
    let parent = |name: &str| {
        events
            .iter()
            .find(|it| it.kind().as_str().ends_with(name))
            .and_then(Event::parent)
    };
    assert_eq!(parent("_a"), None);
    assert_eq!(parent("_b"), id("_a"), "the nearest enabled scope");
    assert_eq!(parent("_c"), id("_b"));
    assert_eq!(
        parent("_d"),
        id("_b"),
        "`start_event` does not become a parent"
    );
    assert_eq!(parent("_e"), id("_a"));
    assert!(current_event().id().is_none());
}

#[test]
fn ids_are_unique_across_threads() {
    let recorder = install_recorder("scopes:ids");
    let workers: Vec<_> = (0..8)
        .map(|_| {
            std::thread::spawn(|| {
                for _ in 0..1000 {
                    trigger_event("scopes:ids", (), || {});
                }
            })
        })
        .collect();
    for worker in workers {
        worker.join().unwrap();
    }
    let mut ids: Vec<EventId> = events(&recorder).iter().map(Event::id).collect();
    assert_eq!(ids.len(), 16_000);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 8_000);
}

/// A thread takes ids in blocks of a thousand.
#[test]
fn ids_of_busy_threads_never_collide() {
    let ids = || {
        let _recorder = local::install_recorder("scopes:many");
        (0..10_000)
            .map(|_| {
                trigger_event("scopes:many", (), || {
                    current_event().id().expect("the scope is enabled")
                })
            })
            .collect::<Vec<EventId>>()
    };
    let workers: Vec<_> = (0..3).map(|_| std::thread::spawn(ids)).collect();
    let each = workers.into_iter().map(|worker| worker.join().unwrap());
    let mut all = std::collections::HashSet::new();
    for ids in each {
        assert!(ids.is_sorted(), "ids of a thread increase");
        all.extend(ids);
    }
    assert_eq!(all.len(), 30_000);
}

/// The number of pending STARTs is limited. Disabled STARTs do not count.
#[test]
fn disabled_starts_do_not_evict_pending_starts() {
    let recorder = local::install_recorder("scopes:pending");
    start_event("scopes:pending", ());
    for _ in 0..2000 {
        start_event("scopes:pending_disabled", ());
    }
    end_event("scopes:pending", (), None);
    let events = events(&recorder);
    assert_eq!(events[0].id(), events[1].id());
}

#[test]
fn current_scope_is_restored_after_a_panic() {
    let recorder = local::install_recorder("scopes:restored");
    trigger_event("scopes:restored", (), || {
        let before = current_event();
        let caught = catch_unwind(|| trigger_event("scopes:restored", (), || panic!("inner")));
        assert!(caught.is_err());
        assert_eq!(current_event(), before);
        let caught = catch_unwind(|| {
            let _guard = enter_event("scopes:restored", ());
            panic!("guarded");
        });
        assert!(caught.is_err());
        assert_eq!(current_event(), before);
        let caught = catch_unwind(|| before.run(|| panic!("handle")));
        assert!(caught.is_err());
        assert_eq!(current_event(), before);
    });
    assert!(current_event().id().is_none());
    let events = events(&recorder);
    assert!(!events.last().unwrap().is_failed());
    assert_eq!(events.iter().filter(|event| event.is_failed()).count(), 2);
}

#[test]
fn guard_dropped_by_a_panic_has_failed() {
    let recorder = local::install_recorder("scopes:guard_panic");
    let line = line!() + 3;
    let outcome = catch_unwind(|| {
        let _guard = enter_event("scopes:guard_panic", data! { n = 1 });
        panic!("number {}", std::hint::black_box(1));
    });
    assert!(outcome.is_err());
    let events = events(&recorder);
    let exc = events[1].exc_details().unwrap();
    assert_eq!(exc.cause(), Cause::Panic);
    assert_eq!(exc.message(), "number 1");
    assert_eq!(exc.type_name(), "String");
    assert_eq!(
        exc.location().map(|place| (place.file(), place.line())),
        Some((file!(), line))
    );
    assert!(exc.payload().is_none());
}

#[test]
fn guard_end_has_no_payload() {
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    let _installed = local::install_listener(
        "scopes:guard_payload",
        from_fn(move |event: &Event<'_>| {
            if let Some(exc) = event.exc_details() {
                assert!(exc.payload().is_none());
                count.fetch_add(1, Ordering::Relaxed);
            }
        }),
    );
    let outcome = catch_unwind(|| {
        let _guard = enter_event("scopes:guard_payload", ());
        panic!("seen by the guard");
    });
    assert!(outcome.is_err());
    assert_eq!(seen.load(Ordering::Relaxed), 1);
}

#[test]
fn resumed_panic_in_a_guard_does_not_report_an_earlier_panic() {
    let recorder = local::install_recorder("scopes:guard_stale");
    let _outer = local::install_recorder("scopes:guard_stale outer");
    let outcome = catch_unwind(|| {
        trigger_event("scopes:guard_stale outer", (), || {
            assert!(catch_unwind(|| panic!("the earlier one")).is_err());
        });
        let _guard = enter_event("scopes:guard_stale", ());
        resume_unwind(Box::new("the later one"));
    });
    assert!(outcome.is_err());
    let (_, end) = &recorder.buffer()[1];
    assert!(end.is_failed());
    assert_ne!(end.exc_details().unwrap().message(), "the earlier one");
}

#[test]
fn scope_in_a_drop_during_unwinding_has_not_failed() {
    #[trigger_event("scopes:unwinding", ret)]
    fn annotated() -> u8 {
        1
    }
    #[trigger_event("scopes:unwinding")]
    #[track_caller]
    fn tracked() {}
    let recorder = local::install_recorder("scopes:unwinding");
    let outcome = catch_unwind(|| {
        let _cleanup = OnDrop(|| {
            assert!(std::thread::panicking());
            trigger_event("scopes:unwinding", (), || {});
            drop(enter_event("scopes:unwinding", ()));
            annotated();
            tracked();
        });
        panic!("unwinding");
    });
    assert!(outcome.is_err());
    let events = events(&recorder);
    assert_eq!(events.len(), 8);
    assert!(events.iter().all(|event| !event.is_failed()), "{events:?}");
}

#[test]
fn scope_that_panics_in_a_drop_during_unwinding_has_failed() {
    let recorder = local::install_recorder("scopes:unwinding_fails");
    let outcome = catch_unwind(|| {
        let _cleanup = OnDrop(|| {
            let caught = catch_unwind(|| {
                trigger_event("scopes:unwinding_fails", (), || panic!("in the drop"));
            });
            assert!(caught.is_err());
        });
        panic!("outside");
    });
    assert_eq!(
        outcome.unwrap_err().downcast_ref::<&str>(),
        Some(&"outside")
    );
    let events = events(&recorder);
    assert_eq!(events[1].exc_details().unwrap().message(), "in the drop");
}

#[test]
fn every_scope_that_a_panic_unwinds_has_failed() {
    let recorder = local::install_recorder("scopes:levels");
    let outcome = catch_unwind(|| {
        trigger_event("scopes:levels", (), || {
            let _guard = enter_event("scopes:levels", ());
            trigger_event("scopes:levels", (), || panic!("deep"));
        });
    });
    assert!(outcome.is_err());
    let events = events(&recorder);
    assert_eq!(events.len(), 6);
    for end in &events[3..] {
        assert_eq!(end.exc_details().unwrap().message(), "deep");
        assert!(end.exc_details().unwrap().location().is_some());
    }
}

#[test]
fn starts_and_ends_pair_last_in_first_out() {
    let recorder = local::install_recorder("scopes:lifo_*");
    start_event("scopes:lifo_a", ());
    start_event("scopes:lifo_b", ());
    start_event("scopes:lifo_a", ());
    end_event("scopes:lifo_a", (), None);
    end_event("scopes:lifo_a", (), None);
    end_event("scopes:lifo_b", (), None);
    let ids: Vec<EventId> = events(&recorder).iter().map(Event::id).collect();
    assert_eq!(ids[3], ids[2]);
    assert_eq!(ids[4], ids[0]);
    assert_eq!(ids[5], ids[1]);
}

#[test]
fn end_without_a_start_has_a_new_id() {
    let recorder = local::install_recorder("scopes:alone");
    end_event("scopes:alone", (), None);
    start_event("scopes:alone", ());
    end_event("scopes:alone", (), None);
    end_event("scopes:alone", (), None);
    let ids: Vec<EventId> = events(&recorder).iter().map(Event::id).collect();
    assert_eq!(ids[1], ids[2]);
    assert!(ids[0] != ids[1] && ids[3] != ids[1] && ids[0] != ids[3]);
}

#[test]
fn end_on_another_thread_has_a_new_id() {
    let recorder = install_recorder("scopes:other_thread");
    start_event("scopes:other_thread", ());
    std::thread::spawn(|| end_event("scopes:other_thread", (), None))
        .join()
        .unwrap();
    end_event("scopes:other_thread", (), None);
    let events = events(&recorder);
    assert_ne!(events[0].id(), events[1].id());
    assert_eq!(events[0].id(), events[2].id());
}

#[test]
fn disabled_pair_does_not_affect_an_earlier_start() {
    let recorder = local::install_recorder("scopes:disabled_pair");
    start_event("scopes:disabled_pair", ());
    let first = events(&recorder)[0].id();
    drop(recorder);
    // This inner pair is disabled.
    start_event("scopes:disabled_pair", ());
    end_event("scopes:disabled_pair", (), None);
    let recorder = local::install_recorder("scopes:disabled_pair");
    end_event("scopes:disabled_pair", (), None);
    assert_eq!(events(&recorder)[0].id(), first);
}

#[test]
fn pair_inside_a_listener_does_not_affect_an_earlier_start() {
    let listener = from_fn(|event: &Event<'_>| {
        if event.data().get("inner").is_some() {
            start_event("scopes:listeners_pair", ());
            end_event("scopes:listeners_pair", (), None);
        }
    });
    let installed = local::install_listener("scopes:listeners_pair", listener);
    start_event("scopes:listeners_pair", data! { name = "outer" });
    start_event("scopes:listeners_pair", data! { inner = true });
    drop(installed);
    let recorder = local::install_recorder("scopes:listeners_pair");
    end_event("scopes:listeners_pair", (), None);
    end_event("scopes:listeners_pair", (), None);
    end_event("scopes:listeners_pair", (), None);
    let ids: Vec<EventId> = events(&recorder).iter().map(Event::id).collect();
    assert!(
        ids[1] < ids[0],
        "the second END has the id of the outer START: {ids:?}"
    );
    assert!(ids[2] > ids[0], "{ids:?}");
}

#[test]
fn end_event_can_carry_exception_details() {
    let recorder = local::install_recorder("scopes:end_exc");
    start_event("scopes:end_exc", ());
    let exc = ExcDetails::from_error("x".parse::<u8>().unwrap_err());
    end_event("scopes:end_exc", (), Some(exc));
    start_event("scopes:end_exc", ());
    let exc = ExcDetails::from_message(Cause::Error, "TypeError", "no such overload");
    end_event("scopes:end_exc", data! { n = 1 }, Some(exc));
    let events = events(&recorder);
    let exc = events[1].exc_details().unwrap();
    assert_eq!(exc.type_name(), "core::num::error::ParseIntError");
    assert!(exc.error().unwrap().is::<std::num::ParseIntError>());
    assert_eq!(
        events[3].to_string(),
        "END scopes:end_exc n=1 failed: error: no such overload"
    );
}

#[test]
fn start_with_exception_details_has_not_failed() {
    let exc = || ExcDetails::from_message(Cause::Error, "E", "m");
    let start = Event::new("scopes:failed", EventStatus::Start).with_exc_details(exc());
    let end = Event::new("scopes:failed", EventStatus::End).with_exc_details(exc());
    assert!(!start.is_failed());
    assert!(end.is_failed());
    assert!(!Event::new("scopes:failed", EventStatus::End).is_failed());
    let recorder = local::install_recorder("scopes:failed");
    broadcast(&start);
    broadcast(&end);
    assert_eq!(events(&recorder)[1].exc_details().unwrap().message(), "m");
}

#[test]
fn broadcast_event_keeps_its_id_and_data() {
    let recorder = local::install_recorder("scopes:broadcast");
    let event = Event::new("scopes:broadcast", EventStatus::Start).with_data(data! { n = 1 });
    broadcast(&event);
    broadcast(&event);
    let events = events(&recorder);
    assert_eq!(events[0].id(), event.id());
    assert_eq!(events[1].id(), event.id());
    assert_eq!(events[0].data().get("n").unwrap().to_i64(), Some(1));
}

#[test]
fn handle_carries_the_parent_across_threads() {
    let recorder = install_recorder("scopes:handle_*");
    let handle = trigger_event("scopes:handle_outer", (), || {
        let handle = current_event();
        assert!(handle.id().is_some());
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    handle.run(|| {
                        trigger_event("scopes:handle_inner", (), || {
                            trigger_event("scopes:handle_leaf", (), || {});
                        });
                    });
                    assert!(current_event().id().is_none());
                });
            }
        });
        handle
    });
    let events = events(&recorder);
    for event in events
        .iter()
        .filter(|event| event.kind().as_str() == "scopes:handle_inner")
    {
        assert_eq!(event.parent(), handle.id());
    }
    for event in events
        .iter()
        .filter(|event| event.kind().as_str() == "scopes:handle_leaf")
    {
        let parent = event.parent().unwrap();
        assert!(
            events
                .iter()
                .any(|it| it.id() == parent && it.thread() == event.thread())
        );
    }
}

#[test]
fn handle_made_outside_any_scope_makes_roots() {
    let outside = current_event();
    assert_eq!(outside.id(), None);
    let recorder = local::install_recorder("scopes:outside");
    trigger_event("scopes:outside", (), || {
        outside.run(|| trigger_event("scopes:outside", (), || {}));
        assert_eq!(current_event().id(), Some(events(&recorder)[0].id()));
    });
    assert_eq!(events(&recorder)[1].parent(), None);
}

#[test]
fn guards_dropped_out_of_order_leave_nothing_current() {
    struct Held {
        _first: EventGuard,
        _second: EventGuard,
    }
    let recorder = local::install_recorder("scopes:order");
    // Fields are dropped in the order in which they are declared.
    drop(Held {
        _first: enter_event("scopes:order", ()),
        _second: enter_event("scopes:order", ()),
    });
    assert_eq!(current_event().id(), None);
    trigger_event("scopes:order", (), || {});
    assert_eq!(events(&recorder)[4].parent(), None);
}

#[test]
fn guard_that_ends_inside_a_later_scope_keeps_its_parent_current() {
    let recorder = local::install_recorder("scopes:within");
    let outer = enter_event("scopes:within", ());
    let inner = enter_event("scopes:within", ());
    trigger_event("scopes:within", (), || drop(inner));
    trigger_event("scopes:within", (), || {});
    let first = &events(&recorder)[0];
    let last = &events(&recorder)[5];
    assert!(last.is_start());
    assert_eq!(last.parent(), Some(first.id()));
    drop(outer);
}

#[test]
fn guard_ends_silently_after_its_listener_is_uninstalled() {
    let recorder = local::install_recorder("scopes:gone");
    let guard = enter_event("scopes:gone", ());
    let recorder = recorder.uninstall();
    drop(guard);
    assert_eq!(recorder.len(), 1);
    assert!(current_event().id().is_none());
}

#[test]
fn listener_is_notified_before_and_after_the_body_on_the_same_thread() {
    let here = std::thread::current().id();
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    let _installed = install_listener(
        "scopes:thread",
        from_fn(move |event: &Event<'_>| {
            assert_eq!(std::thread::current().id(), here);
            let expected = if event.is_start() { 0 } else { 10 };
            assert_eq!(count.fetch_add(1, Ordering::Relaxed), expected);
        }),
    );
    trigger_event("scopes:thread", (), || {
        assert_eq!(seen.fetch_add(9, Ordering::Relaxed), 1);
    });
    assert_eq!(seen.load(Ordering::Relaxed), 11);
}

#[test]
fn panic_in_a_disabled_scope_propagates_unchanged() {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        trigger_event("scopes:disabled_panic", (), || std::panic::panic_any(3_u8));
    }));
    assert_eq!(*outcome.unwrap_err().downcast::<u8>().unwrap(), 3);
}
