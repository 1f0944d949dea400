//! The flight recorder: what causes a recording, and what its files contain.

#![cfg(feature = "flight")]

mod support;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use event_core::{
    Installed, add_data, data, install_listener, open_event, trigger_event, try_trigger_event,
};
use event_export::{Exporter as _, FlightRecorder};
use serde_json::Value;
use support::report_page::Page;
use support::temp_dir::TempDir;

/// The three files of a recording, parsed.
struct Recording {
    trace: Vec<Value>,
    page: Page,
    text: String,
}

fn read(base: &Path) -> Recording {
    let read = |extension: &str| {
        let path = format!("{}.{extension}", base.display());
        fs::read_to_string(path).unwrap()
    };
    Recording {
        trace: serde_json::from_str(&read("json")).unwrap(),
        page: Page::new(&read("html")),
        text: read("txt"),
    }
}

/// Returns the paths of the recordings without extensions, sorted by name.
fn recordings(directory: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(directory).unwrap();
    let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    let html = paths
        .iter()
        .filter(|path| path.extension().unwrap() == "html");
    html.map(|path| path.with_extension("")).collect()
}

/// Waits until there are recordings.
fn wait_for(directory: &Path, count: usize) -> Vec<PathBuf> {
    let start = Instant::now();
    loop {
        let found = recordings(directory);
        if found.len() >= count {
            return found;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{found:?}");
        thread::sleep(Duration::from_millis(10));
    }
}

fn install(
    kind: &'static str,
    directory: &TempDir,
    change: impl FnOnce(FlightRecorder) -> FlightRecorder,
) -> Installed<FlightRecorder> {
    let flight = FlightRecorder::to_directory(directory.path()).unwrap();
    install_listener(kind, change(flight.without_signal()))
}

fn dump(flight: &FlightRecorder) -> Recording {
    let paths = flight.dump().unwrap();
    assert_eq!(paths.len(), 3);
    assert!(paths.iter().all(|path| path.is_file()), "{paths:?}");
    read(&paths[0].with_extension(""))
}

impl Recording {
    /// Returns phase and name of the events, without metadata.
    fn phases(&self) -> Vec<String> {
        let events = self.trace.iter().filter(|event| event["ph"] != "M");
        let text = |event: &Value| {
            let name = event["name"].as_str().unwrap();
            format!("{} {name}", event["ph"].as_str().unwrap())
        };
        events.map(text).collect()
    }

    /// Returns the mark of the cause.
    fn mark(&self) -> &Value {
        let mut events = self.trace.iter();
        events
            .find(|event| event["cat"] == "flight:recording")
            .unwrap()
    }

    fn begin(&self, name: &str) -> &Value {
        let mut events = self.trace.iter();
        let is_begin =
            |event: &&Value| event["name"] == name && (event["ph"] == "B" || event["ph"] == "b");
        events.find(is_begin).unwrap()
    }
}

#[test]
fn a_recording_on_demand_has_the_last_calls() {
    let directory = TempDir::new("demand");
    let flight = install("flight:demand", &directory, |flight| flight);
    let failed = try_trigger_event("flight:demand", data! { name = "outer", id = 7 }, || {
        trigger_event("flight:demand", data! { name = "inner" }, || {});
        add_data(data! { id = 8, rows = 3 });
        Err::<(), _>("no rows")
    });
    assert!(failed.is_err());
    let recording = dump(&flight);
    let expected = [
        "B outer",
        "B inner",
        "E inner",
        "i failed: error: no rows",
        "E outer",
    ];
    let phases = recording.phases();
    assert_eq!(phases[..5], expected);
    assert_eq!(phases[5], "i flight recording: the program asked for it");
    assert_eq!(phases.len(), 6);
    // Like in a trace that was written meanwhile, the END has only what it adds.
    assert_eq!(recording.begin("outer")["args"]["id"], 7);
    let end = recording
        .trace
        .iter()
        .find(|it| it["ph"] == "E" && it["name"] == "outer");
    let end = &end.unwrap()["args"];
    assert_eq!((&end["id"], &end["rows"]), (&8.into(), &3.into()));
    assert!(end.get("name").is_none());

    let page = &recording.page;
    assert_eq!(page.len(), 2);
    assert_eq!(page.failures().len(), 1);
    let outer = page.scopes("outer")[0];
    assert_eq!(
        page.texts("arguments", outer),
        ["name", "\"outer\"", "id", "7"]
    );
    assert_eq!(page.texts("result", outer), ["id", "8", "rows", "3"]);
    assert_eq!(page.parent(page.scopes("inner")[0]), Some(outer));
    let note = page.data["notes"][0][0].as_str().unwrap();
    assert!(note.starts_with("Flight recording of the last "), "{note}");
    assert!(
        note.ends_with("because the program asked for it."),
        "{note}"
    );
    assert!(recording.text.starts_with(note), "{}", recording.text);
    assert!(
        recording.text.contains("No scope is open."),
        "{}",
        recording.text
    );
}

#[test]
fn a_slow_scope_is_recorded_with_what_followed() {
    let directory = TempDir::new("slow");
    let flight = install("flight:slow", &directory, |flight| {
        flight.slower_than(Duration::from_millis(200))
    });
    trigger_event("flight:slow", data! { name = "fast" }, || {});
    trigger_event("flight:slow", data! { name = "around" }, || {
        trigger_event("flight:slow", data! { name = "slow" }, || {
            thread::sleep(Duration::from_millis(201));
        });
    });
    let base = &wait_for(directory.path(), 1)[0];
    assert!(base.to_str().unwrap().ends_with("-1-slow"), "{base:?}");
    let recording = read(base);
    let phases = recording.phases();
    let expected = [
        "B fast", "E fast", "B around", "B slow", "E slow", "E around",
    ];
    assert_eq!(phases[..6], expected);
    let mark = recording.mark();
    let message = mark["name"].as_str().unwrap();
    assert!(
        message.starts_with("flight recording: `flight:slow` took "),
        "{message}"
    );
    assert_eq!(mark["args"]["dropped_events"], 0);
    assert_eq!(mark["args"]["other_triggers"], 1); // `around`
    // The report shows the cause in the call.
    let page = &recording.page;
    let marks = page.data["marks"].as_array().unwrap();
    let slow = page.scopes("slow")[0];
    assert_eq!(marks[0][2], slow);
    assert_eq!(marks[0][4], message);
    drop(flight);
    assert_eq!(recordings(directory.path()).len(), 1);
}

#[test]
fn a_panic_is_recorded() {
    let directory = TempDir::new("panic");
    let _flight = install("flight:panic", &directory, |flight| flight);
    for message in ["first", "second"] {
        let _ = catch_unwind(|| {
            trigger_event("flight:panic", data! { name = "outer" }, || {
                trigger_event("flight:panic", data! { name = "inner" }, || {
                    panic!("{message}")
                });
            });
        });
    }
    let _ = try_trigger_event("flight:panic", (), || Err::<(), _>("an error is no cause"));
    let base = &wait_for(directory.path(), 1)[0];
    assert!(base.to_str().unwrap().ends_with("-panic"), "{base:?}");
    let recording = read(base);
    let mark = recording.mark();
    let expected = "flight recording: `flight:panic` panicked: first";
    assert_eq!(mark["name"], expected);
    assert_eq!(mark["args"]["other_triggers"], 3);
    assert_eq!(recording.page.number("failures"), 5);
    thread::sleep(Duration::from_millis(200));
    assert_eq!(recordings(directory.path()).len(), 1); // the limit of the rate
}

#[test]
fn control_characters_of_a_panic_are_escaped_in_the_text() {
    let directory = TempDir::new("escapes");
    let _flight = install("flight:escapes", &directory, |flight| flight);
    let _ = catch_unwind(|| {
        trigger_event("flight:escapes", (), || {
            panic!("\u{1b}[2J\nx\r\u{9b}31m\u{202e}")
        });
    });
    let base = &wait_for(directory.path(), 1)[0];
    let text = read(base).text;
    let escapes = r"panicked: \u{1b}[2J\nx\r\u{9b}31m\u{202e}.";
    assert!(text.lines().next().unwrap().ends_with(escapes), "{text:?}");
    let is_escaped = |found: char| found.is_control() && found != '\n' || found == '\u{202e}';
    assert!(!text.contains(is_escaped), "{text:?}");
}

#[test]
fn a_panic_in_a_future_is_recorded_with_its_polls() {
    #[event_core::trigger_event("flight:future")]
    async fn fails(n: u32) {
        support::wait_for_a_poll().await;
        assert!(n == 0, "in a future");
    }
    let directory = TempDir::new("future");
    let _flight = install("flight:future", &directory, |flight| flight);
    let mut future = Box::pin(fails(1));
    let mut waiting = pin!(fails(0));
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    assert!(waiting.as_mut().poll(&mut context).is_pending());
    thread::sleep(Duration::from_millis(20));
    thread::Builder::new()
        .name("other".into())
        .spawn(move || {
            let mut context = Context::from_waker(Waker::noop());
            let polled = AssertUnwindSafe(|| future.as_mut().poll(&mut context));
            assert!(catch_unwind(polled).is_err());
        })
        .unwrap()
        .join()
        .unwrap();
    let recording = read(&wait_for(directory.path(), 1)[0]);
    let ends: Vec<_> = recording
        .phases()
        .into_iter()
        .filter(|it| it.starts_with('e'))
        .collect();
    assert_eq!(ends, ["e fails"]);
    let end = recording
        .trace
        .iter()
        .find(|event| event["ph"] == "e")
        .unwrap();
    assert_eq!(end["args"]["failed"]["message"], "in a future");
    assert_eq!(end["id2"], recording.begin("fails")["id2"]);
    let name = |thread: &Value| {
        let named = recording
            .trace
            .iter()
            .find(|event| event["name"] == "thread_name" && event["tid"] == *thread);
        named.map(|event| event["args"]["name"].as_str().unwrap().to_owned())
    };
    assert_eq!(name(&end["tid"]).as_deref(), Some("other"));
    assert!(
        recording.text.contains("fails (flight:future) n=0"),
        "{}",
        recording.text
    );
    assert!(recording.text.contains(", waiting"), "{}", recording.text);
    let page = &recording.page;
    assert_eq!(page.data["open"].as_array().unwrap().len(), 1);
    let (call, busy) = (
        &page.data["busy"][0][0],
        page.data["busy"][0][1].as_i64().unwrap(),
    );
    let total = page.of_scope("total", usize::try_from(call.as_u64().unwrap()).unwrap());
    assert!(0 < busy && busy + 20_000_000 <= total, "{busy} of {total}");
}

#[test]
fn open_scopes_have_no_end() {
    let directory = TempDir::new("open");
    let flight = install("flight:open", &directory, |flight| flight);
    let open = open_event("flight:open", data! { name = "connection" });
    let recording = trigger_event("flight:open", data! { name = "call" }, || dump(&flight));
    drop(open);
    assert_eq!(recording.phases()[..2], ["b connection", "B call"]);
    assert_eq!(recording.phases().len(), 3);
    let page = &recording.page;
    assert_eq!(page.data["open"].as_array().unwrap().len(), 2);
    assert!(
        recording.text.contains("Open scopes: 2\n"),
        "{}",
        recording.text
    );
}

#[test]
fn an_old_scope_starts_with_the_recording() {
    let directory = TempDir::new("old");
    let flight = install("flight:old", &directory, |flight| {
        flight.keeping(Duration::from_millis(100))
    });
    let recording = trigger_event("flight:old", data! { name = "server", port = 80 }, || {
        trigger_event("flight:old", data! { name = "gone" }, || {});
        thread::sleep(Duration::from_millis(150));
        trigger_event("flight:old", data! { name = "call" }, || {});
        dump(&flight)
    });
    assert_eq!(recording.phases()[..3], ["B server", "B call", "E call"]);
    let server = recording.begin("server");
    assert_eq!(server["args"]["port"], 80);
    let started = server["args"]["started"].as_str().unwrap();
    assert!(started.ends_with("ms before this recording"), "{started}");
    let begin = server["ts"].as_f64().unwrap();
    let mark = recording.mark()["ts"].as_f64().unwrap();
    assert!(begin < mark && mark < begin + 100_000.0, "{begin} {mark}");
    assert_eq!(recording.page.number("duration"), 100_000_000);
    assert_eq!(recording.page.start(0), 0);
}

#[test]
fn lost_events_are_reported() {
    let directory = TempDir::new("lost");
    let flight = install("flight:lost", &directory, |flight| {
        flight.with_memory_limit(64 << 10)
    });
    for n in 0..5000 {
        trigger_event("flight:lost", data! { n }, || {});
    }
    let recording = dump(&flight);
    let calls = recording.page.number("calls");
    assert!((100..1000).contains(&calls), "{calls}");
    let dropped = recording.mark()["args"]["dropped_events"].as_u64().unwrap();
    assert_eq!(dropped, 2 * (5000 - calls));
    let note = recording.page.data["notes"][1][0].as_str().unwrap();
    assert!(note.contains("The memory was too small"), "{note}");
    assert!(recording.text.contains(note), "{}", recording.text);
}

#[test]
fn messages_are_marks() {
    let directory = TempDir::new("messages");
    let flight = install("flight:messages", &directory, |flight| flight);
    trigger_event("flight:messages", data! { name = "call" }, || {
        let kind = event_core::Kind::from_static("flight:messages");
        event_core::__private::broadcast_mark(kind, data! { message = "hello", n = 3 });
    });
    let recording = dump(&flight);
    assert_eq!(recording.phases()[..3], ["B call", "i hello", "E call"]);
    assert_eq!(recording.page.len(), 1);
    assert_eq!(recording.page.data["marks"][0][4], "hello");
}

#[test]
fn only_the_newest_recordings_are_kept() {
    let directory = TempDir::new("newest");
    let flight = install("flight:newest", &directory, |flight| {
        flight.with_max_recordings(2)
    });
    let paths: Vec<PathBuf> = (0..4)
        .map(|_| flight.dump().unwrap().swap_remove(0))
        .collect();
    let exist: Vec<bool> = paths.iter().map(|path| path.exists()).collect();
    assert_eq!(exist, [false, false, true, true]);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2 * 3);
}

#[test]
fn recordings_at_the_same_time_are_all_written() {
    let directory = TempDir::new("parallel");
    let flight = install("flight:parallel", &directory, |flight| flight);
    trigger_event("flight:parallel", (), || {});
    thread::scope(|scope| {
        let dumps: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| flight.dump().unwrap()))
            .collect();
        for dump in dumps {
            let paths = dump.join().unwrap();
            assert!(paths.iter().all(|path| path.is_file()), "{paths:?}");
        }
    });
}

#[test]
fn a_missing_directory_is_created_and_recreated() {
    let directory = TempDir::new("missing");
    let inside = directory.file("a").join("b");
    let flight = FlightRecorder::to_directory(&inside)
        .unwrap()
        .without_signal();
    let flight = install_listener("flight:missing", flight);
    fs::remove_dir_all(&inside).unwrap();
    flight.flush().unwrap();
    assert_eq!(recordings(&inside).len(), 1);
}

#[test]
fn a_directory_that_cannot_be_created_is_an_error() {
    let directory = TempDir::new("file");
    let file = directory.file("file");
    fs::write(&file, "").unwrap();
    assert!(FlightRecorder::to_directory(file.join("inside")).is_err());
    // The place of the directory is taken later.
    let inside = directory.file("taken");
    let flight = FlightRecorder::to_directory(&inside)
        .unwrap()
        .without_signal();
    let flight = install_listener("flight:taken", flight);
    fs::remove_dir(&inside).unwrap();
    fs::write(&inside, "").unwrap();
    assert!(flight.dump().is_err());
    fs::remove_file(&inside).unwrap();
    flight.dump().unwrap();
}

#[test]
fn a_dropped_recorder_writes_what_was_caused_before() {
    let directory = TempDir::new("dropped");
    let flight = install("flight:dropped", &directory, |flight| {
        flight.slower_than(Duration::from_millis(1))
    });
    trigger_event("flight:dropped", (), || {
        thread::sleep(Duration::from_millis(2));
    });
    flight.finish();
    assert_eq!(recordings(directory.path()).len(), 1);
    let error = flight.dump().unwrap_err().to_string();
    assert_eq!(error, "the flight recorder has finished");
    drop(flight);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 3);
}

#[test]
fn threads_that_came_and_went_have_their_names() {
    let directory = TempDir::new("threads");
    let flight = install("flight:threads", &directory, |flight| {
        flight.with_memory_limit(64 << 10)
    });
    for n in 0..300 {
        let worker = thread::Builder::new().name(format!("worker-{n}"));
        let work = move || trigger_event("flight:threads", data! { n }, || {});
        worker.spawn(work).unwrap().join().unwrap();
    }
    let recording = dump(&flight);
    let threads = recording.page.data["threads"].as_array().unwrap();
    let names: Vec<&str> = threads
        .iter()
        .map(|thread| thread[0].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 300);
    assert!(
        (0..300).all(|n| names[n] == format!("worker-{n}")),
        "{names:?}"
    );
}

#[test]
fn a_thread_that_only_polled_was_busy() {
    #[trigger_event("flight:poller")]
    async fn wait_and_spin() {
        let mut is_first = true;
        std::future::poll_fn(|_| {
            if std::mem::replace(&mut is_first, false) {
                return Poll::Pending;
            }
            let start = Instant::now();
            while start.elapsed() < Duration::from_millis(20) {}
            Poll::Ready(())
        })
        .await;
    }
    let directory = TempDir::new("poller");
    let flight = install("flight:poller", &directory, |flight| flight);
    let mut future = Box::pin(wait_and_spin());
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    let poller = thread::Builder::new().name("poller".to_owned());
    let poll = move || {
        let mut context = Context::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut context).is_ready());
    };
    poller.spawn(poll).unwrap().join().unwrap();
    let page = dump(&flight).page;
    let threads = page.data["threads"].as_array().unwrap();
    let poller = threads.iter().find(|thread| thread[0] == "poller").unwrap();
    assert!(poller[2].as_u64().unwrap() >= 20_000_000, "{threads:?}");
    let starter = page.thread(0)[2].as_u64().unwrap();
    assert!(starter < 20_000_000, "{threads:?}");
}
