//! Flame graphs: the folded stacks of known calls, and the SVG, read back by others.
#![cfg(feature = "flame")]

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;

use event_core::{
    Event, Listener, current_event, data, enter_event, install_listener, local, open_event,
    trigger_event,
};
use event_export::{Exporter, FlameGraph};
use inferno::flamegraph;
use quick_xml::events::Event as Xml;
use quick_xml::reader::Reader;

/// The folded stacks of the calls of `kind` that `body` does on this thread, by count.
fn counted(kind: &'static str, body: impl FnOnce()) -> String {
    let flame = local::install_listener(kind, FlameGraph::new().by_count());
    body();
    flame.folded()
}

fn path(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("flame-{}-{name}", std::process::id()));
    let _ = fs::remove_file(&path);
    path
}

/// What an SVG shows.
#[derive(Default)]
struct Picture {
    text: String,
    /// What each frame says under the pointer, and its colour.
    frames: Vec<(String, String)>,
}

impl Picture {
    /// Reads `svg`, which must be well-formed.
    fn new(svg: &str) -> Self {
        let mut picture = Self::default();
        let mut reader = Reader::from_str(svg);
        let mut open: Vec<String> = Vec::new();
        loop {
            let event = reader.read_event().unwrap();
            if let Xml::Start(tag) | Xml::Empty(tag) = &event {
                for attribute in tag.attributes() {
                    let attribute = attribute.unwrap();
                    let value = std::str::from_utf8(&attribute.value).unwrap().to_owned();
                    match (tag.name().as_ref(), attribute.key.as_ref()) {
                        (b"rect", b"fill") if open.last().is_some_and(|tag| tag == "g") => {
                            picture.frames.last_mut().unwrap().1 = value;
                        }
                        _ => {}
                    }
                }
            }
            match event {
                Xml::Start(tag) => {
                    let name = String::from_utf8(tag.name().as_ref().to_owned()).unwrap();
                    if name == "title" {
                        picture.frames.push(<(String, String)>::default());
                    }
                    open.push(name);
                }
                Xml::End(_) => drop(open.pop().unwrap()),
                Xml::Text(text) => picture.add(&open, std::str::from_utf8(&text).unwrap()),
                Xml::GeneralRef(of) => {
                    let name = std::str::from_utf8(&of).unwrap();
                    let named = quick_xml::escape::resolve_predefined_entity(name);
                    let number = of.resolve_char_ref().unwrap().map(String::from);
                    picture.add(&open, &number.unwrap_or_else(|| named.unwrap().to_owned()));
                }
                Xml::Eof => break,
                _ => {}
            }
        }
        assert!(open.is_empty(), "{open:?}");
        assert!(svg.chars().all(is_xml), "{svg}");
        picture
    }

    fn add(&mut self, open: &[String], text: &str) {
        match open.last().map(String::as_str) {
            Some("title") => self.frames.last_mut().unwrap().0.push_str(text),
            Some("text") => self.text.push_str(text),
            _ => {}
        }
    }

    /// The frame whose text starts with `name`, and its red, green and blue.
    fn frame(&self, name: &str) -> (&str, [u8; 3]) {
        let frame = self.frames.iter().find(|(text, _)| text.starts_with(name));
        let Some((text, colour)) = frame else {
            panic!("no `{name}` in {:?}", self.frames);
        };
        let numbers = colour.strip_prefix("rgb(").unwrap();
        let numbers = numbers.strip_suffix(')').unwrap().split(',');
        let colour: Vec<u8> = numbers.map(|number| number.parse().unwrap()).collect();
        (text, colour.try_into().unwrap())
    }
}

/// Whether XML 1.0 may have it at all.
fn is_xml(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[test]
fn calls_stand_on_what_called_them() {
    #[trigger_event("flame:nest")]
    fn outer() {
        middle();
        inner();
        middle();
    }
    #[trigger_event("flame:nest")]
    fn middle() {
        inner();
        inner();
    }
    #[trigger_event("flame:nest")]
    fn inner() {}
    let folded = counted("flame:nest", || {
        outer();
        inner();
        outer();
    });
    assert_eq!(
        folded,
        "\
inner [flame:nest] 1
outer [flame:nest] 2
outer [flame:nest];inner [flame:nest] 2
outer [flame:nest];middle [flame:nest] 4
outer [flame:nest];middle [flame:nest];inner [flame:nest] 8
"
    );
}

#[test]
fn recursion_is_a_tower() {
    #[trigger_event("flame:recursion")]
    fn fibonacci(n: u32) -> u32 {
        if n < 2 {
            n
        } else {
            fibonacci(n - 1) + fibonacci(n - 2)
        }
    }
    let folded = counted("flame:recursion", || {
        fibonacci(4);
    });
    let frame = "fibonacci [flame:recursion]";
    let tower = |height: usize, calls: u32| format!("{} {calls}\n", vec![frame; height].join(";"));
    let expected = [tower(1, 1), tower(2, 2), tower(3, 4), tower(4, 2)];
    assert_eq!(folded, expected.concat());
}

#[test]
fn after_a_panic_calls_stand_where_they_should() {
    let call = |name: &'static str, body: fn()| {
        trigger_event("flame:panic", data! { name }, body);
    };
    let folded = counted("flame:panic", || {
        let falls = || panic!("oh no");
        trigger_event("flame:panic", data! { name = "outer" }, || {
            assert!(catch_unwind(|| call("falls", falls)).is_err());
            call("after", || {});
        });
        call("beside", || {});
    });
    assert_eq!(
        folded,
        "\
beside [flame:panic] 1
outer [flame:panic] 1
outer [flame:panic];after [flame:panic] 1
outer [flame:panic];falls [flame:panic] 1
"
    );
}

#[test]
fn futures_that_take_turns_keep_their_own_callees() {
    async fn take_turns() {
        let mut polls = 0;
        std::future::poll_fn(|_| {
            polls += 1;
            trigger_event("flame:futures", data! { name = "polled" }, || {});
            if polls > 2 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
    #[trigger_event("flame:futures")]
    async fn left() {
        take_turns().await;
    }
    #[trigger_event("flame:futures")]
    async fn right() {
        left().await;
        take_turns().await;
    }
    let folded = counted("flame:futures", || {
        let context = &mut Context::from_waker(Waker::noop());
        let (mut a, mut b) = (pin!(left()), pin!(right()));
        let mut done = [false; 2];
        while done != [true; 2] {
            done[0] = done[0] || a.as_mut().poll(context).is_ready();
            done[1] = done[1] || b.as_mut().poll(context).is_ready();
        }
    });
    assert_eq!(
        folded,
        "\
left [flame:futures] 1
left [flame:futures];polled [flame:futures] 3
right [flame:futures] 1
right [flame:futures];left [flame:futures] 1
right [flame:futures];left [flame:futures];polled [flame:futures] 3
right [flame:futures];polled [flame:futures] 3
"
    );
}

#[test]
fn threads_under_a_handle_stand_on_the_call_that_started_them() {
    #[trigger_event("flame:handle")]
    fn work(items: u32) {
        for _ in 0..items {
            trigger_event("flame:handle", data! { name = "item" }, || {});
        }
    }
    #[trigger_event("flame:handle")]
    fn start() {
        let here = current_event();
        thread::scope(|scope| {
            for items in [3, 4] {
                scope.spawn(move || here.run(|| work(items)));
            }
            scope.spawn(|| work(1)); // who started it is not said
        });
    }
    let flame = install_listener("flame:handle", FlameGraph::new().by_count());
    start();
    assert_eq!(
        flame.folded(),
        "\
start [flame:handle] 1
start [flame:handle];work [flame:handle] 2
start [flame:handle];work [flame:handle];item [flame:handle] 7
work [flame:handle] 1
work [flame:handle];item [flame:handle] 1
"
    );
}

#[test]
fn threads_apart_are_told_apart_though_their_names_are_the_same() {
    let flame = FlameGraph::new().by_count().per_thread();
    let flame = install_listener("flame:threads", flame);
    for (name, calls) in [("twin", 1), ("twin", 2), ("other 7", 3), ("", 4)] {
        let calls = move || (0..calls).for_each(|_| trigger_event("flame:threads", (), || {}));
        let thread = thread::Builder::new().name(name.to_owned());
        thread.spawn(calls).unwrap().join().unwrap();
    }
    let folded = flame.folded();
    let lines: Vec<_> = folded.lines().collect();
    let [other, unnamed, second, first] = lines.as_slice() else {
        panic!("{folded}");
    };
    assert_eq!(*other, "other 7;flame:threads 3");
    assert_eq!(*first, "twin;flame:threads 1");
    for (line, before, after) in [
        (unnamed, "thread ", ";flame:threads 4"),
        (second, "twin (", ");flame:threads 2"),
    ] {
        let number = line
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after));
        assert!(
            number.is_some_and(|number| number.parse::<u64>().is_ok()),
            "{folded}"
        );
    }
    let picture = Picture::new(&flame.svg().unwrap());
    let twins = picture.frames.iter();
    let twins = twins.filter(|(text, _)| text.starts_with("twin"));
    assert_eq!(twins.count(), 2);
}

#[test]
fn the_times_of_all_stacks_are_that_of_the_outermost_calls() {
    /// Adds up the time of what has no parent.
    #[derive(Default)]
    struct Outermost(AtomicU64);
    impl Listener for Outermost {
        fn on_start(&self, event: &Event<'_>) {
            if event.parent().is_none() {
                self.0.fetch_sub(event.nanos(), Ordering::Relaxed);
            }
        }

        fn on_end(&self, event: &Event<'_>) {
            if event.parent().is_none() {
                self.0.fetch_add(event.nanos(), Ordering::Relaxed);
            }
        }
    }
    #[trigger_event("flame:time")]
    fn tree(levels: u32) {
        for _ in 0..levels {
            tree(levels - 1);
        }
    }
    let total = Arc::new(Outermost::default());
    let _total = local::install_shared("flame:time", Arc::clone(&total));
    let flame = local::install_listener("flame:time", FlameGraph::new());
    tree(5);
    tree(3);
    let folded = flame.folded();
    let times = folded.lines().map(|line| {
        let (_, nanos) = line.rsplit_once(' ').unwrap();
        nanos.parse::<u64>().unwrap()
    });
    assert_eq!(times.sum::<u64>(), total.0.load(Ordering::Relaxed));
}

#[test]
fn what_is_not_covered_by_calls_is_a_functions_own_time() {
    let flame = local::install_listener("flame:own", FlameGraph::new());
    let rest = || thread::sleep(std::time::Duration::from_millis(20));
    let busy = enter_event("flame:own", data! { name = "busy" });
    trigger_event("flame:own", data! { name = "rests" }, rest);
    drop(busy);
    let folded = flame.folded();
    let time = |stack: &str| {
        let mut times = folded.lines().filter_map(|line| line.strip_prefix(stack));
        times.next().unwrap().trim().parse::<u64>().unwrap()
    };
    assert!(time("busy [flame:own];rests [flame:own] ") >= 20_000_000);
    assert!(time("busy [flame:own] ") < 20_000_000, "{folded}");
}

#[test]
fn odd_names_are_one_frame_each_and_others_can_read_them() {
    let names = [
        ("two;parts", "two:parts [flame:odd]"),
        ("two\nlines\r\n", "two lines   [flame:odd]"),
        ("trailing 12 34", "trailing 12 34 [flame:odd]"),
        ("\n begins late", "begins late [flame:odd]"),
        ("<b>&\"'</b>", "<b>&\"'</b> [flame:odd]"),
        ("]]>\u{1}\u{ffff}", "]]>   [flame:odd]"),
        ("Größe_🔥", "Größe_🔥 [flame:odd]"),
        (" ", "[flame:odd]"),
    ];
    let flame = local::install_listener("flame:odd", FlameGraph::new().by_count());
    for (name, _) in names {
        trigger_event("flame:odd", data! { name }, || {
            trigger_event("flame:odd", data! { name = "inner;1" }, || {});
        });
    }
    let folded = flame.folded();
    assert_eq!(folded.lines().count(), 2 * names.len());
    let mut read = Vec::new();
    let mut options = flamegraph::Options::default();
    flamegraph::from_lines(&mut options, folded.lines(), &mut read).unwrap();
    let read = Picture::new(&String::from_utf8(read).unwrap());
    let own = Picture::new(&flame.svg().unwrap());
    for (_, frame) in names {
        assert!(folded.contains(&format!("{frame} 1\n")), "{folded}");
        let inner = format!("{frame};inner:1 [flame:odd] 1\n");
        assert!(folded.contains(&inner), "{folded}");
        read.frame(&format!("{frame} (2 samples, 12.50%)"));
        own.frame(&format!("{frame} (2 calls, 12.50%)"));
    }
}

#[test]
fn a_kind_that_ends_in_a_number_is_no_count() {
    let flame = local::install_listener("flame:kind 12", FlameGraph::new().by_count());
    trigger_event("flame:kind 12", (), || {});
    assert_eq!(flame.folded(), "[flame:kind 12] 1\n");
    Picture::new(&flame.svg().unwrap()).frame("[flame:kind 12] (1 calls, 100.00%)");
}

#[test]
fn the_picture_is_xml_and_has_all_names_and_the_title() {
    #[trigger_event("flame:picture")]
    fn outer() {
        inner();
    }
    #[trigger_event("flame:picture")]
    fn inner() {}
    let flame = FlameGraph::new().by_count().title("<a> & \"b\"\u{1}");
    let flame = local::install_listener("flame:picture", flame);
    outer();
    outer();
    let svg = flame.svg().unwrap();
    let picture = Picture::new(&svg);
    assert_eq!(
        picture.frame("outer").0,
        "outer [flame:picture] (4 calls, 100.00%)"
    );
    assert_eq!(
        picture.frame("inner").0,
        "inner [flame:picture] (2 calls, 50.00%)"
    );
    assert!(
        picture.text.contains("<a> & \"b\" ") && picture.text.contains("Number of calls"),
        "{}",
        picture.text
    );
    assert_eq!(svg, flame.svg().unwrap()); // nothing in it is by chance
}

#[test]
fn a_run_without_events_says_so() {
    for title in ["quiet", "]]> <quiet> & \u{0}"] {
        let flame = FlameGraph::new().title(title);
        assert_eq!(flame.folded(), "");
        let picture = Picture::new(&flame.svg().unwrap());
        assert!(picture.text.contains("quiet"), "{}", picture.text);
        assert!(picture.text.contains("No events were heard."));
    }
}

#[test]
fn what_takes_more_than_before_is_red_and_says_by_how_much() {
    fn calls(more: u32, less: u32) {
        for (name, count) in [("more", more), ("less", less), ("same", 10)] {
            (0..count).for_each(|_| trigger_event("flame:compared", data! { name }, || {}));
        }
    }
    let before = counted("flame:compared", || calls(10, 20));
    let flame = FlameGraph::new().by_count().compared_with(before);
    let flame = local::install_listener("flame:compared", flame);
    calls(20, 10);
    let picture = Picture::new(&flame.svg().unwrap());
    let (text, [red, green, blue]) = picture.frame("more");
    assert!(text.ends_with("+25.00%)"), "{text}");
    assert!(
        red == 255 && green < 200 && blue < 200,
        "{red} {green} {blue}"
    );
    let (text, [red, green, blue]) = picture.frame("less");
    assert!(text.ends_with("-25.00%)"), "{text}");
    assert!(
        blue == 255 && green < 230 && red < 230,
        "{red} {green} {blue}"
    );
    let (_, same) = picture.frame("same");
    assert!(same[0] == same[2], "{same:?}");

    let slow = FlameGraph::new().compared_with("flame:slower 1000\n");
    let slow = local::install_listener("flame:slower", slow);
    trigger_event("flame:slower", (), || {
        thread::sleep(std::time::Duration::from_millis(5));
    });
    let picture = Picture::new(&slow.svg().unwrap());
    let (text, [red, green, blue]) = picture.frame("flame:slower");
    assert!(text.contains("; +"), "{text}");
    assert!(red == 255 && green <= 100 && blue <= 100);
    assert!(
        picture.text.contains("red: more than before"),
        "{}",
        picture.text
    );
}

#[test]
fn ten_thousand_levels_are_a_thousand_and_every_call_counts() {
    #[trigger_event("flame:deep")]
    fn down(levels: u32) {
        if levels > 1 {
            down(levels - 1);
        }
    }
    let (folded, svg) = thread::Builder::new()
        .stack_size(1 << 29)
        .spawn(|| {
            let flame = local::install_listener("flame:deep", FlameGraph::new().by_count());
            down(10_000);
            (flame.folded(), flame.svg().unwrap())
        })
        .unwrap()
        .join()
        .unwrap();
    let levels = folded.lines().map(|line| line.split(';').count());
    assert_eq!(levels.max(), Some(1_000));
    let calls = folded.lines().map(|line| {
        let (_, calls) = line.rsplit_once(' ').unwrap();
        calls.parse::<u32>().unwrap()
    });
    assert_eq!(calls.sum::<u32>(), 10_000);
    Picture::new(&svg).frame("down [flame:deep] (10,000 calls, 100.00%)");
}

#[test]
fn what_is_open_counts_at_a_flush() {
    let path = path("open.folded");
    let flame = local::install_listener("flame:open", FlameGraph::to_file(&path).by_count());
    let _guard = enter_event("flame:open", data! { name = "guard" });
    let request = open_event("flame:open", ());
    flame.flush().unwrap();
    let now = "guard [flame:open] 1\nguard [flame:open];flame:open 1\n";
    assert_eq!(fs::read_to_string(&path).unwrap(), now);
    request.end();
    flame.flush().unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), now);
    fs::remove_file(&path).unwrap();

    let timed = local::install_listener("flame:open_time", FlameGraph::new());
    let _guard = enter_event("flame:open_time", ());
    thread::sleep(std::time::Duration::from_millis(5));
    let folded = timed.folded();
    let nanos = folded.trim().strip_prefix("flame:open_time ").unwrap();
    assert!(nanos.parse::<u64>().unwrap() >= 5_000_000, "{folded}");
}

#[test]
fn the_files_name_says_what_is_written_into_it() {
    for (name, is_svg) in [
        ("names.svg", true),
        ("names.SVG", true),
        ("names.folded", false),
    ] {
        let path = path(name);
        fs::write(&path, "old").unwrap();
        let flame = local::install_listener("flame:files", FlameGraph::to_file(&path).by_count());
        trigger_event("flame:files", (), || {});
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        drop(flame);
        let text = fs::read_to_string(&path).unwrap();
        if is_svg {
            Picture::new(&text).frame("flame:files (1 calls, 100.00%)");
        } else {
            assert_eq!(text, "flame:files 1\n");
        }
        fs::remove_file(path).unwrap();
    }
}

const CHILD: &str = "EVENT_EXPORT_TEST_CHILD";

/// What this test's program says on stderr when it draws `path`; the program must go on to its end.
#[cfg(unix)]
fn said_by_child(test: &str, path: &Path, sh: &str) -> String {
    let output = Command::new("sh")
        .args(["-c", &format!("{sh} exec \"$0\" \"$@\"")])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(CHILD, path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(stdout.contains("went on"), "{stdout}");
    String::from_utf8(output.stderr).unwrap()
}

/// What a child does: draws, by itself or as the environment would have it, and goes on.
#[cfg(unix)]
fn is_child() -> bool {
    let Some(path) = std::env::var_os(CHILD) else {
        return false;
    };
    let path = path.into_string().unwrap();
    let flame = install_listener("flame:child", FlameGraph::to_file(&path));
    trigger_event("flame:child", (), || {});
    for _ in 0..3 {
        assert!(flame.flush().is_err());
    }
    drop(flame);
    println!("went on");
    true
}

#[cfg(unix)]
#[test]
fn what_cannot_be_written_is_said_once_and_the_program_goes_on() {
    if is_child() {
        return;
    }
    for (file, why) in [
        ("/dev/full", "No space left on device"),
        ("/no/such/directory/flame.svg", "No such file or directory"),
    ] {
        let said = said_by_child(
            "what_cannot_be_written_is_said_once_and_the_program_goes_on",
            Path::new(file),
            "",
        );
        assert_eq!(said.lines().count(), 1, "{said}");
        let begin = format!("event-export: cannot write the flame graph to `{file}`: {why}");
        assert!(said.starts_with(&begin), "{said}");
    }
}

#[cfg(unix)]
#[test]
fn an_old_file_stays_where_the_new_one_cannot_be_written() {
    if is_child() {
        return;
    }
    let directory = path("old");
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir(&directory).unwrap();
    let path = directory.join("flame.svg");
    fs::write(&path, "old").unwrap();
    let said = said_by_child(
        "an_old_file_stays_where_the_new_one_cannot_be_written",
        &path,
        "trap '' XFSZ; ulimit -f 0;", // no file may grow
    );
    assert!(said.contains("File too large"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
    fs::remove_dir_all(directory).unwrap();
}
