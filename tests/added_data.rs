//! `add_data`: fields that the code inside a scope adds to its END.

mod support;

use std::cell::Cell;
use std::panic::catch_unwind;
use std::pin::pin;
use std::sync::Mutex;
use std::task::Poll;
use std::thread;

use event_core::{
    Event, EventData, InCurrentEvent, Listener, RecordingListener, add_data, current_event, data,
    end_event, enter, enter_event, install_recorder, local, open_event, start_event, trigger_event,
    try_trigger_event,
};
use support::{events, poll_once, starts, yield_times};

/// Returns the data of the last END of `kind`, as text.
fn end_data(recorder: &RecordingListener, kind: &str) -> String {
    let calls = events(recorder);
    let mut ends = calls.iter().rev().filter(|event| event.is_end());
    let end = ends.find(|event| event.kind().as_str() == kind).unwrap();
    end.data().to_string()
}

/// Collects the text of the data of ENDs, as the listener receives it, and wants the data of STARTs
/// there.
#[derive(Default)]
struct Ends(Mutex<Vec<String>>);

impl Listener for Ends {
    fn on_start(&self, _: &Event<'_>) {}

    fn on_end(&self, event: &Event<'_>) {
        let data = event.data();
        assert_eq!(data.iter().count(), data.len());
        self.0.lock().unwrap().push(data.to_string());
    }
}

impl Ends {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[trigger_event("added:function", ret)]
fn function(n: u32, text: &str) -> u32 {
    assert_eq!(text, "given");
    add_data(data! { rows = n + 1, text = "replaced" });
    add_data(data! { rows = n + 2, last = true });
    n
}

#[trigger_event("added:unit")]
fn without_arguments() {
    add_data(data! { only = 1 });
}

struct Type;

#[trigger_event("added:block")]
impl Type {
    fn method(n: u32) {
        add_data(data! { n = n * 2 });
    }
}

#[test]
fn fields_are_added_in_order_before_the_returned_value_and_replace_others() {
    let recorder = local::install_recorder("added:*");
    let ends = local::install_listener("added:*", Ends::default());
    function(1, "given");
    without_arguments();
    Type::method(4);
    let expected = [
        r#"n=1 text="replaced" rows=3 last=true return=1"#,
        "only=1",
        "n=8",
    ];
    assert_eq!(ends.take(), expected);
    let calls = recorder.calls();
    let texts: Vec<_> = calls.iter().map(|call| call.data().to_string()).collect();
    assert_eq!(texts, expected);
    let starts = starts(&recorder);
    let starts: Vec<_> = starts
        .iter()
        .map(|start| start.data().to_string())
        .collect();
    assert_eq!(starts, [r#"n=1 text="given""#, "", "n=4"]);
}

#[test]
fn recorder_alone_has_the_same_data() {
    let recorder = local::install_recorder("added:*");
    function(1, "given");
    Type::method(4);
    assert_eq!(
        end_data(&recorder, "added:function"),
        r#"n=1 text="replaced" rows=3 last=true return=1"#
    );
    assert_eq!(end_data(&recorder, "added:block"), "n=8");
}

#[test]
fn bounded_recorder_has_the_same_data() {
    let recorder = RecordingListener::with_capacity_limit(4);
    let recorder = local::install_listener("added:*", recorder);
    function(1, "given");
    Type::method(4);
    assert_eq!(
        end_data(&recorder, "added:function"),
        r#"n=1 text="replaced" rows=3 last=true return=1"#
    );
    assert_eq!(end_data(&recorder, "added:block"), "n=8");
}

#[test]
fn every_form_of_scope_gets_the_data() {
    let recorder = local::install_recorder("added_forms:*");
    trigger_event("added_forms:closure", data! { a = 1 }, || {
        add_data(data! { b = 2 });
    });
    assert_eq!(end_data(&recorder, "added_forms:closure"), "a=1 b=2");
    let _ = try_trigger_event("added_forms:try", (), || {
        add_data(data! { b = 2 });
        Err::<(), _>("failed")
    });
    assert_eq!(end_data(&recorder, "added_forms:try"), "b=2");
    let guard = enter_event("added_forms:guard", data! { a = 1 });
    add_data(data! { a = 3, b = 2 });
    drop(guard);
    assert_eq!(end_data(&recorder, "added_forms:guard"), "a=3 b=2");
    let outcome = catch_unwind(|| {
        trigger_event("added_forms:panic", (), || {
            add_data(data! { b = 2 });
            panic!("oh")
        })
    });
    assert!(outcome.is_err());
    assert_eq!(end_data(&recorder, "added_forms:panic"), "b=2");
}

#[test]
fn returned_value_replaces_an_added_field_named_return() {
    #[trigger_event("added_return:function", ret)]
    fn function(n: u32) -> u32 {
        add_data(data! { return = "added", n = 3 });
        n
    }
    #[trigger_event("added_return:fails", ret, err)]
    fn fails() -> Result<u32, String> {
        add_data(data! { return = "added", error = 1, exc_details = 2 });
        Err("no".to_owned())
    }
    let recorders = [
        RecordingListener::new(),
        RecordingListener::with_capacity_limit(10),
    ];
    for recorder in recorders {
        let recorder = local::install_listener("added_return:*", recorder);
        let ends = local::install_listener("added_return:*", Ends::default());
        assert_eq!(function(1), 1);
        assert_eq!(end_data(&recorder, "added_return:function"), "n=3 return=1");
        assert!(fails().is_err());
        let failed = r#"return="added" error=1 exc_details=2"#;
        assert_eq!(end_data(&recorder, "added_return:fails"), failed);
        assert_eq!(ends.take(), ["n=3 return=1", failed]);
    }
}

#[test]
fn fields_of_every_form_are_replaced() {
    #[trigger_event("added_replaced:declared", data(user = 1, "a.b" = 2))]
    fn declared() {
        add_data(data! { user = 3, "a.b" = 4 });
    }
    let recorder = local::install_recorder("added_replaced:*");
    declared();
    assert_eq!(
        end_data(&recorder, "added_replaced:declared"),
        "user=3 a.b=4"
    );
    {
        let _guard = enter!("added_replaced:enter", a = 1, return = 2);
        add_data(data! { return = 3, a = 4 });
    }
    assert_eq!(end_data(&recorder, "added_replaced:enter"), "a=4 return=3");
    let open = open_event("added_replaced:open", data! { a = 1, b = 2 });
    open.handle()
        .run(|| add_data(data! { a = 3, b = 4, c = 5 }));
    open.end_with(data! { a = 6, c = 7 }, None);
    assert_eq!(end_data(&recorder, "added_replaced:open"), "a=6 b=4 c=7");
}

#[test]
fn panic_in_an_expression_has_its_location() {
    #[trigger_event("added_panic:function")]
    fn function() {
        add_data(data! { n = fails() });
    }
    fn fails() -> u32 {
        panic!("in an expression")
    }
    let recorder = local::install_recorder("added_panic:*");
    assert!(catch_unwind(function).is_err());
    let inside = || trigger_event("added_panic:inner", data! { n = fails() }, || {});
    let outer = || trigger_event("added_panic:outer", (), inside);
    assert!(catch_unwind(outer).is_err());
    for end in events(&recorder).iter().filter(|event| event.is_end()) {
        let exc = end.exc_details().unwrap();
        assert_eq!(exc.message(), "in an expression");
        assert_eq!(exc.location().unwrap().file(), file!(), "{end}");
    }
}

#[test]
fn panic_that_is_caught_while_a_value_is_formatted_is_not_that_of_the_scope() {
    struct Panics;
    impl std::fmt::Debug for Panics {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("same text")
        }
    }
    let recorder = local::install_recorder("added_caught:*");
    let outcome = catch_unwind(|| {
        let _guard = enter_event("added_caught:guard", ());
        add_data(data! { value = ?Panics });
        std::panic::resume_unwind(Box::new("same text"));
    });
    assert!(outcome.is_err());
    let end = &recorder.calls()[0];
    assert!(end.exc_details().unwrap().location().is_none());
}

#[trigger_event("added_async:future", ret)]
async fn future(n: u32) -> u32 {
    add_data(data! { before = n });
    yield_times(1).await;
    add_data(data! { after = n, n = 9 });
    n
}

#[trigger_event("added_async:ready")]
#[expect(
    clippy::unused_async,
    reason = "a future that awaits nothing is tested"
)]
async fn ready(n: u32) {
    add_data(data! { ready = n });
}

#[test]
fn async_functions_get_data_from_each_poll_on_any_thread() {
    let recorder = install_recorder("added_async:*");
    let mut first = Box::pin(future(1));
    assert_eq!(poll_once(first.as_mut()), Poll::Pending);
    let mut second = Box::pin(future(2)); // interleaved on this thread
    assert_eq!(poll_once(second.as_mut()), Poll::Pending);
    let value = thread::spawn(move || poll_once(first.as_mut()))
        .join()
        .unwrap();
    assert_eq!(value, Poll::Ready(1));
    assert_eq!(
        end_data(&recorder, "added_async:future"),
        "n=9 before=1 after=1 return=1"
    );
    drop(second); // cancelled
    assert_eq!(end_data(&recorder, "added_async:future"), "n=2 before=2");
    assert_eq!(poll_once(pin!(ready(3)).as_mut()), Poll::Ready(()));
    assert_eq!(end_data(&recorder, "added_async:ready"), "n=3 ready=3");
}

#[test]
fn handles_add_to_their_scope_from_any_thread() {
    let recorder = install_recorder("added_handles:*");
    let open = open_event("added_handles:open", data! { id = 1 });
    add_data(data! { lost = 1 }); // an open event is not current
    open.handle().run(|| add_data(data! { run = 1 }));
    let entered = open.handle().enter();
    add_data(data! { entered = 1 });
    drop(entered);
    let here = open.handle();
    thread::spawn(move || here.run(|| add_data(data! { thread = 1 })))
        .join()
        .unwrap();
    assert_eq!(
        poll_once(pin!(here.run_future(async { add_data(data! { polled = 1 }) })).as_mut()),
        Poll::Ready(())
    );
    open.end_with(data! { entered = 2, ended = 1 }, None);
    assert_eq!(
        end_data(&recorder, "added_handles:open"),
        "id=1 run=1 entered=2 thread=1 polled=1 ended=1"
    );
    trigger_event("added_handles:call", (), || {
        let work = || add_data(data! { worker = 1 });
        thread::spawn(work.in_current_event()).join().unwrap();
    });
    assert_eq!(end_data(&recorder, "added_handles:call"), "worker=1");
    open_event("added_handles:open", ())
        .handle()
        .run(|| add_data(data! { dropped = 1 }));
    assert_eq!(end_data(&recorder, "added_handles:open"), "dropped=1");
}

#[test]
fn innermost_enabled_scope_gets_the_data() {
    let recorder = local::install_recorder("added_inner:*");
    trigger_event("added_inner:outer", (), || {
        trigger_event("added_inner:inner", (), || add_data(data! { a = 1 }));
        trigger_event("added_disabled:a", (), || add_data(data! { b = 2 }));
        add_data(data! { c = 3 });
    });
    assert_eq!(end_data(&recorder, "added_inner:inner"), "a=1");
    assert_eq!(end_data(&recorder, "added_inner:outer"), "b=2 c=3");
}

/// Adds data that counts its evaluations.
fn add_counted(evaluated: &Cell<u32>) {
    add_data(data! { n = { evaluated.set(evaluated.get() + 1); 1 } });
}

#[test]
fn nothing_is_evaluated_without_a_scope_or_without_a_listener_of_data() {
    /// Collects the number of fields of each END.
    #[derive(Default)]
    struct NoData(Mutex<Vec<usize>>);
    impl Listener for NoData {
        fn on_start(&self, _: &Event<'_>) {}
        fn on_end(&self, event: &Event<'_>) {
            self.0.lock().unwrap().push(event.data().len());
        }
        fn wants_data(&self) -> bool {
            false
        }
    }
    let evaluated = Cell::new(0);
    add_counted(&evaluated);
    trigger_event("added_lazy:a", (), || add_counted(&evaluated));
    let no_data = local::install_listener("added_lazy:a", NoData::default());
    trigger_event("added_lazy:a", (), || {
        assert!(current_event().id().is_some());
        add_counted(&evaluated);
    });
    drop(enter_event("added_lazy:a", ()));
    start_event("added_lazy:a", ());
    add_counted(&evaluated); // a START without a scope
    end_event("added_lazy:a", (), None);
    assert_eq!(evaluated.get(), 0);
    assert_eq!(*no_data.0.lock().unwrap(), [0, 0, 0]);
    let _recorder = local::install_recorder("added_lazy:a");
    trigger_event("added_lazy:a", (), || add_counted(&evaluated));
    assert_eq!(evaluated.get(), 1);
    drop(no_data);
}

#[test]
fn other_threads_have_no_scope_without_a_handle() {
    let recorder = install_recorder("added_thread:a");
    trigger_event("added_thread:a", (), || {
        thread::spawn(|| {
            let evaluated = Cell::new(0);
            add_counted(&evaluated);
            assert_eq!(evaluated.get(), 0);
        })
        .join()
        .unwrap();
    });
    assert_eq!(end_data(&recorder, "added_thread:a"), "");
}

#[test]
fn data_after_the_end_is_discarded() {
    let recorder = local::install_recorder("added_late:*");
    let handle = trigger_event("added_late:ended", (), current_event);
    handle.run(|| {
        add_data(data! { late = 1 });
        trigger_event("added_late:inside", (), || {});
    });
    trigger_event("added_late:next", (), || {});
    for call in recorder.calls() {
        assert!(call.data().is_empty(), "{call}");
    }
    // More scopes than are remembered.
    for n in 0..3000 {
        let handle = trigger_event("added_late:ended", (), current_event);
        handle.run(|| add_data(data! { n }));
    }
    trigger_event("added_late:kept", (), || add_data(data! { kept = 1 }));
    assert_eq!(end_data(&recorder, "added_late:kept"), "kept=1");
}

#[test]
fn empty_data_and_owned_data_are_accepted() {
    let recorder = local::install_recorder("added_empty:a");
    trigger_event("added_empty:a", data! { n = 1 }, || {
        add_data(());
        add_data(Some(data! { m = String::from("owned") }));
    });
    assert_eq!(end_data(&recorder, "added_empty:a"), r#"n=1 m="owned""#);
}

#[test]
fn threads_add_to_one_scope_at_the_same_time() {
    const KEYS: [&str; 4] = ["a", "b", "c", "d"];
    struct One(&'static str, u32);
    impl EventData for One {
        fn with_data<R>(self, f: impl FnOnce(event_core::Data<'_>) -> R) -> R {
            let fields = [event_core::Field::new(self.0, self.1.into())];
            f(event_core::Data::new(&fields))
        }
    }
    let recorder = install_recorder("added_parallel:a");
    for _ in 0..50 {
        trigger_event("added_parallel:a", (), || {
            let here = current_event();
            thread::scope(|scope| {
                for key in KEYS {
                    scope.spawn(move || {
                        for n in 0..20 {
                            here.run(|| add_data(One(key, n)));
                        }
                    });
                }
            });
        });
    }
    for call in recorder.calls() {
        assert_eq!(call.data().len(), KEYS.len());
        for key in KEYS {
            assert_eq!(call.data().get(key).unwrap().to_u64(), Some(19));
        }
    }
}
