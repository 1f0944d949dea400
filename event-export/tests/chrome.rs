//! The events of a Chrome trace, parsed by `serde_json`.

#![cfg(feature = "chrome")]

mod support;

use std::collections::HashMap;
use std::fmt;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;

use event_core::{
    Cause, ExcDetails, Installed, data, end_event, enter_event, install_listener, local,
    open_event, start_event, trigger_event,
};
use event_export::{ChromeTrace, Exporter};
use serde_json::{Value, json};
use support::shared_buffer::SharedBuffer;

fn trace() -> (ChromeTrace, SharedBuffer) {
    let file = SharedBuffer::default();
    (ChromeTrace::to_writer(file.clone()), file)
}

/// Returns the events of a trace, without the metadata events that name processes and threads.
fn events_in(file: &SharedBuffer) -> Vec<Value> {
    let all: Vec<Value> = serde_json::from_str(&file.text()).unwrap();
    all.into_iter().filter(|event| event["ph"] != "M").collect()
}

/// Traces `kind` on this thread while `body` runs.
fn traced(kind: &'static str, body: impl FnOnce()) -> Vec<Value> {
    let (trace, file) = trace();
    let trace = local::install_listener(kind, trace);
    body();
    drop(trace);
    events_in(&file)
}

/// Returns phase and name of each event. Checks that on each thread times do not decrease, and that
/// each `E` ends the innermost `B`.
fn phases(events: &[Value]) -> Vec<String> {
    let mut open: HashMap<u64, Vec<String>> = HashMap::new();
    let mut last = HashMap::<u64, f64>::new();
    let mut phases = Vec::new();
    for event in events {
        let tid = event["tid"].as_u64().unwrap();
        let time = event["ts"].as_f64().unwrap();
        let before = last.insert(tid, time).unwrap_or(0.0);
        assert!(before <= time, "{before} {time}");
        let name = event["name"].as_str().unwrap().to_owned();
        let phase = event["ph"].as_str().unwrap();
        phases.push(format!("{phase} {name}"));
        match phase {
            "B" => open.entry(tid).or_default().push(name),
            // speedscope requires that names match.
            "E" => assert_eq!(open.entry(tid).or_default().pop(), Some(name)),
            _ => {}
        }
    }
    assert!(open.values().all(Vec::is_empty), "{open:?}");
    phases
}

#[test]
fn a_call_has_its_name_kind_and_typed_arguments() {
    #[trigger_event("chrome:call", ret)]
    fn parse(text: &str, depth: u32, ratio: f64, strict: bool, missing: Option<u8>) -> usize {
        text.len()
            + depth as usize
            + usize::from(strict)
            + usize::from(ratio > 0.4)
            + usize::from(missing.is_some())
    }
    let events = traced("chrome:call", || {
        parse(
            "a \"quoted\"\n\u{1}\u{2028}text \\ </script>",
            3,
            0.5,
            true,
            None,
        );
    });
    let [begin, end] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(begin["ph"], "B");
    assert_eq!(begin["name"], "parse");
    assert_eq!(begin["cat"], "chrome:call");
    assert_eq!(begin["pid"], std::process::id());
    assert_eq!(
        begin["args"],
        json!({
            "text": "a \"quoted\"\n\u{1}\u{2028}text \\ </script>",
            "depth": 3, "ratio": 0.5, "strict": true, "missing": null
        })
    );
    assert_eq!(end["ph"], "E");
    assert_eq!(end["args"]["return"].as_u64(), Some(36));
    assert!(end["ts"].as_f64() >= begin["ts"].as_f64());
}

#[test]
fn the_name_is_the_function_or_else_from_the_data_or_else_the_kind() {
    #[trigger_event("chrome:names", data(name = "named"))]
    fn annotated() {}
    #[trigger_event("chrome:names", name = "renamed")]
    fn with_a_name() {}
    #[trigger_event("chrome:names")]
    fn function() {}
    let events = traced("chrome:names", || {
        annotated();
        with_a_name();
        function();
        trigger_event("chrome:names", data! { name = "closure" }, || {});
        trigger_event("chrome:names", (), || {});
    });
    let starts = events.iter().filter(|event| event["ph"] == "B");
    let names = starts.filter_map(|event| event["name"].as_str());
    assert_eq!(
        names.collect::<Vec<_>>(),
        [
            "annotated",
            "renamed",
            "function",
            "closure",
            "chrome:names"
        ]
    );
}

#[test]
fn values_without_a_json_type_are_strings() {
    let events = traced("chrome:odd", || {
        let nested = data! { inner = 1, text = "x" };
        trigger_event(
            "chrome:odd",
            data! {
                nan = f64::NAN, infinite = f64::INFINITY, large = u128::MAX, small = i128::MIN,
                largest = i64::MAX, larger = 1_u64 << 63,
                nested = event_core::Value::nested(nested), bytes = &b"\xff\0"[..], letter = 'ß'
            },
            || {},
        );
    });
    let args = &events[0]["args"];
    assert_eq!(args["nan"], "NaN");
    assert_eq!(args["infinite"], "inf");
    assert_eq!(args["large"], u128::MAX.to_string());
    assert_eq!(args["small"], i128::MIN.to_string());
    assert_eq!(args["largest"], i64::MAX);
    assert_eq!(args["larger"], (1_u64 << 63).to_string());
    assert_eq!(args["nested"], json!({ "inner": 1, "text": "x" }));
    assert_eq!(args["bytes"], json!([255, 0]));
    assert_eq!(args["letter"], "ß");
}

#[test]
fn arguments_beyond_the_limit_are_truncated() {
    let events = traced("chrome:long", || {
        let text = "x".repeat(1 << 20);
        let bytes = vec![7; 1 << 20];
        let inner = event_core::Value::nested(data! { text = text.as_str() });
        let data = data! { text = text.as_str(), bytes = bytes.as_slice(), inner = inner };
        trigger_event("chrome:long", data, || {});
    });
    let args = &events[0]["args"];
    let ends_in_ellipsis = |text: &str| text.ends_with("x…") && text.len() <= (16 << 10) + 3;
    assert!(ends_in_ellipsis(args["text"].as_str().unwrap()));
    assert!(ends_in_ellipsis(args["inner"]["text"].as_str().unwrap()));
    let bytes = args["bytes"].as_array().unwrap();
    assert_eq!((&bytes[0], bytes.last()), (&json!(7), Some(&json!("…"))));
    assert_eq!(bytes.len(), 4_097);
    assert_eq!(events.len(), 2);
}

#[test]
fn names_and_messages_beyond_the_limit_are_truncated() {
    let events = traced("chrome:long_name", || {
        let name = "ü".repeat(1 << 20);
        let _ = catch_unwind(AssertUnwindSafe(|| {
            trigger_event("chrome:long_name", data! { name = name.as_str() }, || {
                std::panic::resume_unwind(Box::new("x".repeat(1 << 20)))
            })
        }));
    });
    assert_eq!(events.len(), 3);
    assert!(serde_json::to_string(&events).unwrap().len() < 40_000);
    let name = events[0]["name"].as_str().unwrap();
    assert!(name.ends_with("ü…") && name.len() > 1_000);
    assert_eq!(events[2]["name"], name);
    assert_eq!(events[2]["cname"], "terrible");
    let message = &events[2]["args"]["failed"]["message"];
    assert!(message.as_str().unwrap().ends_with("x…"));
}

#[test]
fn threads_have_their_system_id_and_name() {
    let (trace, file) = trace();
    let trace = install_listener("chrome:threads", trace);
    let thread = thread::Builder::new().name("worker \"one\"".to_owned());
    let tid = thread.spawn(|| {
        trigger_event("chrome:threads", (), || {});
        // The link refers to `PROCESS/task/THREAD`.
        let link = std::fs::read_link("/proc/thread-self").ok()?;
        link.file_name()?.to_str()?.parse::<u64>().ok()
    });
    let tid = tid.unwrap().join().unwrap();
    drop(trace);

    let all: Vec<Value> = serde_json::from_str(&file.text()).unwrap();
    let named = |name: &str| all.iter().find(|event| event["name"] == name).unwrap();
    let begin = all.iter().find(|event| event["ph"] == "B").unwrap();
    assert_eq!(named("thread_name")["args"]["name"], "worker \"one\"");
    assert_eq!(named("thread_name")["tid"], begin["tid"]);
    assert!(
        named("process_name")["args"]["name"]
            .as_str()
            .unwrap()
            .starts_with("chrome")
    );
    if let Some(tid) = tid {
        assert_eq!(begin["tid"], tid);
    }
}

#[test]
fn calls_nest() {
    #[trigger_event("chrome:nest")]
    fn down(levels: u32) {
        if levels > 0 {
            down(levels - 1);
        }
    }
    let events = traced("chrome:nest", || down(2));
    assert_eq!(
        phases(&events),
        ["B down", "B down", "B down", "E down", "E down", "E down"]
    );
}

#[test]
fn guards_that_end_out_of_order_still_nest() {
    let events = traced("chrome:guards", || {
        let enter = |name: &'static str| enter_event("chrome:guards", data! { name });
        let outer = enter("outer");
        let middle = enter("middle");
        let inner = enter("inner");
        drop(outer);
        drop(inner);
        drop(middle);
    });
    assert_eq!(
        phases(&events),
        [
            "B outer", "B middle", "B inner", // then `outer` ends before its inner scopes
            "E inner", "E middle", "E outer", "B middle", "B inner", //
            "E inner", "E middle"
        ]
    );
}

#[test]
fn start_and_end_are_paired_and_an_end_without_a_start_is_an_instant() {
    let events = traced("chrome:pairs", || {
        start_event("chrome:pairs", data! { name = "lock" });
        end_event("chrome:pairs", data! { waited = 3 }, None);
        end_event("chrome:pairs", data! { name = "unpaired" }, None);
    });
    assert_eq!(events[1]["args"], json!({ "waited": 3 }));
    assert_eq!(phases(&events), ["B lock", "E lock", "i END unpaired"]);
}

#[test]
fn an_argument_called_name_is_not_the_name_of_a_function() {
    #[trigger_event("chrome:argument")]
    fn open(name: &str) -> usize {
        name.len()
    }
    #[trigger_event("chrome:argument")]
    async fn wait(name: &str) -> usize {
        std::future::ready(name.len()).await
    }
    let events = traced("chrome:argument", || {
        open("a.txt");
        let mut context = Context::from_waker(Waker::noop());
        assert!(pin!(wait("b.txt")).poll(&mut context).is_ready());
        trigger_event("chrome:argument", data! { name = "own" }, || {});
    });
    let names = events.iter().filter_map(|event| event["name"].as_str());
    let names: Vec<_> = names.collect();
    assert_eq!(names, ["open", "open", "wait", "wait", "own", "own"]);
    assert_eq!(events[0]["args"]["name"], "a.txt");
}

#[test]
fn a_failed_call_has_a_mark_at_its_end() {
    #[trigger_event("chrome:fails", err)]
    fn number(text: &str) -> Result<u32, std::num::ParseIntError> {
        text.parse()
    }
    let events = traced("chrome:fails", || {
        let _ = number("x");
        let _ = catch_unwind(|| trigger_event("chrome:fails", (), || panic!("oh no")));
    });
    assert_eq!(
        phases(&events),
        [
            "B number",
            "i failed: error: invalid digit found in string",
            "E number",
            "B chrome:fails",
            &format!(
                "i failed: panic: oh no (at {})",
                events[5]["args"]["failed"]["at"].as_str().unwrap()
            ),
            "E chrome:fails"
        ]
    );
    assert_eq!(
        events[2]["args"]["failed"],
        json!({
            "cause": "error", "type": "core::num::error::ParseIntError", "message": "invalid digit found in string"
        })
    );
    assert_eq!(events[5]["args"]["failed"]["cause"], "panic");
    assert!(
        events[5]["args"]["failed"]["at"]
            .as_str()
            .unwrap()
            .contains("chrome.rs:")
    );
}

#[test]
fn futures_are_async_events_with_ids() {
    async fn polled(mut times: u32) {
        std::future::poll_fn(|_| {
            times -= 1;
            if times == 0 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
    #[trigger_event("chrome:async")]
    async fn a() {
        polled(2).await;
    }
    #[trigger_event("chrome:async")]
    async fn b() {
        polled(2).await;
    }
    #[trigger_event("chrome:async")]
    async fn c() {
        polled(9).await;
    }
    let events = traced("chrome:async", || {
        let context = &mut Context::from_waker(Waker::noop());
        let mut cancelled = Box::pin(c());
        let mut first = pin!(a());
        let mut second = pin!(b());
        assert!(first.as_mut().poll(context).is_pending());
        assert!(second.as_mut().poll(context).is_pending());
        assert!(cancelled.as_mut().poll(context).is_pending());
        assert!(first.poll(context).is_ready());
        drop(cancelled);
        assert!(second.poll(context).is_ready());
    });
    let written = events.iter().map(|event| {
        let text = |key: &str| event[key].as_str().unwrap().to_owned();
        let id = event["id2"]["local"].as_str().unwrap().to_owned();
        (text("ph"), text("name"), id)
    });
    let written: Vec<_> = written.collect();
    let id = |name: &str| {
        let mut events = written.iter();
        let start = events.find(|event| event.0 == "b" && event.1 == name);
        start.unwrap().2.clone()
    };
    let cancelled = "failed: cancelled: the future was dropped before it completed";
    let expected = [
        ("b", "a", id("a")),
        ("b", "b", id("b")),
        ("b", "c", id("c")),
        ("e", "a", id("a")),
        ("n", cancelled, id("c")),
        ("e", "c", id("c")),
        ("e", "b", id("b")),
    ];
    assert_eq!(
        written,
        expected.map(|(phase, name, id)| (phase.to_owned(), name.to_owned(), id))
    );
    assert_eq!(events[5]["args"]["failed"]["cause"], "cancelled");
}

#[test]
fn an_open_event_may_end_on_another_thread_with_other_data() {
    let (trace, file) = trace();
    let trace = install_listener("chrome:open", trace);
    let request = trigger_event("chrome:open", (), || {
        open_event("chrome:open", data! { path = "/" })
    });
    thread::spawn(move || {
        let exc = ExcDetails::from_message(Cause::Error, "Status", "not found");
        request.end_with(data! { status = 404 }, Some(exc));
    })
    .join()
    .unwrap();
    drop(trace);
    let events = events_in(&file);
    let start = events.iter().find(|event| event["ph"] == "b").unwrap();
    let end = events.iter().find(|event| event["ph"] == "e").unwrap();
    assert_eq!(start["id2"]["local"], end["id2"]["local"]);
    assert_ne!(start["tid"], end["tid"]);
    assert!(start["args"]["parent"].is_string());
    assert_eq!(end["args"]["status"], 404);
    assert_eq!(end["args"]["failed"]["message"], "not found");
}

#[test]
fn flush_writes_all_events_but_does_not_close_the_array() {
    let (trace, file) = trace();
    let trace = local::install_listener("chrome:flush", trace);
    trigger_event("chrome:flush", (), || trace.flush().unwrap());
    let text = file.text();
    assert!(serde_json::from_str::<Value>(&text).is_err());
    let events: Vec<Value> = serde_json::from_str(&format!("{text}]")).unwrap();
    assert_eq!(events.last().unwrap()["ph"], "B");
}

#[test]
fn buffered_events_are_written_without_a_flush() {
    let (trace, file) = trace();
    let _trace = local::install_listener("chrome:unflushed", trace);
    let _guard = enter_event("chrome:unflushed", ());
    let begin = std::time::Instant::now();
    while !file.text().contains("chrome:unflushed") {
        assert!(begin.elapsed().as_secs() < 30, "{}", file.text());
        thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn events_of_each_thread_are_in_order() {
    #[trigger_event("chrome:eight")]
    fn call(number: u32) {
        if number % 3 == 0 {
            trigger_event("chrome:eight", data! { name = "inner" }, || {});
        }
    }
    let (trace, file) = trace();
    let trace: Arc<Installed<ChromeTrace>> = Arc::new(install_listener("chrome:eight", trace));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..3_000).for_each(call));
        }
    });
    drop(trace);
    let phases = phases(&events_in(&file));
    assert_eq!(phases.len(), 8 * 3_000 * 2 + 8 * 1_000 * 2);
    let inner = phases.iter().filter(|phase| *phase == "B inner");
    assert_eq!(inner.count(), 8_000);
}

#[test]
fn a_debug_that_panics_or_triggers_events_leaves_the_trace_intact() {
    struct Hostile {
        panics: bool,
    }
    impl fmt::Debug for Hostile {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            trigger_event("chrome:hostile", data! { name = "within" }, || {});
            assert!(!self.panics, "in Debug");
            f.write_str("text")
        }
    }
    struct ReturnsError;
    impl fmt::Debug for ReturnsError {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            Err(fmt::Error)
        }
    }
    let events = traced("chrome:hostile", || {
        trigger_event("chrome:hostile", data! { value = ?ReturnsError }, || {});
        for panics in [true, false] {
            let value = Hostile { panics };
            let call = || trigger_event("chrome:hostile", data! { value = ?value }, || {});
            let _ = catch_unwind(AssertUnwindSafe(call));
        }
    });
    let values: Vec<_> = events.iter().map(|event| &event["args"]["value"]).collect();
    assert_eq!(values.len(), 6);
    assert_eq!(values[0], "<failed to print>");
    assert_eq!(values[2], "<panicked while printing>");
    assert_eq!(values[4], "text");
}

#[test]
fn flush_returns_the_error_of_a_failed_writer() {
    struct FullDisk;
    impl Write for FullDisk {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::Error::other("no space left"))
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let trace = local::install_listener("chrome:full", ChromeTrace::to_writer(FullDisk));
    for _ in 0..10_000 {
        trigger_event("chrome:full", data! { text = "x" }, || {});
    }
    assert!(trace.flush().is_err());
    assert!(trace.flush().is_err());
}

#[test]
fn keys_of_the_trace_differ_from_those_of_the_data() {
    #[trigger_event("chrome:own_keys", err)]
    async fn load(parent: u8, failed: bool) -> Result<u8, String> {
        std::future::ready(()).await;
        if failed {
            Err("no".to_owned())
        } else {
            Ok(parent)
        }
    }
    let events = traced("chrome:own_keys", || {
        trigger_event("chrome:own_keys", (), || {
            let mut future = pin!(load(7, true));
            let mut context = Context::from_waker(Waker::noop());
            assert!(future.as_mut().poll(&mut context).is_ready());
        });
    });
    let of = |phase: &str| events.iter().find(|event| event["ph"] == phase).unwrap();
    let start = &of("b")["args"];
    assert_eq!(
        (&start["parent"], &start["failed"]),
        (&json!(7), &json!(true))
    );
    assert!(start["parent_"].is_string(), "{start}");
    let end = of("e")["args"].as_object().unwrap();
    assert!(end.contains_key("failed_") && !end.contains_key("failed"));
}
