//! Flame graphs: folded stacks of known sequences, read back by `inferno`, and pictures, read back as XML.

#![cfg(feature = "flame")]

use std::collections::BTreeMap;
use std::io::Cursor;
use std::panic::catch_unwind;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use event_core::{
    Event, EventStatus, Installed, Kind, broadcast, current_event, data, end_event, enter_event,
    install_listener, local, open_event, start_event, trigger_event,
};
use event_export::{Exporter, FlameGraph};

type Folded = BTreeMap<String, u64>;

/// Stacks and numbers as inferno's own parser understands them.
fn read(folded: &str) -> Folded {
    let mut both = Vec::new();
    let nothing = Cursor::new("");
    let options = inferno::differential::Options::default();
    inferno::differential::from_readers(options, nothing, Cursor::new(folded), &mut both).unwrap();
    let both = String::from_utf8(both).unwrap();
    let stacks: Folded = both
        .lines()
        .map(|line| {
            let (stack, number) = line.rsplit_once(' ').unwrap();
            let stack = stack.strip_suffix(" 0").expect("nothing before");
            (stack.to_owned(), number.parse().unwrap())
        })
        .collect();
    assert_eq!(stacks.len(), folded.lines().count(), "{folded}");
    stacks
}

fn counted(kinds: &str) -> Installed<FlameGraph> {
    local_only(kinds, FlameGraph::new().by_count())
}

fn local_only(kinds: &str, flame: FlameGraph) -> Installed<FlameGraph> {
    install_listener(kinds.parse::<event_core::KindFilter>().unwrap(), flame)
}

/// What the picture's frames say when one points at them.
fn titles(svg: &str) -> Vec<String> {
    let options = roxmltree::ParsingOptions {
        allow_dtd: true,
        ..Default::default()
    };
    let document = roxmltree::Document::parse_with_options(svg, options).unwrap();
    assert_eq!(document.root_element().tag_name().name(), "svg");
    let titles = document
        .descendants()
        .filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "title")));
    titles
        .map(|title| title.text().unwrap_or("").to_owned())
        .collect()
}

/// The text with an id.
fn text(svg: &str, id: &str) -> String {
    let options = roxmltree::ParsingOptions {
        allow_dtd: true,
        ..Default::default()
    };
    let document = roxmltree::Document::parse_with_options(svg, options).unwrap();
    let found = document
        .descendants()
        .find(|node| node.attribute("id") == Some(id));
    found.unwrap().text().unwrap().to_owned()
}

/// A directory that is gone when this is.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("flame-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[event_core::trigger_event("flame:nest")]
fn outer() {
    inner(1);
    inner(2);
}

#[event_core::trigger_event("flame:nest")]
fn inner(_n: u32) {}

#[test]
fn calls_are_added_up_by_their_stacks() {
    let flame = counted("flame:nest");
    outer();
    inner(3);
    outer();
    assert_eq!(
        flame.folded(),
        "inner [flame:nest] 1\n\
         outer [flame:nest] 2\n\
         outer [flame:nest];inner [flame:nest] 4\n"
    );
    read(&flame.folded());
}

#[test]
fn time_is_that_of_the_scope_itself_in_nanoseconds() {
    let flame = local_only("flame:time", FlameGraph::new());
    let before = std::time::Instant::now();
    trigger_event("flame:time", (), || {
        thread::sleep(Duration::from_millis(2));
        trigger_event("flame:time", data! { name = "inside" }, || {
            thread::sleep(Duration::from_millis(20));
        });
    });
    let all = u64::try_from(before.elapsed().as_nanos()).unwrap();
    let stacks = read(&flame.folded());
    let outside = stacks["flame:time"];
    let inside = stacks["flame:time;inside [flame:time]"];
    assert!(outside >= 2_000_000, "{stacks:?}");
    assert!(inside >= 20_000_000, "{stacks:?}");
    assert!(outside + inside <= all, "{stacks:?}, {all}");
}

#[test]
fn functions_of_the_same_name_are_told_apart_by_kind() {
    mod other {
        #[event_core::trigger_event("flame:apart_other")]
        pub(super) fn parse() {}
    }
    #[event_core::trigger_event("flame:apart")]
    fn parse() {}

    let flame = counted("flame:apart*");
    parse();
    other::parse();
    trigger_event("flame:apart", data! { name = "parse" }, || {});
    assert_eq!(
        flame.folded(),
        "parse [flame:apart] 2\nparse [flame:apart_other] 1\n"
    );
}

#[test]
fn recursion_is_a_frame_for_each_level() {
    #[event_core::trigger_event("flame:recursion")]
    fn down(n: u32) {
        if n > 1 {
            down(n - 1);
        }
    }

    let flame = counted("flame:recursion");
    down(3);
    down(2);
    let down = "down [flame:recursion]";
    assert_eq!(
        flame.folded(),
        format!("{down} 2\n{down};{down} 2\n{down};{down};{down} 1\n")
    );
}

#[test]
fn deep_recursion_is_added_up_above_a_limit() {
    fn down(n: u32) {
        trigger_event("flame:deep", (), || {
            if n > 1 {
                down(n - 1);
            }
        });
    }

    let flame = counted("flame:deep");
    thread::scope(|scope| {
        let large = thread::Builder::new().stack_size(256 << 20);
        large.spawn_scoped(scope, || down(10_000)).unwrap();
    });
    let stacks = read(&flame.folded());
    assert_eq!(stacks.len(), 201);
    assert_eq!(stacks.values().sum::<u64>(), 10_000);
    let deepest = vec!["flame:deep"; 200].join(";");
    assert_eq!(stacks[&format!("{deepest};(deeper)")], 9_800);
    assert_eq!(titles(&flame.svg().unwrap()).len(), 202);
}

#[test]
fn threads_under_a_handle_go_on_with_its_stack() {
    let flame = counted("flame:handle*");
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
fn threads_that_work_side_by_side_are_no_time_of_who_waits() {
    let flame = local_only("flame:wait*", FlameGraph::new());
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
    let stacks = read(&flame.folded());
    assert!(stacks["flame:wait;flame:wait_work"] >= 60_000_000);
    assert!(stacks["flame:wait"] < 30_000_000, "{stacks:?}");
}

#[test]
fn threads_can_be_drawn_apart() {
    let flame = local_only("flame:threads*", FlameGraph::new().by_count().per_thread());
    let run = |name: &str, work: &(dyn Fn() + Sync)| {
        thread::scope(|scope| {
            let builder = thread::Builder::new().name(name.to_owned());
            builder.spawn_scoped(scope, work).unwrap();
        });
    };
    run("main; I say 7", &|| {
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
        "main\\x3b I say\\x207;flame:threads 1\n\
         main\\x3b I say\\x207;flame:threads;flame:threads_inner 1\n\
         unnamed thread;flame:threads 1\n\
         worker;flame:threads;flame:threads_inner;flame:threads_work 2\n\
         worker;flame:threads_own 1\n\
         worker (2);flame:threads 1\n"
    );
    read(&flame.folded());
}

#[test]
fn a_thread_that_waits_for_another_has_that_time_when_drawn_apart() {
    let flame = local_only("flame:blocked*", FlameGraph::new().per_thread());
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
    let stacks = read(&flame.folded());
    assert!(stacks["blocked;flame:blocked"] >= 20_000_000, "{stacks:?}");
    assert!(stacks["busy;flame:blocked;flame:blocked_work"] >= 20_000_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn futures_have_the_stacks_of_who_awaits_them() {
    #[event_core::trigger_event("flame:async")]
    async fn request(n: u64) {
        tokio::join!(query(n), query(n + 1));
        parse();
    }

    #[event_core::trigger_event("flame:async")]
    async fn query(n: u64) {
        tokio::time::sleep(Duration::from_millis(n)).await;
        parse();
    }

    #[event_core::trigger_event("flame:async")]
    fn parse() {}

    let flame = local_only("flame:async", FlameGraph::new());
    let count = counted("flame:async");
    let tasks: Vec<_> = (0..20).map(|n| tokio::spawn(request(n % 5))).collect();
    for task in tasks {
        task.await.unwrap();
    }
    let (request, query, parse) = (
        "request [flame:async]",
        "query [flame:async]",
        "parse [flame:async]",
    );
    assert_eq!(
        count.folded(),
        format!(
            "{request} 20\n{request};{parse} 20\n{request};{query} 40\n{request};{query};{parse} 40\n"
        )
    );
    let stacks = read(&flame.folded());
    assert_eq!(stacks.len(), 4);
    // 0 + 1 + … + 4 and 1 + … + 5 milliseconds, four times each.
    assert!(stacks[&format!("{request};{query}")] >= 100_000_000);
    assert!(stacks[request] < 100_000_000, "{stacks:?}");
}

#[test]
fn a_panic_ends_its_scopes() {
    let flame = local_only("flame:panic*", FlameGraph::new());
    let outcome = catch_unwind(|| {
        trigger_event("flame:panic", (), || {
            trigger_event("flame:panic_inner", (), || panic!("oh"));
        });
    });
    assert!(outcome.is_err());
    trigger_event("flame:panic", (), || {});
    let stacks = read(&flame.folded());
    let names: Vec<&String> = stacks.keys().collect();
    assert_eq!(names, ["flame:panic", "flame:panic;flame:panic_inner"]);
}

#[test]
fn a_scope_under_one_that_is_not_heard_begins_a_stack() {
    let _other = local::install_recorder("flame:unheard");
    let flame = counted("flame:heard");
    trigger_event("flame:unheard", (), || {
        trigger_event("flame:heard", (), || {});
    });
    assert_eq!(flame.folded(), "flame:heard 1\n");
}

#[test]
fn ends_and_starts_alone_do_no_harm() {
    let flame = local_only("flame:alone", FlameGraph::new());
    broadcast(&Event::new("flame:alone", EventStatus::End));
    end_event("flame:alone", (), None);
    assert_eq!(flame.folded(), "");
    start_event("flame:alone", ());
    end_event("flame:alone", (), None);
    assert_eq!(read(&flame.folded()).len(), 1);
}

#[test]
fn what_is_no_scope_stands_beside_what_goes_on_in_it() {
    let flame = counted("flame:pair*");
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
fn guards_may_end_in_any_order() {
    let flame = local_only("flame:order*", FlameGraph::new());
    let first = enter_event("flame:order", ());
    let second = enter_event("flame:order_inner", ());
    drop(first);
    thread::sleep(Duration::from_millis(2));
    drop(second);
    let stacks = read(&flame.folded());
    assert!(stacks["flame:order;flame:order_inner"] >= 2_000_000);
    assert!(stacks["flame:order"] < 2_000_000, "{stacks:?}");
}

#[test]
fn scopes_that_are_open_have_their_time_so_far() {
    let flame = local_only("flame:open*", FlameGraph::new());
    let outer = open_event("flame:open", ());
    outer.handle().run(|| {
        let _inner = enter_event("flame:open_inner", ());
        thread::sleep(Duration::from_millis(5));
        let first = read(&flame.folded());
        assert!(first["flame:open;flame:open_inner"] >= 5_000_000);
        thread::sleep(Duration::from_millis(5));
        let second = read(&flame.folded());
        assert!(second["flame:open;flame:open_inner"] >= 10_000_000);
        // Once, not added to what was shown before.
        assert!(second["flame:open;flame:open_inner"] < 1_000_000_000);
        assert!(titles(&flame.svg().unwrap()).len() == 3);
    });
    outer.end();
    let last = read(&flame.folded());
    assert_eq!(last.len(), 2);
}

#[test]
fn odd_names_are_read_back_as_one_frame() {
    let names = [
        "a;b",
        "a\nb",
        "two words",
        "take 2",
        " padded ",
        "# no comment",
        "\\x3b",
        "<&\">",
        "\0\u{1b}[1m",
        "naïve λ",
        "x_[k]",
        "--",
        "1 2",
        "\u{ffff}",
    ];
    let flame = counted("flame:odd");
    let kind = Kind::new("flame:odd; 7").unwrap();
    let of_kind = local_only("flame:odd; 7", FlameGraph::new().by_count());
    for name in names {
        trigger_event("flame:odd", data! { name }, || {});
        trigger_event(kind, data! { name }, || trigger_event(kind, (), || {}));
    }
    let stacks = read(&flame.folded());
    assert_eq!(stacks.len(), names.len());
    assert!(
        stacks.keys().all(|stack| !stack.contains(';')),
        "{stacks:?}"
    );
    assert!(stacks.contains_key(r"a\x3bb [flame:odd]"));
    assert!(stacks.contains_key(r"a\nb [flame:odd]"));
    assert!(stacks.contains_key("take 2 [flame:odd]"));
    assert!(stacks.contains_key(r"\\x3b [flame:odd]"));
    assert_eq!(titles(&flame.svg().unwrap()).len(), names.len() + 1);

    let stacks = read(&of_kind.folded());
    assert_eq!(stacks.len(), 2 * names.len());
    assert!(stacks.keys().all(|stack| stack.matches(';').count() <= 1));
    assert!(stacks.contains_key(r"a\x3bb [flame:odd\x3b 7];flame:odd\x3b\x207"));
    assert_eq!(titles(&of_kind.svg().unwrap()).len(), 2 * names.len() + 1);
}

#[test]
fn a_frame_is_not_split_by_a_neighbour_whose_name_goes_on() {
    // `split`, `split [flame:split]` and `split;…` are sorted by inferno such that the second comes in between.
    let flame = local_only("split*", FlameGraph::new().by_count());
    trigger_event("split", (), || trigger_event("split:inside", (), || {}));
    trigger_event("split", data! { name = "split" }, || {});
    trigger_event("split", data! { name = "split it" }, || {});
    trigger_event("split", (), || {});
    let titles = titles(&flame.svg().unwrap());
    let whole = titles
        .iter()
        .filter(|title| title.starts_with("split ("))
        .collect::<Vec<_>>();
    assert_eq!(whole, ["split (4 calls, 80.00%)"], "{titles:?}");
}

#[test]
fn distinct_stacks_are_bounded() {
    let flame = counted("flame:bound");
    let most = 16_384;
    for n in 0..most + 1_000 {
        let name = &*format!("item {n}");
        trigger_event("flame:bound", data! { name }, || {
            trigger_event("flame:bound", data! { name = "deep" }, || {
                trigger_event("flame:bound", data! { name }, || {});
            });
        });
    }
    let stacks = read(&flame.folded());
    assert!(stacks.len() <= 2 * most, "{}", stacks.len());
    assert_eq!(stacks.values().sum::<u64>(), 3 * (most as u64 + 1_000));
    assert!(stacks["(others)"] > 1_000);
    titles(&flame.svg().unwrap());
}

#[test]
fn short_lived_threads_are_bounded_too() {
    let flame = local_only("flame:churn", FlameGraph::new().by_count().per_thread());
    let most = 16_384;
    for _ in 0..most / 2 + 1_000 {
        let work = || trigger_event("flame:churn", (), || {});
        thread::spawn(work).join().unwrap();
    }
    let stacks = read(&flame.folded());
    assert!(stacks.len() <= most, "{}", stacks.len());
    assert_eq!(stacks.values().sum::<u64>(), most as u64 / 2 + 1_000);
    assert!(stacks["(others)"] >= 999, "{}", stacks["(others)"]);
    assert_eq!(stacks["unnamed thread (2);flame:churn"], 1);
}

#[test]
fn a_long_name_is_cut() {
    let flame = counted("flame:long");
    let name = &*"long ".repeat(10_000);
    trigger_event("flame:long", data! { name }, || {});
    trigger_event("flame:long", data! { name }, || {});
    let stacks = read(&flame.folded());
    let (stack, count) = stacks.first_key_value().unwrap();
    assert_eq!(*count, 2);
    assert!(stack.contains('…'), "{stack}");
    assert!(stack.len() < 250);
}

#[test]
fn the_picture_says_what_it_is() {
    let flame = local_only("flame:picture*", FlameGraph::new().title("Parts & <whole>"));
    trigger_event("flame:picture", (), || {
        trigger_event("flame:picture_inner", (), || {
            thread::sleep(Duration::from_millis(12));
        });
    });
    let svg = flame.svg().unwrap();
    assert_eq!(text(&svg, "title"), "Parts & <whole>");
    let subtitle = text(&svg, "subtitle");
    assert!(subtitle.ends_with("ms in 2 call stacks"), "{subtitle}");
    let titles = titles(&svg);
    assert_eq!(titles.len(), 3);
    assert!(
        titles.iter().all(|title| title.contains(" µs, ")),
        "{titles:?}"
    );

    let flame = counted("flame:unnamed");
    trigger_event("flame:unnamed", (), || {});
    let svg = flame.svg().unwrap();
    assert!(
        text(&svg, "title").starts_with("flame-"),
        "the program's name"
    );
    assert_eq!(text(&svg, "subtitle"), "1 call in 1 call stack");
}

#[test]
fn nothing_is_a_picture_that_says_so() {
    for flame in [
        FlameGraph::new(),
        FlameGraph::new().compared_with("a 1").unwrap(),
    ] {
        assert_eq!(flame.folded(), "");
        let svg = flame.title("<empty>").svg().unwrap();
        assert_eq!(text(&svg, "title"), "<empty>");
        assert_eq!(
            text(&svg, "subtitle"),
            "Nothing to draw: no event was heard that took time"
        );
        assert!(titles(&svg).is_empty());
    }
}

#[test]
fn a_run_can_be_compared_with_an_earlier_one() {
    let before = "flame:differ 2\n\
                  flame:differ;flame:differ_same 4\n\
                  flame:differ;gone 10\n";
    let flame = FlameGraph::new().by_count().compared_with(before).unwrap();
    let flame = local_only("flame:differ*", flame);
    trigger_event("flame:differ", (), || {
        for _ in 0..4 {
            trigger_event("flame:differ_same", (), || {});
        }
        trigger_event("flame:differ_new", (), || {});
    });
    assert_eq!(
        flame.folded(),
        "flame:differ 1\nflame:differ;flame:differ_new 1\nflame:differ;flame:differ_same 4\n"
    );
    let svg = flame.svg().unwrap();
    let mut titles = titles(&svg);
    titles.sort();
    assert_eq!(
        titles,
        [
            "all (6 calls, 100%)",
            "flame:differ (6 calls, 100.00%; -16.67%)",
            "flame:differ_new (1 calls, 16.67%; +16.67%)",
            "flame:differ_same (4 calls, 66.67%; 0.00%)",
        ]
    );
    assert_eq!(
        text(&svg, "subtitle"),
        "6 calls in 3 call stacks, 16 calls before; red is more than before, blue is less"
    );
}

#[test]
fn a_difference_of_times_is_in_the_picture_s_unit() {
    let flame = FlameGraph::new()
        .compared_with("flame:units 10000000\ngone 5000000\n")
        .unwrap();
    let flame = local_only("flame:units", flame);
    trigger_event("flame:units", (), || {
        thread::sleep(Duration::from_millis(20));
    });
    let titles = titles(&flame.svg().unwrap());
    let title = titles
        .iter()
        .find(|title| title.starts_with("flame:units"))
        .unwrap();
    let percent = title
        .split_once("; +")
        .unwrap()
        .1
        .strip_suffix("%)")
        .unwrap();
    let percent: f64 = percent.parse().unwrap();
    assert!((50.0..100.0).contains(&percent), "{title}");
}

#[test]
fn what_is_no_folded_stack_is_named() {
    for (text, why) in [
        (
            "a 1\nb",
            "line 2 is no folded stack: there is no number at its end",
        ),
        ("a;b c", "line 1 is no folded stack: `c` is no number"),
        ("a -1", "line 1 is no folded stack: `-1` is no number"),
        (
            "a 99999999999999999999",
            "line 1 is no folded stack: `99999999999999999999` is no number",
        ),
        (
            "a\u{1b} 1",
            "line 1 is no folded stack: there is a control character in it",
        ),
        (
            "a 9999999999999999999",
            "line 1 is no folded stack: the numbers are too large",
        ),
    ] {
        let error = FlameGraph::new().compared_with(text).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
        assert_eq!(error.to_string(), why);
    }
    let other = "# a comment\n\n;;a;;b 1.5\r\n 12 7\n";
    assert!(FlameGraph::new().compared_with(other).is_ok());
}

#[test]
fn the_file_is_whole_at_a_flush_and_at_the_end() {
    let directory = Directory::new("whole");
    for name in ["out.svg", "out.SVG", "out.folded"] {
        let path = directory.file(name);
        std::fs::write(&path, "old").unwrap();
        let flame = FlameGraph::to_file(&path).unwrap().by_count();
        let flame = local_only("flame:file*", flame);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        trigger_event("flame:file", (), || {});
        flame.flush().unwrap();
        let first = std::fs::read_to_string(&path).unwrap();
        trigger_event("flame:file_late", (), || {});
        drop(flame);
        let last = std::fs::read_to_string(&path).unwrap();
        if name == "out.folded" {
            assert_eq!(first, "flame:file 1\n");
            assert_eq!(last, "flame:file 1\nflame:file_late 1\n");
        } else {
            assert_eq!(titles(&first).len(), 2);
            assert_eq!(titles(&last).len(), 3);
        }
    }
    assert_eq!(std::fs::read_dir(&directory.0).unwrap().count(), 3);
}

#[test]
fn a_missing_directory_is_told_at_once() {
    let directory = Directory::new("missing");
    let missing = FlameGraph::to_file(directory.file("no/such.svg"));
    assert_eq!(missing.unwrap_err().kind(), std::io::ErrorKind::NotFound);
    assert!(FlameGraph::to_file(&directory.0).is_err());
}

#[test]
fn options_are_checked_before_the_run() {
    let directory = Directory::new("options");
    let before = directory.file("old.folded");
    std::fs::write(&before, "a 1\nb\n").unwrap();
    let svg = directory.file("flame.svg");
    let (svg, before) = (svg.display(), before.display());
    for (options, why) in [
        (
            "by=calls".to_owned(),
            "the option `by` is `time` or `count`, not `calls`".to_owned(),
        ),
        (
            "threads=all".to_owned(),
            "the option `threads` is `merged` or `apart`, not `all`".to_owned(),
        ),
        (
            "before".to_owned(),
            "the option `before` needs a value: a file of folded stacks".to_owned(),
        ),
        (
            "wide".to_owned(),
            "unknown option `wide`; `flame` has the options `by`, `threads`, `before`".to_owned(),
        ),
        (
            format!("before={before}"),
            format!(
                "cannot compare with `{before}`: line 2 is no folded stack: there is no number at its end"
            ),
        ),
        (
            format!("before={before}.gone"),
            format!("cannot compare with `{before}.gone`: No such file or directory (os error 2)"),
        ),
    ] {
        let part = format!("flame={svg};{options}");
        let error = event_export::from_text(&part, "*").unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("`{part}` in EVENT_EXPORT: {why}")
        );
    }
    let part = format!(
        "flame={};before={before}",
        directory.file("new.folded").display()
    );
    let error = event_export::from_text(&part, "*").unwrap_err().to_string();
    assert!(error.contains("is for a picture"), "{error}");
    assert!(!directory.file("flame.svg").exists());
}

#[test]
fn the_environment_may_name_it_with_options() {
    let directory = Directory::new("env");
    let old = directory.file("old.folded");
    let run = |options: &str, file: &str| {
        let path = directory.file(file);
        let part = format!("flame={}{options}", path.display());
        let exports = event_export::from_text(&part, "flame:env").unwrap();
        trigger_event("flame:env", (), || {});
        drop(exports);
        std::fs::read_to_string(path).unwrap()
    };
    assert_eq!(
        run(";by=count;threads=merged", "old.folded"),
        "flame:env 1\n"
    );
    let name = thread::current().name().unwrap().to_owned();
    assert_eq!(
        run(";by=count;threads=apart", "apart.folded"),
        format!("{name};flame:env 1\n")
    );
    let svg = run(&format!(";by=count;before={}", old.display()), "flame.svg");
    assert!(titles(&svg).contains(&"flame:env (1 calls, 100.00%; 0.00%)".to_owned()));
    assert!(run(";by=time", "time.folded").starts_with("flame:env "));
}

/// Runs this test's program again, with `EVENT_EXPORT`, as a program that is exported; returns what it says on stderr.
fn child(export: &str, how: &str) -> (bool, String) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "acts_as_the_child", "--nocapture"])
        .env("EVENT_EXPORT", export)
        .env("EVENT_KINDS", "flame:child*")
        .env("FLAME_CHILD", how)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.success(), said)
}

#[test]
fn acts_as_the_child() {
    let Ok(how) = std::env::var("FLAME_CHILD") else {
        return;
    };
    let exports = event_export::from_env().unwrap();
    trigger_event("flame:child", (), || {
        trigger_event("flame:child_inner", (), || {});
        let _ = exports.flush();
        if how == "exit" {
            std::process::exit(0);
        }
    });
    drop(exports);
}

#[test]
#[cfg(target_os = "linux")]
fn what_cannot_be_written_is_said_once() {
    let directory = Directory::new("troubles");
    let missing = directory.file("no/such.svg");
    for (path, why) in [
        (PathBuf::from("/dev/full"), "No space left on device"),
        (missing, "No such file or directory"),
    ] {
        let (is_well, said) = child(&format!("flame={}", path.display()), "return");
        assert!(is_well, "{said}");
        let lines: Vec<&str> = said
            .lines()
            .filter(|line| line.starts_with("event-export"))
            .collect();
        assert_eq!(lines.len(), 1, "{said}");
        assert!(lines[0].contains(why), "{said}");
        assert!(lines[0].contains(&path.display().to_string()), "{said}");
    }
}

#[test]
#[cfg(unix)]
fn a_directory_that_is_gone_at_the_end_leaves_nothing() {
    let directory = Directory::new("gone");
    let inside = directory.file("inside");
    std::fs::create_dir(&inside).unwrap();
    let flame = FlameGraph::to_file(inside.join("out.svg")).unwrap();
    std::fs::remove_dir(&inside).unwrap();
    assert_eq!(
        flame.flush().unwrap_err().kind(),
        std::io::ErrorKind::NotFound
    );
    drop(flame); // says it on stderr
    assert!(!inside.exists());
}

#[test]
fn a_process_that_exits_has_its_open_scopes_in_the_file() {
    let directory = Directory::new("exit");
    for how in ["exit", "return"] {
        let path = directory.file(how);
        let (is_well, said) = child(&format!("flame={};by=time", path.display()), how);
        assert!(is_well, "{said}");
        let stacks = read(&std::fs::read_to_string(&path).unwrap());
        let names: Vec<&String> = stacks.keys().collect();
        assert_eq!(names, ["flame:child", "flame:child;flame:child_inner"]);
    }
}

#[test]
fn many_threads_lose_nothing() {
    let flame = counted("flame:many");
    let time = local_only("flame:many", FlameGraph::new());
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for n in 0..2_000 {
                    let name = ["a", "b", "c"][n % 3];
                    trigger_event("flame:many", data! { name }, || {
                        trigger_event("flame:many", (), || {});
                    });
                    if n % 500 == 0 {
                        read(&time.folded());
                        flame.svg().unwrap();
                    }
                }
            });
        }
    });
    let stacks = read(&flame.folded());
    assert_eq!(stacks.len(), 6);
    assert_eq!(stacks.values().sum::<u64>(), 8 * 2 * 2_000);
    assert_eq!(read(&time.folded()).len(), 6);
}
