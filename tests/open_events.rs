//! Open events: scopes that any thread can end, their listeners, ends, parents and handles.

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use event_core::{
    Cause, Data, Event, EventHandle, ExcDetails, OpenEvent, RecordingListener, Value,
    current_event, data, enter_event, install_listener, install_recorder, install_timer, local,
    open_event, trigger_event,
};
use support::events;

/// Stands for data that must not be evaluated.
fn evaluated() -> u32 {
    panic!("evaluated without a listener")
}

#[test]
fn open_events_are_send_and_sync() {
    fn check<T: Send + Sync>() {}
    check::<OpenEvent>();
}

#[test]
fn start_is_sent_on_opening_and_end_on_drop() {
    let recorder = local::install_recorder("open_events:dropped");
    let open = open_event("open_events:dropped", data! { n = 1 });
    assert_eq!(recorder.lines(), ["START open_events:dropped n=1"]);
    assert!(format!("{open:?}").contains("open_events:dropped"));
    let id = open.id();
    drop(open);
    let events = events(&recorder);
    assert_eq!(events[1].to_string(), "END open_events:dropped n=1");
    assert_eq!((Some(events[0].id()), Some(events[1].id())), (id, id));
}

#[test]
fn opening_an_event_does_not_make_it_current() {
    let _recorder = local::install_recorder("open_events:current");
    let open = open_event("open_events:current", ());
    assert_eq!(current_event(), EventHandle::default());
    open.handle()
        .run(|| assert_eq!(current_event().id(), open.id()));
    assert_eq!(current_event(), EventHandle::default());
    open.end();
}

#[test]
fn open_event_can_end_on_another_thread() {
    let recorder = install_recorder("open_events:thread");
    let open = open_event("open_events:thread", ());
    thread::spawn(move || open.end()).join().unwrap();
    let events = events(&recorder);
    assert_eq!(events[0].id(), events[1].id());
    assert_ne!(events[0].thread(), events[1].thread());
    assert!(!events[1].is_failed());
}

#[test]
fn local_listener_receives_the_end_from_another_thread() {
    let recorder = local::install_recorder("open_events:local");
    let open = open_event("open_events:local", ());
    thread::spawn(move || open.end()).join().unwrap();
    assert_eq!(recorder.len(), 2);
}

#[test]
fn listener_registered_after_the_start_receives_no_end() {
    let first = install_recorder("open_events:between");
    let open = open_event("open_events:between", ());
    let second = install_recorder("open_events:between");
    let started_later = open_event("open_events:between", ());
    open.end();
    started_later.end();
    assert_eq!((first.len(), second.len()), (4, 2));
}

#[test]
fn unregistered_listener_receives_no_end() {
    let first = install_recorder("open_events:unregistered");
    let second = install_recorder("open_events:unregistered");
    let open = open_event("open_events:unregistered", ());
    let first = first.uninstall();
    open.end();
    assert_eq!((first.len(), second.len()), (1, 2));
}

#[test]
fn disabled_open_event_stays_disabled() {
    let before = open_event("open_events:disabled", data! { n = evaluated() });
    let recorder = local::install_recorder("open_events:disabled");
    before.end_with(data! { m = evaluated() }, None);
    assert_eq!(recorder.len(), 0);
}

#[test]
fn handle_of_a_disabled_open_event_is_the_enclosing_scope() {
    let _recorder = local::install_recorder("open_events:around");
    trigger_event("open_events:around", (), || {
        let disabled = open_event("open_events:disabled_inside", ());
        assert_eq!(disabled.id(), None);
        assert_eq!(disabled.handle(), current_event());
        assert!(disabled.handle().id().is_some());
    });
}

#[test]
fn open_event_data_is_evaluated_only_when_wanted() {
    let _timer = install_timer("open_events:no_data", |_| {});
    let open = open_event("open_events:no_data", data! { n = evaluated() });
    assert!(open.id().is_some());
    open.end_with(data! { m = evaluated() }, None);
}

#[test]
fn end_adds_and_replaces_data_in_order() {
    let recorder = local::install_recorder("open_events:data");
    let bounded = local::install_listener(
        "open_events:data",
        RecordingListener::with_capacity_limit(8),
    );
    let name = String::from("borrowed");
    let open = open_event("open_events:data", data! { name = name.as_str(), n = 1 });
    drop(name);
    open.end_with(data! { n = 2, return = 7, last = "x" }, None);
    let expected = [
        r#"START open_events:data name="borrowed" n=1"#,
        r#"END open_events:data name="borrowed" n=2 return=7 last="x""#,
    ];
    assert_eq!(recorder.lines(), expected);
    assert_eq!(bounded.lines(), expected);
}

#[test]
fn overlapping_ends_repeat_the_data_of_their_own_start() {
    let recorder = local::install_recorder("open_events:overlap");
    let open: Vec<OpenEvent> = (0..3)
        .map(|n| open_event("open_events:overlap", data! { n }))
        .collect();
    for open in open {
        open.end_with(data! { end = true }, None);
    }
    assert_eq!(
        recorder.lines()[3..],
        [
            "END open_events:overlap n=0 end=true",
            "END open_events:overlap n=1 end=true",
            "END open_events:overlap n=2 end=true",
        ]
    );
}

#[test]
fn end_can_carry_exception_details() {
    let recorder = local::install_recorder("open_events:failed");
    let error = ExcDetails::from_error(std::io::Error::other("no answer"));
    open_event("open_events:failed", ()).end_with((), Some(error));
    let end = &events(&recorder)[1];
    assert!(end.is_failed());
    assert_eq!(end.exc_details().unwrap().cause(), Cause::Error);
    assert_eq!(end.exc_details().unwrap().message(), "no answer");
}

#[test]
fn panic_that_drops_an_open_event_is_reported() {
    let recorder = local::install_recorder("open_events:panics");
    let outcome = catch_unwind(|| {
        let _open = open_event("open_events:panics", ());
        panic!("out of luck");
    });
    assert!(outcome.is_err());
    let end = &events(&recorder)[1];
    let exc = end.exc_details().unwrap();
    assert_eq!(
        (exc.cause(), &*exc.message()),
        (Cause::Panic, "out of luck")
    );
    assert!(
        exc.location()
            .unwrap()
            .file()
            .ends_with("tests/open_events.rs")
    );
}

#[test]
fn panic_that_drops_an_open_event_on_another_thread_is_reported() {
    let recorder = install_recorder("open_events:panics_there");
    // An enabled scope is needed for the panic hook to record the panic.
    let open = open_event("open_events:panics_there", ());
    let dropped = thread::spawn(move || {
        open.handle().run(|| {
            let _open = open;
            panic!("out of luck there");
        });
    });
    assert!(dropped.join().is_err());
    let exc = events(&recorder)[1]
        .exc_details()
        .unwrap()
        .message()
        .into_owned();
    assert_eq!(exc, "out of luck there");
}

#[test]
fn open_event_opened_and_ended_during_unwinding_has_not_failed() {
    struct Opens;

    impl Drop for Opens {
        fn drop(&mut self) {
            open_event("open_events:unwinding", ()).end();
        }
    }

    let recorder = local::install_recorder("open_events:unwinding");
    let outcome = catch_unwind(|| {
        let _opens = Opens;
        panic!("unwinding");
    });
    assert!(outcome.is_err());
    assert_eq!(recorder.len(), 2);
    assert!(!events(&recorder)[1].is_failed());
}

#[test]
fn resumed_panic_does_not_report_an_earlier_panic() {
    let recorder = local::install_recorder("open_events:resumed");
    let outer = trigger_event("open_events:resumed", (), || {
        let _ = catch_unwind(|| panic!("another"));
        catch_unwind(AssertUnwindSafe(|| {
            let _open = open_event("open_events:resumed", ());
            resume_unwind(Box::new("silent"));
        }))
    });
    assert!(outer.is_err());
    let end = &events(&recorder)[2];
    assert_eq!(end.exc_details().unwrap().message(), "");
}

#[test]
fn leaked_open_event_has_only_a_start() {
    let recorder = local::install_recorder("open_events:leaked");
    std::mem::forget(open_event("open_events:leaked", ()));
    open_event("open_events:leaked", ()).end();
    assert_eq!(recorder.len(), 3);
}

#[test]
fn parent_is_the_scope_around_the_opening() {
    let recorder = local::install_recorder("open_events:parents");
    let outer = trigger_event("open_events:parents", (), || {
        open_event("open_events:parents", ())
    });
    let inner = outer.handle().run(|| open_event("open_events:parents", ()));
    let root = EventHandle::default().run(|| open_event("open_events:parents", ()));
    drop((inner, root, outer));
    let parents: Vec<_> = events(&recorder)
        .iter()
        .filter(|event| event.is_start())
        .map(|event| (event.id(), event.parent()))
        .collect();
    let [(scope, None), (outer, around), (_, inner), (_, None)] = parents[..] else {
        panic!("{parents:?}");
    };
    assert_eq!((around, inner), (Some(scope), Some(outer)));
}

#[test]
fn site_is_the_position_of_the_call() {
    let recorder = local::install_recorder("open_events:site");
    let sites: Vec<_> = (0..2)
        .map(|_| {
            let line = line!() + 1;
            open_event("open_events:site", ()).end();
            let site = events(&recorder).last().unwrap().site().unwrap();
            assert_eq!((site.line(), site.function()), (line, "open_events:site"));
            assert!(site.file().ends_with("tests/open_events.rs"));
            assert!(site.is_async());
            site
        })
        .collect();
    assert!(std::ptr::eq(sites[0], sites[1]));
}

#[test]
fn exiting_an_empty_handle_keeps_later_entries() {
    let _recorder = local::install_recorder("open_events:none");
    let open = open_event("open_events:none", ());
    let in_outer = open.handle().enter();
    let in_none = EventHandle::default().enter();
    let inner = open_event("open_events:none", ());
    let in_inner = inner.handle().enter();
    drop(in_none);
    assert_eq!(current_event(), inner.handle());
    drop((in_inner, in_outer));
    assert_eq!(current_event().id(), None);
}

#[test]
fn handles_can_be_entered_and_exited_in_any_order() {
    let recorder = local::install_recorder("open_events:entered");
    let [a, b, c] = [(); 3].map(|()| open_event("open_events:entered", ()));
    let in_a = a.handle().enter();
    let in_b = b.handle().enter();
    let in_c = c.handle().enter();
    drop(in_b);
    assert_eq!(current_event(), c.handle());
    drop(in_c);
    assert_eq!(current_event(), a.handle());
    let guard = enter_event("open_events:entered", ());
    drop(in_a);
    let in_none = EventHandle::default().enter();
    assert_eq!(current_event().id(), None);
    drop(in_none);
    assert_ne!(current_event().id(), None);
    drop(guard);
    assert_eq!(current_event().id(), None);
    let inside = events(&recorder).pop().unwrap();
    assert_eq!(inside.parent(), a.id());
}

#[test]
fn handle_can_be_entered_on_many_threads() {
    let recorder = install_recorder("open_events:many*");
    let open = open_event("open_events:many", ());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let _entered = open.handle().enter();
                trigger_event("open_events:many_inside", (), || {});
            });
        }
    });
    let id = open.id();
    drop(open);
    let events = events(&recorder);
    let inside = events
        .iter()
        .filter(|event| event.kind().as_str() == "open_events:many_inside");
    assert_eq!(inside.clone().count(), 8);
    assert!(inside.into_iter().all(|event| event.parent() == id));
}

#[test]
fn repeated_opening_keeps_only_one_site() {
    struct Count(AtomicUsize);

    impl event_core::Listener for Count {
        fn on_start(&self, event: &Event<'_>) {
            assert_eq!(event.data().get("n").and_then(Value::to_u64), Some(1));
            self.0.fetch_add(1, Ordering::Relaxed);
        }

        fn on_end(&self, _: &Event<'_>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    let count = install_listener("open_events:repeated", Count(AtomicUsize::new(0)));
    let open = Arc::new(open_event("open_events:repeated", data! { n = 1 }));
    for _ in 0..10_000 {
        open_event("open_events:repeated", data! { n = 1 }).end_with(Data::default(), None);
    }
    drop(open);
    assert_eq!(count.0.load(Ordering::Relaxed), 20_002);
}

#[test]
fn panic_in_end_data_ends_the_scope_as_failed() {
    fn size() -> usize {
        panic!("in the data")
    }
    let recorder = local::install_recorder("open_events:data");
    let open = open_event("open_events:data", ());
    let ended = catch_unwind(AssertUnwindSafe(|| {
        open.end_with(data! { size = size() }, None);
    }));
    assert!(ended.is_err());
    let events = events(&recorder);
    assert_eq!(events.len(), 2);
    assert!(events[1].is_end() && events[1].is_failed());
}
