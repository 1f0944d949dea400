//! Annotated functions and futures drop their arguments and locals in the order of plain ones.
#![allow(
    clippy::all,
    clippy::pedantic,
    reason = "the functions show signatures and are not idiomatic code"
)]

mod support;

use std::cell::RefCell;
use std::future::Future;
use std::panic::catch_unwind;
use std::pin::Pin;
use std::rc::Rc;

use event_core::{RecordingListener, local, trigger_event};
use futures::executor::block_on;
use support::{poll_once, yield_times};

/// The names of dropped values, in order.
type DropLog = Rc<RefCell<Vec<&'static str>>>;

/// Writes its name to a log when it is dropped.
struct LogsDrop(&'static str, DropLog);

impl Drop for LogsDrop {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

/// Declares a function plain and annotated, and checks that both drop in the same order.
macro_rules! same_drops {
    ($name:ident, $kind:literal, |$log:ident| ($($argument:expr),*), $($function:tt)*) => {
        #[test]
        fn $name() {
            mod plain {
                #[allow(unused_imports)]
                use super::*;
                $($function)*
            }
            mod annotated {
                #[allow(unused_imports)]
                use super::*;
                #[trigger_event($kind)]
                $($function)*
            }
            let run = |annotated: bool| {
                let $log = Rc::new(RefCell::new(Vec::new()));
                if annotated {
                    annotated::dropped($($argument),*);
                } else {
                    plain::dropped($($argument),*);
                }
                $log.borrow_mut().push("returned");
                $log.take()
            };
            assert_eq!(run(true), run(false), "disabled");
            let recorder: local::Installed<RecordingListener> = local::install_recorder($kind);
            assert_eq!(run(true), run(false), "enabled");
            assert_eq!(recorder.len(), 2);
        }
    };
}

same_drops! {
    used_and_unused_arguments_are_dropped_in_order, "drop_order:drop_mixed",
    |log| (LogsDrop("a", Rc::clone(&log)), LogsDrop("b", Rc::clone(&log)), LogsDrop("c", Rc::clone(&log))),
    #[allow(unused_variables)]
    pub(super) fn dropped(a: LogsDrop, b: LogsDrop, c: LogsDrop) {
        let local = LogsDrop("local", Rc::clone(&b.1));
        drop(local);
        let _last = LogsDrop("last", Rc::clone(&b.1));
    }
}

same_drops! {
    wildcard_arguments_are_dropped_in_order, "drop_order:drop_wild",
    |log| (LogsDrop("a", Rc::clone(&log)), LogsDrop("b", Rc::clone(&log)), LogsDrop("c", Rc::clone(&log))),
    pub(super) fn dropped(_: LogsDrop, b: LogsDrop, _: LogsDrop) {
        b.1.borrow_mut().push("body");
    }
}

same_drops! {
    moved_arguments_are_dropped_at_the_same_place, "drop_order:drop_moved",
    |log| (LogsDrop("a", Rc::clone(&log)), LogsDrop("b", Rc::clone(&log)), LogsDrop("c", Rc::clone(&log))),
    #[allow(unused_assignments)]
    pub(super) fn dropped(a: LogsDrop, b: LogsDrop, mut c: LogsDrop) {
        let log = Rc::clone(&a.1);
        drop(b);
        log.borrow_mut().push("body");
        c = LogsDrop("c2", log);
        let _ = &c;
    }
}

same_drops! {
    parts_of_patterns_are_dropped_in_order, "drop_order:drop_parts",
    |log| (
        (LogsDrop("a", Rc::clone(&log)), LogsDrop("b", Rc::clone(&log))),
        [LogsDrop("c", Rc::clone(&log)), LogsDrop("d", Rc::clone(&log))],
        LogsDrop("e", Rc::clone(&log))
    ),
    pub(super) fn dropped((_, b): (LogsDrop, LogsDrop), [c, _]: [LogsDrop; 2], _e: LogsDrop) {
        b.1.borrow_mut().push(c.0);
    }
}

same_drops! {
    underscored_arguments_are_dropped_in_order, "drop_order:drop_named",
    |log| (LogsDrop("a", Rc::clone(&log)), LogsDrop("b", Rc::clone(&log))),
    pub(super) fn dropped(_a: LogsDrop, b: LogsDrop) {
        let _ = b;
        let _c = LogsDrop("c", Rc::clone(&_a.1));
    }
}

same_drops! {
    tail_temporaries_are_dropped_in_order, "drop_order:drop_tail",
    |log| (LogsDrop("a", Rc::clone(&log)), LogsDrop("b", Rc::clone(&log))),
    pub(super) fn dropped(a: LogsDrop, b: LogsDrop) -> usize {
        let _local = LogsDrop("local", Rc::clone(&b.1));
        LogsDrop("temporary", Rc::clone(&a.1)).0.len()
    }
}

same_drops! {
    ref_patterns_are_dropped_in_order, "drop_order:drop_ref",
    |log| (LogsDrop("a", Rc::clone(&log)), LogsDrop("b", Rc::clone(&log)), LogsDrop("c", Rc::clone(&log))),
    pub(super) fn dropped(ref a: LogsDrop, ref mut b: LogsDrop, c: LogsDrop) {
        b.0 = "b2";
        a.1.borrow_mut().push(c.0);
    }
}

same_drops! {
    arguments_of_a_tracked_function_are_dropped_in_order, "drop_order:drop_tracked",
    |log| (LogsDrop("a", Rc::clone(&log)), LogsDrop("b", Rc::clone(&log)), LogsDrop("c", Rc::clone(&log))),
    #[track_caller]
    pub(super) fn dropped(_: LogsDrop, b: LogsDrop, _c: LogsDrop) {
        let _local = LogsDrop("local", Rc::clone(&b.1));
    }
}

impl LogsDrop {
    fn plain(self, other: LogsDrop) {
        let _ = other.0.len();
    }
    #[trigger_event("drop_order:drop_self")]
    fn annotated(self, other: LogsDrop) {
        let _ = other.0.len();
    }
    fn plain_unused(self, _: LogsDrop, _other: LogsDrop) {}
    #[trigger_event("drop_order:drop_self")]
    fn annotated_unused(self, _: LogsDrop, _other: LogsDrop) {}
}

#[test]
fn self_and_arguments_are_dropped_in_order() {
    let run = |call: &dyn Fn(LogsDrop, LogsDrop, LogsDrop)| {
        let log = Rc::new(RefCell::new(Vec::new()));
        let logged = |name| LogsDrop(name, Rc::clone(&log));
        call(logged("self"), logged("a"), logged("b"));
        log.take()
    };
    let _recorder = local::install_recorder("drop_order:drop_self");
    assert_eq!(
        run(&|one, two, _| one.annotated(two)),
        run(&|one, two, _| one.plain(two))
    );
    assert_eq!(
        run(&|one, two, three| one.annotated_unused(two, three)),
        run(&|one, two, three| one.plain_unused(two, three))
    );
}

#[test]
fn drops_during_a_panic_keep_their_order() {
    fn plain(a: LogsDrop, _: LogsDrop, c: LogsDrop) {
        let _local = LogsDrop("local", Rc::clone(&a.1));
        assert!(c.0.is_empty(), "panic in the body");
    }
    #[trigger_event("drop_order:drop_panic")]
    fn annotated(a: LogsDrop, _: LogsDrop, c: LogsDrop) {
        let _local = LogsDrop("local", Rc::clone(&a.1));
        assert!(c.0.is_empty(), "panic in the body");
    }
    let run = |call: fn(LogsDrop, LogsDrop, LogsDrop)| {
        let log = Rc::new(RefCell::new(Vec::new()));
        let logged = |name| LogsDrop(name, Rc::clone(&log));
        let arguments = (logged("a"), logged("b"), logged("c"));
        let outcome = catch_unwind(std::panic::AssertUnwindSafe(|| {
            call(arguments.0, arguments.1, arguments.2);
        }));
        assert!(outcome.is_err());
        log.take()
    };
    let _recorder = local::install_recorder("drop_order:drop_panic");
    assert_eq!(run(annotated), run(plain));
}

type BoxedFuture = Pin<Box<dyn Future<Output = ()>>>;
type MakeFuture = fn(LogsDrop, LogsDrop, LogsDrop, LogsDrop) -> BoxedFuture;

/// Makes a future of four arguments, polls it, drops it, and returns the log.
fn drops_of_future(make: MakeFuture, polls: usize) -> Vec<&'static str> {
    let log = Rc::new(RefCell::new(Vec::new()));
    let logged = |name| LogsDrop(name, Rc::clone(&log));
    let mut future = make(logged("a"), logged("_"), logged("b"), logged("c"));
    for _ in 0..polls {
        let _ = poll_once(future.as_mut());
    }
    log.borrow_mut().push("polled");
    drop(future);
    log.take()
}

/// Checks that two futures drop in the same order after each number of polls up to `most_polls`.
fn assert_same_drops(
    kind: &'static str,
    most_polls: usize,
    annotated: MakeFuture,
    plain: MakeFuture,
) {
    let check = |state: &str| {
        for polls in 0..=most_polls {
            let expected = drops_of_future(plain, polls);
            let actual = drops_of_future(annotated, polls);
            assert_eq!(actual, expected, "{state}, {polls} polls");
        }
    };
    check("disabled");
    let _recorder = local::install_recorder(kind);
    check("enabled");
}

#[test]
fn async_arguments_are_dropped_in_declaration_order() {
    async fn plain(a: LogsDrop, _: LogsDrop, b: LogsDrop, _c: LogsDrop) {
        let _local = LogsDrop("local", Rc::clone(&b.1));
        yield_times(1).await;
        drop(a);
    }
    #[trigger_event("drop_order:awaits")]
    async fn annotated(a: LogsDrop, _: LogsDrop, b: LogsDrop, _c: LogsDrop) {
        let _local = LogsDrop("local", Rc::clone(&b.1));
        yield_times(1).await;
        drop(a);
    }
    assert_same_drops(
        "drop_order:awaits",
        2,
        |a, wild, b, c| Box::pin(annotated(a, wild, b, c)),
        |a, wild, b, c| Box::pin(plain(a, wild, b, c)),
    );
}

#[test]
fn async_arguments_are_dropped_in_declaration_order_whatever_is_captured() {
    async fn plain(a: LogsDrop, _: LogsDrop, b: LogsDrop, c: LogsDrop) {
        let _local = LogsDrop(a.0, Rc::clone(&c.1));
        yield_times(1).await;
        drop(b);
    }
    #[trigger_event("drop_order:captures", skip(a), data(last = c.0, b))]
    async fn annotated(a: LogsDrop, _: LogsDrop, b: LogsDrop, c: LogsDrop) {
        let _local = LogsDrop(a.0, Rc::clone(&c.1));
        yield_times(1).await;
        drop(b);
    }
    assert_same_drops(
        "drop_order:captures",
        2,
        |a, wild, b, c| Box::pin(annotated(a, wild, b, c)),
        |a, wild, b, c| Box::pin(plain(a, wild, b, c)),
    );
}

#[test]
fn bound_parts_of_async_arguments_are_dropped_in_order() {
    struct Wrap(LogsDrop);
    async fn plain((a, b): (LogsDrop, LogsDrop), Wrap(mut c): Wrap, _d: LogsDrop) {
        yield_times(1).await;
        c.0 = a.0;
        drop(b);
    }
    #[trigger_event("drop_order:async_parts")]
    async fn annotated((a, b): (LogsDrop, LogsDrop), Wrap(mut c): Wrap, _d: LogsDrop) {
        yield_times(1).await;
        c.0 = a.0;
        drop(b);
    }
    assert_same_drops(
        "drop_order:async_parts",
        2,
        |a, b, c, d| Box::pin(annotated((a, b), Wrap(c), d)),
        |a, b, c, d| Box::pin(plain((a, b), Wrap(c), d)),
    );
}

#[test]
fn async_arguments_without_await_are_dropped_in_declaration_order() {
    async fn plain(a: LogsDrop, _: LogsDrop, b: LogsDrop, _c: LogsDrop) {
        let _local = LogsDrop("local", Rc::clone(&b.1));
        drop(a);
    }
    #[trigger_event("drop_order:without_await")]
    async fn annotated(a: LogsDrop, _: LogsDrop, b: LogsDrop, _c: LogsDrop) {
        let _local = LogsDrop("local", Rc::clone(&b.1));
        drop(a);
    }
    assert_same_drops(
        "drop_order:without_await",
        1,
        |a, wild, b, c| Box::pin(annotated(a, wild, b, c)),
        |a, wild, b, c| Box::pin(plain(a, wild, b, c)),
    );
}

#[test]
fn returned_future_drops_its_arguments_as_before() {
    #[trigger_event("drop_order:returned_future", skip_all)]
    fn annotated(
        _unused: LogsDrop,
        used: LogsDrop,
        at_call: LogsDrop,
    ) -> Pin<Box<dyn Future<Output = ()>>> {
        drop(at_call);
        Box::pin(async move {
            let _used = &used;
            yield_times(1).await;
        })
    }
    fn plain(
        _unused: LogsDrop,
        used: LogsDrop,
        at_call: LogsDrop,
    ) -> Pin<Box<dyn Future<Output = ()>>> {
        drop(at_call);
        Box::pin(async move {
            let _used = &used;
            yield_times(1).await;
        })
    }
    let drops = |function: fn(LogsDrop, LogsDrop, LogsDrop) -> BoxedFuture| {
        let log = Rc::new(RefCell::new(Vec::new()));
        let logged = |name| LogsDrop(name, Rc::clone(&log));
        let future = function(logged("unused"), logged("used"), logged("at call"));
        log.borrow_mut().push("made");
        block_on(future);
        log.take()
    };
    let expected = drops(plain);
    assert_eq!(drops(annotated), expected);
    let _recorder = local::install_recorder("drop_order:returned_future");
    assert_eq!(drops(annotated), expected);
}
