//! Registration: which listeners are notified, in which order, and what they may do meanwhile.

mod support;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak, mpsc};
use std::time::Duration;

use event_core::{
    Event, EventStatus, Installed, Kind, Listener, RecordingListener, broadcast, end_event,
    enter_event, from_fn, install_listener, install_recorder, install_shared, local, register,
    start_event, trigger_event, unregister,
};
use support::{OnDrop, events};

type Log = Arc<Mutex<Vec<String>>>;

/// Writes its name and the event's status to a log.
struct Named(&'static str, Log);

impl Listener for Named {
    fn on_start(&self, event: &Event<'_>) {
        self.1
            .lock()
            .unwrap()
            .push(format!("{} {}", self.0, event.status()));
    }
    fn on_end(&self, event: &Event<'_>) {
        self.on_start(event);
    }
}

fn log() -> Log {
    Log::default()
}

fn named(name: &'static str, log: &Log) -> Arc<Named> {
    Arc::new(Named(name, Arc::clone(log)))
}

fn take(log: &Log) -> Vec<String> {
    std::mem::take(&mut log.lock().unwrap())
}

/// Unregisters itself, and drops another installed listener, at its first event.
struct UnregistersItself {
    myself: Weak<Self>,
    calls: AtomicUsize,
    other: Mutex<Option<Installed<RecordingListener>>>,
}

impl Listener for UnregistersItself {
    fn on_start(&self, _: &Event<'_>) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        assert!(unregister(
            "registry:self_unregister",
            &self.myself.upgrade().unwrap()
        ));
        let other = self.other.lock().unwrap().take();
        drop(other);
    }
    fn on_end(&self, event: &Event<'_>) {
        self.on_start(event);
    }
}

fn start(kind: &'static str) {
    broadcast(&Event::new(kind, EventStatus::Start));
}

#[test]
fn listeners_are_notified_in_registration_order() {
    let log = log();
    let a = named("a", &log);
    let b = named("b", &log);
    let c = named("c", &log);
    register("registry_order:order", Arc::clone(&b));
    register("registry_order:o*", Arc::clone(&a));
    register("registry_order:order", Arc::clone(&c));
    trigger_event("registry_order:order", (), || {
        log.lock().unwrap().push("body".into());
    });
    assert_eq!(
        take(&log),
        [
            "b START", "a START", "c START", "body", "b END", "a END", "c END"
        ]
    );
    assert!(unregister("registry_order:order", &b));
    register("registry_order:order", Arc::clone(&b));
    start("registry_order:order");
    assert_eq!(take(&log), ["a START", "c START", "b START"]);
    assert!(unregister("registry_order:order", &b));
    assert!(unregister("registry_order:order", &c));
    assert!(unregister("registry_order:o*", &a));
    start("registry_order:order");
    assert!(take(&log).is_empty());
}

#[test]
fn listener_registered_twice_is_notified_twice() {
    let log = log();
    let a = named("a", &log);
    let b = named("b", &log);
    register("registry:twice", Arc::clone(&a));
    register("registry:twice", Arc::clone(&b));
    register("registry:twice", Arc::clone(&a));
    start("registry:twice");
    assert_eq!(take(&log), ["a START", "b START", "a START"]);
    assert!(
        unregister("registry:twice", &a),
        "removes the oldest registration"
    );
    start("registry:twice");
    assert_eq!(take(&log), ["b START", "a START"]);
    assert!(unregister("registry:twice", &a));
    assert!(!unregister("registry:twice", &a), "no registration is left");
    assert!(unregister("registry:twice", &b));
}

#[test]
fn unregister_requires_the_same_filter_and_the_same_arc() {
    let log = log();
    let a = named("a", &log);
    let twin = named("a", &log);
    assert!(!unregister("registry:same", &a), "never registered");
    register("registry:same", Arc::clone(&a));
    assert!(!unregister("registry:same", &twin));
    assert!(!unregister("registry:sam*", &a));
    assert!(!unregister("*", &a));
    assert!(!unregister("registry:other", &a));
    assert!(unregister("registry:same", &Arc::clone(&a)));
    register("registry:sam*", Arc::clone(&a));
    assert!(!unregister("registry:same", &a));
    assert!(!unregister("registry:sa*", &a));
    assert!(unregister("registry:sam*", &a));
    assert!(!unregister("registry:sam*", &a));
}

#[test]
fn arc_of_dyn_listener_can_be_unregistered() {
    let log = log();
    let shared: Arc<Arc<dyn Listener>> = Arc::new(named("dyn", &log));
    register("registry:dyn", Arc::clone(&shared));
    start("registry:dyn");
    assert!(unregister("registry:dyn", &shared));
    assert_eq!(take(&log), ["dyn START"]);
    let boxed: Box<dyn Listener> = Box::new(Named("boxed", Arc::clone(&log)));
    let installed = local::install_listener("registry:dyn", boxed);
    start("registry:dyn");
    drop(installed);
    assert_eq!(take(&log), ["boxed START"]);
}

#[test]
fn pattern_receives_kinds_created_after_it() {
    let recorder = local::install_recorder("registry:later*");
    let exact = local::install_recorder("registry:later_9");
    for n in 0..20 {
        let kind = Kind::new(format!("registry:later_{n}")).unwrap();
        trigger_event(kind, (), || {});
    }
    assert_eq!(recorder.len(), 40);
    assert_eq!(exact.len(), 2);
    drop(recorder);
    trigger_event("registry:later_9", (), || {});
    assert_eq!(exact.len(), 4);
}

#[test]
fn star_receives_everything_on_its_thread() {
    let all = local::install_recorder("*");
    trigger_event("registry:star", (), || {});
    trigger_event("numba:compile", (), || {});
    trigger_event(Kind::new("registry:star, never seen").unwrap(), (), || {});
    assert_eq!(all.len(), 6);
}

#[test]
fn patterns_and_kinds_share_one_order() {
    let log = log();
    let names = ["a", "b", "c", "d"];
    let filters = ["*", "registry:mixed", "registry:mix*", "registry:mixed"];
    let installed: Vec<_> = names
        .iter()
        .zip(filters)
        .map(|(name, filter)| local::install_shared(filter, named(name, &log)))
        .collect();
    start("registry:mixed");
    assert_eq!(take(&log), ["a START", "b START", "c START", "d START"]);
    let first_seen = Kind::new("registry:mix first seen now").unwrap();
    broadcast(&Event::new(first_seen, EventStatus::Start));
    assert_eq!(take(&log), ["a START", "c START"]);
    drop(installed);
}

#[test]
fn listener_can_register_unregister_and_install() {
    let log = log();
    let late = named("late", &log);
    let unregistered = named("unregistered", &log);
    let acting = {
        let late = Arc::clone(&late);
        let unregistered = Arc::clone(&unregistered);
        let log = Arc::clone(&log);
        from_fn(move |event: &Event<'_>| {
            log.lock()
                .unwrap()
                .push(format!("acting {}", event.status()));
            if event.is_start() {
                register("registry:acting", Arc::clone(&late));
                let was_registered = unregister("registry:acting", &unregistered);
                log.lock()
                    .unwrap()
                    .push(format!("unregistered {was_registered}"));
                drop(install_recorder("registry:acting"));
                drop(local::install_recorder("registry:*"));
            }
        })
    };
    let installed = install_listener("registry:acting", acting);
    register("registry:acting", Arc::clone(&unregistered));
    trigger_event("registry:acting", (), || {});
    assert_eq!(
        take(&log),
        ["acting START", "unregistered true", "acting END"],
        "no listener receives half a pair"
    );
    assert!(unregister("registry:acting", &late));
    drop(installed);
}

#[test]
fn listener_can_trigger_events_and_call_annotated_functions() {
    #[trigger_event("registry:inner")]
    fn annotated() {}
    let inner = install_recorder("registry:inner");
    let acting = local::install_listener(
        "registry:outer",
        from_fn(|_: &Event<'_>| {
            annotated();
            trigger_event("registry:inner", (), || {});
            drop(enter_event("registry:inner", ()));
            start_event("registry:inner", ());
            end_event("registry:inner", (), None);
            broadcast(&Event::new("registry:inner", EventStatus::Start));
        }),
    );
    trigger_event("registry:outer", (), || {});
    drop(acting);
    assert_eq!(inner.len(), 2 * 9);
}

#[test]
fn listener_that_unregisters_itself_in_on_start_receives_no_end() {
    let myself = Arc::new_cyclic(|myself| UnregistersItself {
        myself: Weak::clone(myself),
        calls: AtomicUsize::new(0),
        other: Mutex::default(),
    });
    register("registry:self_unregister", Arc::clone(&myself));
    *myself.other.lock().unwrap() = Some(install_recorder("registry:self_unregister"));
    let last = install_recorder("registry:self_unregister");
    trigger_event("registry:self_unregister", (), || {});
    assert_eq!(myself.calls.load(Ordering::Relaxed), 1);
    assert_eq!(last.len(), 2, "the other listener is notified");
    assert_eq!(Arc::strong_count(&myself), 1, "no reference is kept");
}

#[test]
fn events_triggered_by_a_listener_are_not_delivered_to_it() {
    let log = log();
    let acting = {
        let log = Arc::clone(&log);
        from_fn(move |event: &Event<'_>| {
            log.lock()
                .unwrap()
                .push(format!("acting {}", event.status()));
            trigger_event("registry:re_entrant", (), || {});
            start_event("registry:re_entrant", ());
            end_event("registry:re_entrant", (), None);
        })
    };
    let acting = Arc::new(acting);
    let first = local::install_shared("registry:re_entrant", Arc::clone(&acting));
    let other = local::install_recorder("registry:re_entrant");
    trigger_event("registry:re_entrant", (), || {});
    assert_eq!(take(&log), ["acting START", "acting END"]);
    assert_eq!(
        other.len(),
        2 + 2 * 4,
        "other listeners receive the events that it triggers"
    );
    // A second registration is still the same listener.
    let second = local::install_shared("registry:re_entrant", acting);
    trigger_event("registry:re_entrant", (), || {});
    assert_eq!(take(&log).len(), 4);
    drop((first, second));
}

#[test]
fn two_listeners_that_trigger_events_terminate() {
    let counts = [Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0))];
    let installed = counts.clone().map(|count| {
        let listener = from_fn(move |_: &Event<'_>| {
            count.fetch_add(1, Ordering::Relaxed);
            trigger_event("registry:ping_pong", (), || {});
        });
        local::install_listener("registry:ping_pong", listener)
    });
    trigger_event("registry:ping_pong", (), || {});
    drop(installed);
    for count in counts {
        assert_eq!(
            count.load(Ordering::Relaxed),
            2 + 2 * 2,
            "its own events, and those that the other one triggers"
        );
    }
}

#[test]
fn nesting_of_listeners_is_limited() {
    // The innermost listener is notified twice: afterwards it must not count as running.
    const INNERMOST: usize = 31;
    let calls = Arc::new(AtomicUsize::new(0));
    let installed: Vec<_> = (0..100)
        .map(|n| {
            let next = Kind::new(format!("registry:chain {}", n + 1)).unwrap();
            let calls = Arc::clone(&calls);
            let listener = from_fn(move |_: &Event<'_>| {
                calls.fetch_add(1, Ordering::Relaxed);
                for _ in 0..if n + 1 == INNERMOST { 2 } else { 1 } {
                    broadcast(&Event::new(next, EventStatus::Start));
                }
            });
            local::install_listener(Kind::new(format!("registry:chain {n}")).unwrap(), listener)
        })
        .collect();
    start("registry:chain 0");
    drop(installed);
    assert_eq!(
        calls.load(Ordering::Relaxed),
        INNERMOST + 2,
        "the promised depth"
    );
}

#[test]
fn no_notification_starts_after_unregister() {
    for _ in 0..200 {
        let unregistered = Arc::new(AtomicBool::new(false));
        let late = Arc::new(AtomicUsize::new(0));
        let started = Arc::new(AtomicBool::new(false));
        let listener = {
            let (unregistered, late, started) = (
                Arc::clone(&unregistered),
                Arc::clone(&late),
                Arc::clone(&started),
            );
            from_fn(move |_: &Event<'_>| {
                started.store(true, Ordering::SeqCst);
                if unregistered.load(Ordering::SeqCst) {
                    late.fetch_add(1, Ordering::SeqCst);
                }
            })
        };
        let installed = install_listener("registry:after_unregister", listener);
        let stop = Arc::new(AtomicBool::new(false));
        let worker = {
            let stop = Arc::clone(&stop);
            std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    start("registry:after_unregister");
                }
            })
        };
        while !started.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        let listener = installed.uninstall();
        // A notification in flight may still finish.
        while Arc::strong_count(&listener) > 1 {
            std::thread::yield_now();
        }
        unregistered.store(true, Ordering::SeqCst);
        for _ in 0..20 {
            start("registry:after_unregister");
        }
        stop.store(true, Ordering::Relaxed);
        worker.join().unwrap();
        assert_eq!(late.load(Ordering::SeqCst), 0);
    }
}

#[test]
fn listener_unregistered_during_a_broadcast_is_dropped() {
    let dropped = Arc::new(AtomicBool::new(false));
    let slot: Arc<Mutex<Option<Installed<_>>>> = Arc::default();
    let acting = {
        let slot = Arc::clone(&slot);
        from_fn(move |_: &Event<'_>| drop(slot.lock().unwrap().take()))
    };
    let watched = {
        let dropped = Arc::clone(&dropped);
        OnDrop(move || dropped.store(true, Ordering::Relaxed))
    };
    let acting = local::install_listener("registry:drop_running", acting);
    *slot.lock().unwrap() = Some(install_listener("registry:drop_running", watched));
    trigger_event("registry:drop_running", (), || {});
    assert!(dropped.load(Ordering::Relaxed));
    drop(acting);
}

#[test]
fn running_listener_is_released_when_it_returns() {
    let (entered, on_entered) = mpsc::channel();
    let (leave, on_leave) = mpsc::channel::<()>();
    let on_leave = Mutex::new(on_leave);
    let listener = from_fn(move |_: &Event<'_>| {
        entered.send(()).unwrap();
        on_leave.lock().unwrap().recv().unwrap();
    });
    let installed = install_listener("registry:in_flight", listener);
    let worker = std::thread::spawn(|| start("registry:in_flight"));
    on_entered.recv_timeout(Duration::from_secs(60)).unwrap();
    let listener = installed.uninstall(); // does not wait
    leave.send(()).unwrap();
    worker.join().unwrap();
    assert_eq!(Arc::strong_count(&listener), 1);
}

#[test]
fn ten_thousand_kinds_are_distinguished() {
    let kinds: Vec<Kind> = (0..10_000)
        .map(|n| Kind::new(format!("registry:many {n}")).unwrap())
        .collect();
    let pattern = install_recorder("registry:many *");
    let exact = install_recorder(kinds[7_777]);
    for kind in &kinds {
        broadcast(&Event::new(*kind, EventStatus::Start));
    }
    assert_eq!(exact.len(), 1);
    let recorded: Vec<Kind> = events(&pattern).iter().map(Event::kind).collect();
    assert_eq!(recorded, kinds);
    // Walking the kinds needs no deep recursion: a small stack is enough.
    let small = std::thread::Builder::new().stack_size(128 << 10);
    let thread = small.spawn(|| drop(install_recorder("registry:many *")));
    thread.unwrap().join().unwrap();
}

#[test]
fn scope_delivered_to_no_listener_is_not_a_parent() {
    let outer = "registry:undelivered";
    let inner = "registry:inside_undelivered";
    let recorder = local::install_recorder(inner);
    let triggers = from_fn(move |_: &Event<'_>| {
        trigger_event(outer, (), || trigger_event(inner, (), || {}));
    });
    let _triggers = local::install_listener(outer, triggers);
    broadcast(&Event::new(outer, EventStatus::Start));
    let buffer = recorder.buffer();
    assert_eq!(buffer.len(), 2);
    assert_eq!(buffer[0].1.parent(), None);
}

#[test]
fn repeated_install_and_drop_leaks_nothing() {
    #[trigger_event("registry:cycles")]
    fn work() {}
    let kept = install_recorder("registry:cycles");
    for n in 0..5_000 {
        let one = install_recorder("registry:cycles");
        let two = local::install_recorder("registry:cyc*");
        let three = install_shared("registry:cycles", Arc::clone(one.listener()));
        if n % 100 == 0 {
            kept.clear();
            work();
            assert_eq!((kept.len(), one.len(), two.len()), (2, 4, 2));
        }
        let weak = Arc::downgrade(three.listener());
        drop((one, two, three));
        assert!(weak.upgrade().is_none());
    }
}

#[test]
fn many_threads_can_install_and_trigger_concurrently() {
    #[trigger_event("registry:stress")]
    fn work() {}
    let workers: Vec<_> = (0..4)
        .map(|n| {
            std::thread::spawn(move || {
                for _ in 0..500 {
                    let global = install_recorder("registry:stress");
                    let local = local::install_recorder(if n % 2 == 0 {
                        "registry:stress"
                    } else {
                        "registry:st*"
                    });
                    work();
                    trigger_event("registry:stress", (), || {});
                    assert_eq!(local.len(), 4);
                    assert!(global.len() >= 4);
                }
            })
        })
        .collect();
    for worker in workers {
        worker.join().unwrap();
    }
    let after = install_recorder("registry:stress");
    work();
    assert_eq!(after.len(), 2);
}

#[test]
fn notify_can_be_overridden() {
    struct Both(Log);
    impl Listener for Both {
        fn on_start(&self, _: &Event<'_>) {
            unreachable!("`notify` calls it")
        }
        fn on_end(&self, _: &Event<'_>) {
            unreachable!("`notify` calls it")
        }
        fn notify(&self, event: &Event<'_>) {
            self.0.lock().unwrap().push(event.status().to_string());
        }
    }
    let log = log();
    let installed = local::install_listener(
        "registry:notify",
        Arc::new(Box::new(Both(Arc::clone(&log)))),
    );
    trigger_event("registry:notify", (), || {});
    drop(installed);
    assert_eq!(take(&log), ["START", "END"]);
}

#[test]
fn installed_listener_derefs_and_is_returned_on_uninstall() {
    let installed = install_listener("registry:installed", RecordingListener::new());
    assert_eq!(installed.len(), 0);
    assert!(format!("{installed:?}").contains("Installed"));
    let weak = Arc::downgrade(installed.listener());
    let listener = installed.uninstall();
    assert!(Arc::ptr_eq(&listener, &weak.upgrade().unwrap()));
    trigger_event("registry:installed", (), || {});
    assert!(listener.is_empty());
}

#[test]
fn installed_listener_can_be_dropped_on_another_thread() {
    let recorder = install_recorder("registry:other_thread");
    let recorder = std::thread::spawn(move || {
        trigger_event("registry:other_thread", (), || {});
        recorder
    });
    let recorder = recorder.join().unwrap();
    assert_eq!(recorder.len(), 2);
    std::thread::spawn(move || drop(recorder)).join().unwrap();
}

#[test]
fn dropping_an_installed_listener_removes_its_own_registration() {
    let log = log();
    let shared = named("shared", &log);
    let first = install_shared("registry:own", Arc::clone(&shared));
    let middle = local::install_shared("registry:own", named("middle", &log));
    let second = install_shared("registry:own", Arc::clone(&shared));
    drop(second);
    start("registry:own");
    assert_eq!(
        take(&log),
        ["shared START", "middle START"],
        "removes the second registration, not the oldest"
    );
    drop(first);
    drop(middle);
    start("registry:own");
    assert!(take(&log).is_empty());
}
