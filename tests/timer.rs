//! The timer sums the durations of scopes.
#![allow(
    clippy::unused_async,
    reason = "an `async fn` without `.await` is expanded differently"
)]

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Barrier};
use std::thread::sleep;
use std::time::{Duration, Instant};

use event_core::{
    Event, EventStatus, TimingListener, broadcast, end_event, enter_event, install_listener,
    install_timer, local, start_event, trigger_event,
};
use support::poll_once;

const STEP: Duration = Duration::from_millis(20);

/// Returns the duration of `body` as a timer of `kind` measures it, and as the clock does.
fn timed(kind: &'static str, body: impl FnOnce()) -> (Option<Duration>, Duration) {
    let mut taken = None;
    let before = Instant::now();
    {
        let _timer = local::install_timer(kind, |duration| taken = Some(duration));
        body();
    }
    (taken, before.elapsed())
}

#[test]
fn duration_is_that_of_the_body() {
    let (taken, all) = timed("timer:plain", || {
        sleep(STEP);
        trigger_event("timer:plain", (), || sleep(STEP));
        sleep(STEP);
    });
    let taken = taken.unwrap();
    assert!(taken >= STEP, "{taken:?}");
    assert!(
        taken <= all.checked_sub(STEP * 2).unwrap(),
        "{taken:?} of {all:?}"
    );
}

#[test]
fn sequential_scopes_add_up() {
    let (taken, _) = timed("timer:sum", || {
        for _ in 0..3 {
            trigger_event("timer:sum", (), || sleep(STEP));
        }
    });
    assert!(taken.unwrap() >= STEP * 3);
}

#[test]
fn recursion_and_nesting_count_once() {
    #[trigger_event("timer:recursion")]
    fn recurse(depth: u32) {
        if depth == 0 {
            sleep(STEP);
        } else {
            recurse(depth - 1);
        }
    }
    let (taken, all) = timed("timer:recursion", || recurse(20));
    let taken = taken.unwrap();
    assert!(taken >= STEP && taken <= all, "{taken:?} of {all:?}");
}

#[test]
fn nested_kinds_of_one_pattern_count_once() {
    let (taken, all) = timed("timer:union_*", || {
        trigger_event("timer:union_a", (), || {
            trigger_event("timer:union_b", (), || sleep(STEP));
        });
    });
    assert!(taken.unwrap() <= all);
}

#[test]
fn overlapping_scopes_are_measured_as_a_union() {
    let (taken, all) = timed("timer:overlap", || {
        let one = enter_event("timer:overlap", ());
        sleep(STEP);
        let two = enter_event("timer:overlap", ());
        drop(one);
        sleep(STEP);
        drop(two);
    });
    let taken = taken.unwrap();
    assert!(taken >= STEP * 2 && taken <= all, "{taken:?} of {all:?}");
}

#[test]
fn threads_add_up() {
    let barrier = Arc::new(Barrier::new(4));
    let timer = install_listener("timer:threads", TimingListener::new());
    let before = Instant::now();
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let barrier = Arc::clone(&barrier);
            std::thread::spawn(move || {
                barrier.wait();
                trigger_event("timer:threads", (), || sleep(STEP));
            })
        })
        .collect();
    for worker in workers {
        worker.join().unwrap();
    }
    let taken = timer.duration().unwrap();
    assert!(taken >= STEP * 4, "{taken:?}");
    assert!(taken <= before.elapsed() * 4);
}

#[test]
fn callback_does_not_run_without_a_measurement() {
    let (taken, _) = timed("timer:nothing", || {});
    assert_eq!(taken, None);
    let (taken, _) = timed("timer:half", || {
        std::mem::forget(enter_event("timer:half", ()));
    });
    assert_eq!(taken, None, "a scope that has not ended");
    // The forgotten scope stays current on this thread, which later code here does not read.
}

#[test]
fn callback_does_not_run_during_a_panic() {
    let mut ran = false;
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let _timer = install_timer("timer:panic", |_| ran = true);
        trigger_event("timer:panic", (), || {});
        panic!("while the timer is installed");
    }));
    assert!(outcome.is_err());
    assert!(!ran);
}

#[test]
fn callback_runs_for_a_timer_created_during_unwinding() {
    struct Cleanup<'a>(&'a mut bool);
    impl Drop for Cleanup<'_> {
        fn drop(&mut self) {
            let _timer = local::install_timer("timer:cleanup", |_| *self.0 = true);
            trigger_event("timer:cleanup", (), || {});
        }
    }
    let mut ran = false;
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let _cleanup = Cleanup(&mut ran);
        panic!("outside");
    }));
    assert!(outcome.is_err());
    assert!(ran);
}

#[test]
fn callback_runs_after_the_timer_is_uninstalled() {
    let _timer = local::install_timer("timer:callback", |_| {
        // The callback runs unmeasured, and may use the whole API.
        trigger_event("timer:callback", (), || {});
        drop(local::install_timer("timer:callback", |_| unreachable!()));
    });
    trigger_event("timer:callback", (), || {});
}

#[test]
fn failed_scopes_are_measured() {
    let (taken, _) = timed("timer:failed", || {
        let outcome = catch_unwind(|| {
            trigger_event("timer:failed", (), || {
                sleep(STEP);
                panic!("failed");
            });
        });
        assert!(outcome.is_err());
    });
    assert!(taken.unwrap() >= STEP);
}

#[test]
fn timer_installed_during_a_scope_measures_only_later_scopes() {
    let mut taken = None;
    {
        let mut timer = None;
        trigger_event("timer:middle", (), || {
            timer = Some(local::install_timer("timer:middle", |duration| {
                taken = Some(duration);
            }));
            sleep(STEP);
        });
        assert!(
            !timer.as_ref().unwrap().done(),
            "an END without its START is not measured"
        );
        trigger_event("timer:middle", (), || {});
        assert!(timer.as_ref().unwrap().done());
        drop(timer);
    }
    assert!(taken.unwrap() < STEP);
}

#[test]
fn timer_installed_between_start_and_end_ignores_the_end() {
    start_event("timer:between", ());
    let timer = local::install_listener("timer:between", TimingListener::new());
    end_event("timer:between", (), None);
    assert_eq!(timer.duration(), None);
    end_event("timer:between", (), None);
    assert!(!timer.done());
    start_event("timer:between", ());
    sleep(STEP);
    end_event("timer:between", (), None);
    assert!(timer.duration().unwrap() >= STEP);
}

#[test]
fn nested_locks_are_measured_once() {
    let (taken, all) = timed("timer:lock", || {
        start_event("timer:lock", ());
        start_event("timer:lock", ());
        sleep(STEP);
        end_event("timer:lock", (), None);
        sleep(STEP);
        end_event("timer:lock", (), None);
    });
    let taken = taken.unwrap();
    assert!(taken >= STEP * 2 && taken <= all);
}

#[test]
fn timer_derefs_to_its_listener() {
    let timer = local::install_timer("timer:deref", |_| {});
    assert_eq!(timer.duration(), None);
    trigger_event("timer:deref", (), || {});
    let first = timer.duration().unwrap();
    trigger_event("timer:deref", (), || sleep(Duration::from_millis(1)));
    assert!(timer.duration().unwrap() > first);
    assert!(format!("{timer:?}").contains("Timer"));
}

#[test]
fn future_is_measured_from_first_poll_to_end() {
    #[trigger_event("timer:future")]
    async fn work() {
        sleep(STEP);
    }
    let (taken, all) = timed("timer:future", || {
        let future = work();
        sleep(STEP);
        futures::executor::block_on(future);
    });
    let taken = taken.unwrap();
    assert!(taken >= STEP && taken <= all.checked_sub(STEP).unwrap());
}

#[test]
fn end_without_a_start_is_not_measured() {
    let timer = local::install_listener("timer:lone", TimingListener::new());
    broadcast(&Event::new("timer:lone", EventStatus::End));
    end_event("timer:lone", (), None);
    assert!(!timer.done());
}

#[test]
fn future_that_ends_on_another_thread_is_measured() {
    #[trigger_event("timer:moved")]
    async fn work() {
        futures::future::pending::<()>().await;
    }
    let timer = install_listener("timer:moved", TimingListener::new());
    let mut future = Box::pin(work());
    assert!(poll_once(future.as_mut()).is_pending());
    sleep(STEP);
    // The time of this thread is counted from the START of the future.
    trigger_event("timer:moved", (), || {});
    assert!(!timer.done(), "the future is still running");
    std::thread::spawn(move || drop(future)).join().unwrap();
    assert!(timer.duration().unwrap() >= STEP);
    let before = timer.duration().unwrap();
    trigger_event("timer:moved", (), || {});
    assert!(
        timer.duration().unwrap() < before + STEP,
        "no scope is running"
    );
}

#[test]
fn more_threads_than_shards_are_measured_separately() {
    #[trigger_event("timer:crowd")]
    fn nest(depth: u32) {
        if depth == 0 {
            sleep(STEP);
        } else {
            nest(depth - 1);
        }
    }
    let timer = install_listener("timer:crowd", TimingListener::new());
    let before = Instant::now();
    let barrier = Barrier::new(100);
    std::thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| {
                barrier.wait();
                nest(2);
            });
        }
    });
    let taken = timer.duration().unwrap();
    assert!(
        taken >= STEP * 100 && taken <= before.elapsed() * 100,
        "{taken:?}"
    );
}

/// Threads whose numbers differ by the number of shards share one.
#[test]
fn scopes_of_threads_that_share_a_shard_are_measured_separately() {
    let timer = Arc::new(TimingListener::new());
    let _installed = event_core::install_shared("timer:shared", Arc::clone(&timer));
    let long = STEP * 10;
    let first = event_core::enter_event("timer:shared", ());
    sleep(long);
    // At least one thread per shard, each in a scope while the scope of this thread ends.
    let [started, ended] = [(); 2].map(|()| Barrier::new(129));
    std::thread::scope(|scope| {
        for _ in 0..128 {
            scope.spawn(|| {
                let _guard = event_core::enter_event("timer:shared", ());
                started.wait();
                ended.wait();
            });
        }
        started.wait();
        drop(first);
        let taken = timer.duration().unwrap_or_default();
        ended.wait();
        assert!(taken >= long, "{taken:?}");
    });
}

#[test]
fn timer_and_recorder_agree() {
    let timer = local::install_listener("timer:agree", TimingListener::new());
    let recorder = local::install_recorder("timer:agree");
    trigger_event("timer:agree", (), || sleep(Duration::from_millis(1)));
    let buffer = recorder.buffer();
    let taken = buffer[1].1.instant() - buffer[0].1.instant();
    assert_eq!(timer.duration(), Some(taken));
}
