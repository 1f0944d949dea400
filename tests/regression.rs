//! Fixed bugs. Each test is named after the correct behaviour.
#![allow(
    clippy::unused_async,
    reason = "an `async fn` without `.await` is expanded differently"
)]

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::{Arc, Barrier};

use event_core::{
    Event, Listener, RecordingListener, broadcast, data, from_fn, install_listener,
    install_recorder, local, trigger_event,
};

#[test]
fn panic_in_one_part_of_a_listener_does_not_affect_the_others() {
    let good = Arc::new(RecordingListener::new());
    let bad = from_fn(|event: &Event<'_>| assert!(event.is_end(), "at the START"));
    let parts: Vec<Box<dyn Listener>> = vec![Box::new(bad), Box::new(Arc::clone(&good))];
    let _installed = install_listener("regression:parts", parts);
    trigger_event("regression:parts", (), || {});
    assert_eq!(good.len(), 2);
}

#[test]
fn panic_in_a_handler_does_not_affect_forwarded_listeners() {
    #[derive(Default, Listener)]
    #[listen("regression:handler", on_start = Self::panics)]
    struct Panics {
        #[listen(forward)]
        recorder: RecordingListener,
    }
    impl Panics {
        fn panics(&self, _: &Event<'_>) {
            assert!(self.recorder.len() > 9, "at the START");
        }
    }
    let panics = local::install(Panics::default());
    trigger_event("regression:handler", (), || {});
    assert_eq!(panics.recorder.len(), 2);
}

#[test]
fn annotated_futures_are_unwind_safe() {
    #[trigger_event("regression:unwind_safe")]
    async fn fetch(id: u8) -> u8 {
        id
    }
    fn is_unwind_safe<T: UnwindSafe + RefUnwindSafe>(_: &T) {}
    is_unwind_safe(&fetch(1));
}

#[test]
fn body_can_begin_with_items() {
    #![deny(clippy::items_after_statements)]
    #[trigger_event("regression:items")]
    fn next(n: u8) -> u8 {
        const STEP: u8 = 1;
        fn add(n: u8) -> u8 {
            n + STEP
        }
        add(n)
    }
    assert_eq!(next(1), 2);
}

#[test]
fn first_broadcasts_of_a_kind_reach_patterns_on_every_thread() {
    const THREADS: usize = 4;
    for round in 0..500 {
        // A new name. The first thread that uses it makes the kind known to all.
        let kind: &'static str = format!("regression:first_{round}").leak();
        let recorder = install_recorder("regression:first_*");
        let barrier = Barrier::new(THREADS);
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    barrier.wait();
                    trigger_event(kind, (), || {});
                });
            }
        });
        assert_eq!(recorder.len(), 2 * THREADS, "round {round}");
    }
}

#[test]
fn recorded_events_can_be_broadcast_and_changed() {
    #[trigger_event("regression:again", ret)]
    fn work(n: u32) -> u32 {
        n + 1
    }
    let first = local::install_recorder("regression:again");
    work(1);
    let events = first.buffer();
    drop(first);
    for limit in [None, Some(8)] {
        let recorder = limit.map_or_else(RecordingListener::new, |limit| {
            RecordingListener::with_capacity_limit(limit)
        });
        let recorder = local::install_listener("regression:again", recorder);
        for (_, event) in &events {
            broadcast(event);
        }
        for (_, event) in &events {
            broadcast(&event.clone().with_data(data! { end = event.is_end() }));
        }
        let lines = recorder.lines();
        for wanted in [
            "START regression:again work n=1",
            "END regression:again work n=1 return=2",
            "START regression:again work end=false",
            "END regression:again work end=true",
        ] {
            assert!(lines.iter().any(|it| it == wanted), "{wanted} in {lines:?}");
        }
    }
}

#[test]
fn pattern_from_a_macro_can_be_an_argument() {
    macro_rules! first {
        ($name:ident) => {
            ($name, _)
        };
    }
    #[trigger_event("regression:pattern_macro", skip_all)]
    fn work(first!(a): (u32, u32)) -> u32 {
        a
    }
    let recorder = local::install_recorder("regression:pattern_macro");
    assert_eq!(work((3, 4)), 3);
    assert_eq!(recorder.len(), 2);
}
