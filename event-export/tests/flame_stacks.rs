//! The stacks of a flame graph: known sequences of calls, as folded stacks.

#![cfg(feature = "flame")]

mod support;

use std::panic::catch_unwind;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use event_core::{
    Event, EventStatus, broadcast, current_event, data, end_event, enter_event, local, open_event,
    start_event, trigger_event,
};
use event_export::FlameGraph;
use support::folded::{self, install, install_by_count};
use support::svg::titles;

#[event_core::trigger_event("flame:nest")]
fn outer() {
    inner(1);
    inner(2);
}

#[event_core::trigger_event("flame:nest")]
fn inner(_n: u32) {}

#[test]
fn calls_are_counted_for_each_stack() {
    let flame = install_by_count("flame:nest");
    outer();
    inner(3);
    outer();
    assert_eq!(
        flame.folded(),
        "inner [flame:nest] 1\n\
         outer [flame:nest] 2\n\
         outer [flame:nest];inner [flame:nest] 4\n"
    );
    folded::parse(&flame.folded());
}

#[test]
fn a_stack_has_its_self_time_in_nanoseconds() {
    let flame = install("flame:time", FlameGraph::new());
    let before = std::time::Instant::now();
    trigger_event("flame:time", (), || {
        thread::sleep(Duration::from_millis(2));
        trigger_event("flame:time", data! { name = "inside" }, || {
            thread::sleep(Duration::from_millis(20));
        });
    });
    let all = u64::try_from(before.elapsed().as_nanos()).unwrap();
    let stacks = folded::parse(&flame.folded());
    let outside = stacks["flame:time"];
    let inside = stacks["flame:time;inside [flame:time]"];
    assert!(outside >= 2_000_000, "{stacks:?}");
    assert!(inside >= 20_000_000, "{stacks:?}");
    assert!(outside + inside <= all, "{stacks:?}, {all}");
}

#[test]
fn functions_with_the_same_name_are_separated_by_kind() {
    mod other {
        #[event_core::trigger_event("flame:names_other")]
        pub(super) fn parse() {}
    }
    #[event_core::trigger_event("flame:names")]
    fn parse() {}

    let flame = install_by_count("flame:names*");
    parse();
    other::parse();
    parse();
    assert_eq!(
        flame.folded(),
        "parse [flame:names] 2\nparse [flame:names_other] 1\n"
    );
}

#[test]
fn recursion_has_a_frame_for_each_level() {
    #[event_core::trigger_event("flame:recursion")]
    fn down(n: u32) {
        if n > 1 {
            down(n - 1);
        }
    }

    let flame = install_by_count("flame:recursion");
    down(3);
    down(2);
    let down = "down [flame:recursion]";
    assert_eq!(
        flame.folded(),
        format!("{down} 2\n{down};{down} 2\n{down};{down};{down} 1\n")
    );
}

#[test]
fn levels_beyond_the_depth_limit_share_one_frame() {
    fn down(n: u32) {
        trigger_event("flame:deep", (), || {
            if n > 1 {
                down(n - 1);
            }
        });
    }

    let flame = install_by_count("flame:deep");
    thread::scope(|scope| {
        let large = thread::Builder::new().stack_size(256 << 20);
        large.spawn_scoped(scope, || down(10_000)).unwrap();
    });
    let stacks = folded::parse(&flame.folded());
    assert_eq!(stacks.len(), 201);
    assert_eq!(stacks.values().sum::<u64>(), 10_000);
    let deepest = vec!["flame:deep"; 200].join(";");
    assert_eq!(stacks[&format!("{deepest};(deeper)")], 9_800);
    assert_eq!(titles(&flame.svg().unwrap()).len(), 202);
}

#[test]
fn a_handle_carries_the_stack_to_other_threads() {
    let flame = install_by_count("flame:handle*");
    trigger_event("flame:handle", (), || {
        let here = current_event();
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| here.run(|| trigger_event("flame:handle_work", (), || {})));
            }
        });
    });
    assert_eq!(
        flame.folded(),
        "flame:handle 1\nflame:handle;flame:handle_work 3\n"
    );
}

#[test]
fn time_of_parallel_threads_is_not_self_time_of_the_waiting_scope() {
    let flame = install("flame:wait*", FlameGraph::new());
    let long = Duration::from_millis(30);
    trigger_event("flame:wait", (), || {
        let here = current_event();
        let barrier = &Barrier::new(3);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(move || {
                    here.run(|| {
                        let _guard = enter_event("flame:wait_work", ());
                        barrier.wait();
                        thread::sleep(long);
                    });
                });
            }
            barrier.wait();
        });
    });
    let stacks = folded::parse(&flame.folded());
    assert!(stacks["flame:wait;flame:wait_work"] >= 60_000_000);
    assert!(stacks["flame:wait"] < 30_000_000, "{stacks:?}");
}

#[test]
fn each_thread_can_have_its_own_stacks() {
    let flame = install("flame:threads*", FlameGraph::new().by_count().per_thread());
    let run = |name: &str, work: &(dyn Fn() + Sync)| {
        thread::scope(|scope| {
            let builder = thread::Builder::new().name(name.to_owned());
            builder.spawn_scoped(scope, work).unwrap();
        });
    };
    run("main; part 7", &|| {
        trigger_event("flame:threads", (), || {
            trigger_event("flame:threads_inner", (), || {
                let here = current_event();
                run("worker", &|| {
                    here.run(|| trigger_event("flame:threads_work", (), || {}));
                    here.run(|| trigger_event("flame:threads_work", (), || {}));
                    trigger_event("flame:threads_own", (), || {});
                });
            });
        });
    });
    run("worker", &|| trigger_event("flame:threads", (), || {}));
    run("", &|| trigger_event("flame:threads", (), || {}));
    assert_eq!(
        flame.folded(),
        "main\\x3b part\\x207;flame:threads 1\n\
         main\\x3b part\\x207;flame:threads;flame:threads_inner 1\n\
         unnamed thread;flame:threads 1\n\
         worker;flame:threads;flame:threads_inner;flame:threads_work 2\n\
         worker;flame:threads_own 1\n\
         worker (2);flame:threads 1\n"
    );
    folded::parse(&flame.folded());
}

#[test]
fn separate_threads_keep_the_time_that_they_wait() {
    let flame = install("flame:blocked*", FlameGraph::new().per_thread());
    let work = thread::Builder::new().name("blocked".to_owned());
    let work = work.spawn(|| {
        trigger_event("flame:blocked", (), || {
            let here = current_event();
            let other = thread::Builder::new().name("busy".to_owned());
            let other = other.spawn(move || {
                here.run(|| {
                    trigger_event("flame:blocked_work", (), || {
                        thread::sleep(Duration::from_millis(20));
                    });
                });
            });
            other.unwrap().join().unwrap();
        });
    });
    work.unwrap().join().unwrap();
    let stacks = folded::parse(&flame.folded());
    assert!(stacks["blocked;flame:blocked"] >= 20_000_000, "{stacks:?}");
    assert!(stacks["busy;flame:blocked;flame:blocked_work"] >= 20_000_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn futures_have_the_stack_of_the_awaiting_function() {
    #[event_core::trigger_event("flame:async")]
    async fn request(n: u64) {
        tokio::join!(query(n), query(n + 1));
        parse();
    }

    #[event_core::trigger_event("flame:async")]
    async fn query(n: u64) {
        tokio::time::sleep(Duration::from_millis(20 * n)).await;
        std::thread::sleep(Duration::from_millis(2));
        parse();
    }

    #[event_core::trigger_event("flame:async")]
    fn parse() {}

    let flame = install("flame:async", FlameGraph::new());
    let count = install_by_count("flame:async");
    let tasks: Vec<_> = (0..20).map(|n| tokio::spawn(request(n % 5))).collect();
    for task in tasks {
        task.await.unwrap();
    }
    let request = "request [flame:async]";
    let query = "query [flame:async]";
    let parse = "parse [flame:async]";
    assert_eq!(
        count.folded(),
        format!(
            "{request} 20\n{request};{parse} 20\n{request};{query} 40\n{request};{query};{parse} 40\n"
        )
    );
    let stacks = folded::parse(&flame.folded());
    assert_eq!(stacks.len(), 4);
    // The time while a thread is blocked is included; the time while a future waits is not. The
    // futures wait 0 + 20 + … + 80 and 20 + 40 + … + 100 milliseconds, four times each.
    let query = stacks[&format!("{request};{query}")];
    assert!((80_000_000..2_000_000_000).contains(&query), "{stacks:?}");
    assert!(stacks[request] < 1_000_000_000, "{stacks:?}");
}

#[test]
fn a_panic_ends_all_scopes_that_it_leaves() {
    let flame = install("flame:panic*", FlameGraph::new());
    let outcome = catch_unwind(|| {
        trigger_event("flame:panic", (), || {
            trigger_event("flame:panic_inner", (), || panic!("oh"));
        });
    });
    assert!(outcome.is_err());
    trigger_event("flame:panic", (), || {});
    let stacks = folded::parse(&flame.folded());
    let names: Vec<&String> = stacks.keys().collect();
    assert_eq!(names, ["flame:panic", "flame:panic;flame:panic_inner"]);
}

#[test]
fn a_scope_inside_a_scope_of_another_kind_begins_a_stack() {
    let _recorder = local::install_recorder("flame:other");
    let flame = install_by_count("flame:selected");
    trigger_event("flame:other", (), || {
        trigger_event("flame:selected", (), || {});
    });
    assert_eq!(flame.folded(), "flame:selected 1\n");
}

#[test]
fn an_end_without_a_start_is_ignored() {
    let flame = install("flame:alone", FlameGraph::new());
    broadcast(&Event::new("flame:alone", EventStatus::End));
    end_event("flame:alone", (), None);
    assert_eq!(flame.folded(), "");
    start_event("flame:alone", ());
    end_event("flame:alone", (), None);
    assert_eq!(folded::parse(&flame.folded()).len(), 1);
}

#[test]
fn a_start_end_pair_does_not_enclose_the_calls_between() {
    let flame = install_by_count("flame:pair*");
    trigger_event("flame:pair", (), || {
        start_event("flame:pair_lock", ());
        trigger_event("flame:pair_work", (), || {});
        end_event("flame:pair_lock", (), None);
    });
    assert_eq!(
        flame.folded(),
        "flame:pair 1\nflame:pair;flame:pair_lock 1\nflame:pair;flame:pair_work 1\n"
    );
}

#[test]
fn guards_may_end_out_of_order() {
    let flame = install("flame:order*", FlameGraph::new());
    let first = enter_event("flame:order", ());
    let second = enter_event("flame:order_inner", ());
    drop(first);
    thread::sleep(Duration::from_millis(2));
    drop(second);
    let stacks = folded::parse(&flame.folded());
    assert!(stacks["flame:order;flame:order_inner"] >= 2_000_000);
    assert!(stacks["flame:order"] < 2_000_000, "{stacks:?}");
}

#[test]
fn an_open_scope_has_its_time_so_far() {
    let flame = install("flame:open*", FlameGraph::new());
    let outer = open_event("flame:open", ());
    outer.handle().run(|| {
        let _inner = enter_event("flame:open_inner", ());
        thread::sleep(Duration::from_millis(5));
        let first = folded::parse(&flame.folded());
        assert!(first["flame:open;flame:open_inner"] >= 5_000_000);
        thread::sleep(Duration::from_millis(5));
        let second = folded::parse(&flame.folded());
        assert!(second["flame:open;flame:open_inner"] >= 10_000_000);
        // Each output has the whole time once; earlier outputs are not added to it.
        assert!(second["flame:open;flame:open_inner"] < 1_000_000_000);
        assert_eq!(titles(&flame.svg().unwrap()).len(), 3);
    });
    outer.end();
    let last = folded::parse(&flame.folded());
    assert_eq!(last.len(), 2);
}

#[test]
fn no_call_of_parallel_threads_is_lost() {
    let flame = install_by_count("flame:many");
    let time = install("flame:many", FlameGraph::new());
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for n in 0..2_000 {
                    let name = ["a", "b", "c"][n % 3];
                    trigger_event("flame:many", data! { name }, || {
                        trigger_event("flame:many", (), || {});
                    });
                    if n % 500 == 0 {
                        folded::parse(&time.folded());
                        flame.svg().unwrap();
                    }
                }
            });
        }
    });
    let stacks = folded::parse(&flame.folded());
    assert_eq!(stacks.len(), 6);
    assert_eq!(stacks.values().sum::<u64>(), 8 * 2 * 2_000);
    assert_eq!(folded::parse(&time.folded()).len(), 6);
}
