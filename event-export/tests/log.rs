//! `LogRecords`: each END is a record of the `log` crate, received by a logger of this test.

#![cfg(feature = "log")]

mod support;

use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use event_core::{
    Event, EventStatus, Listener, broadcast, data, end_event, install_listener, local, start_event,
    trigger_event,
};
use event_export::{Exporter, LogRecords};
use log::kv::{self, Key, VisitSource};
use log::{Level, LevelFilter, Log, Metadata, Record};
use support::hostile::PanicsInDebug;

#[derive(Clone, Debug)]
struct LoggedRecord {
    level: Level,
    target: String,
    message: String,
    module: Option<String>,
    file: Option<String>,
    line: Option<u32>,
    pairs: BTreeMap<String, serde_json::Value>,
}

#[derive(Default)]
struct TestLogger {
    records: Mutex<Vec<LoggedRecord>>,
    flushed: Mutex<u32>,
}

impl Log for TestLogger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        !metadata.target().starts_with("log:filtered")
    }

    fn log(&self, record: &Record<'_>) {
        let mut pairs = Pairs::default();
        record.key_values().visit(&mut pairs).unwrap();
        let logged = LoggedRecord {
            level: record.level(),
            target: record.target().to_owned(),
            message: record.args().to_string(),
            module: record.module_path().map(str::to_owned),
            file: record.file().map(str::to_owned),
            line: record.line(),
            pairs: pairs.0,
        };
        lock(&self.records).push(logged);
    }

    fn flush(&self) {
        *lock(&self.flushed) += 1;
    }
}

#[derive(Default)]
struct Pairs(BTreeMap<String, serde_json::Value>);

impl<'kvs> VisitSource<'kvs> for Pairs {
    fn visit_pair(&mut self, key: Key<'kvs>, value: kv::Value<'kvs>) -> Result<(), kv::Error> {
        let typed = if let Some(value) = value.to_i64() {
            value.into()
        } else if let Some(value) = value.to_u64() {
            value.into()
        } else if let Some(value) = value.to_bool() {
            value.into()
        } else if let Some(value) = value.to_f64() {
            value.into()
        } else if let Some(text) = value.to_borrowed_str() {
            text.into()
        } else {
            format!("formatted: {value}").into()
        };
        self.0.insert(key.to_string(), typed);
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the logger of this process, and installs it at the first call.
fn logger() -> &'static TestLogger {
    static LOGGER: OnceLock<&'static TestLogger> = OnceLock::new();
    LOGGER.get_or_init(|| {
        let logger = Box::leak(Box::<TestLogger>::default());
        log::set_logger(logger).unwrap();
        log::set_max_level(LevelFilter::Debug);
        logger
    })
}

/// Returns the records of one target.
fn records(target: &str) -> Vec<LoggedRecord> {
    let records = lock(&logger().records);
    let of_target = records.iter().filter(|record| record.target == target);
    of_target.cloned().collect()
}

/// Returns the message with `…` instead of its duration. Panics if there is no duration.
fn without_duration(message: &str) -> String {
    let (before, after) = message.split_once(" in ").expect("a duration");
    let mut words = after.splitn(3, ' ');
    words.next().unwrap().parse::<f64>().expect("a number");
    assert!(["ns", "µs", "ms", "s"].contains(&words.next().unwrap().trim_end_matches(':')));
    match words.next() {
        Some(rest) => format!("{before} in … {rest}"),
        None => format!("{before} in …"),
    }
}

#[event_core::trigger_event("log:parse", ret, err)]
fn parse(text: &str, radix: u32) -> Result<u32, std::num::ParseIntError> {
    u32::from_str_radix(text, radix)
}

#[test]
fn an_end_is_a_record_with_place_arguments_and_result() {
    logger();
    let _log = local::install_listener("log:parse", LogRecords::new());
    let _ = parse("2a", 16);
    let _ = parse("oops", 10);
    let records = records("log:parse");
    assert_eq!(records.len(), 2);
    assert_eq!(records[0].level, Level::Info);
    assert_eq!(
        without_duration(&records[0].message),
        r#"parse ok in … text="2a" radix=16 return=42"#
    );
    assert_eq!(records[0].module.as_deref(), Some("log"));
    assert!(
        records[0]
            .file
            .as_deref()
            .unwrap()
            .ends_with("tests/log.rs")
    );
    assert!(records[0].line.is_some());
    assert_eq!(records[0].pairs["text"], "2a");
    assert_eq!(records[0].pairs["radix"], 16);
    assert_eq!(records[0].pairs["return"], 42);
    assert!(records[0].pairs["duration_ns"].as_i64().unwrap() > 0);
    assert!(!records[0].pairs.contains_key("error"));

    assert_eq!(records[1].level, Level::Error);
    let message = without_duration(&records[1].message);
    assert!(
        message.starts_with(r#"parse failed in … text="oops" radix=10"#)
            && message.ends_with(": error: invalid digit found in string"),
        "{message}"
    );
    assert_eq!(records[1].pairs["error"], "invalid digit found in string");
}

#[test]
fn a_method_is_logged_with_its_type() {
    struct Parser;
    #[trigger_event("log:methods")]
    impl Parser {
        fn token(&self) {
            let _ = self;
        }
    }

    logger();
    let _log = local::install_listener("log:methods", LogRecords::new());
    Parser.token();
    let message = without_duration(&records("log:methods")[0].message);
    assert_eq!(message, "Parser::token ok in …");
}

#[test]
fn values_keep_their_types() {
    #[derive(Debug)]
    struct Point {
        x: i32,
    }

    logger();
    let _log = local::install_listener("log:typed", LogRecords::new());
    let point = Point { x: 1 };
    let data = data! {
        b = true, f = 0.5, c = 'x', big = u64::MAX, point = ?point, of = %point.x,
        none = Option::<u32>::None
    };
    trigger_event("log:typed", data, || {});
    let pairs = &records("log:typed")[0].pairs;
    assert_eq!(pairs["b"], true);
    assert_eq!(pairs["f"], 0.5);
    assert_eq!(pairs["point"], "formatted: Point { x: 1 }");
    assert_eq!(pairs["of"], "1");
    assert_eq!(pairs["c"], "formatted: x");
    assert_eq!(pairs["none"], "formatted: None");
    assert_eq!(pairs["big"], u64::MAX);
}

#[test]
fn a_panic_is_an_error_with_its_location() {
    logger();
    let _log = local::install_listener("log:panics", LogRecords::new());
    let outcome = catch_unwind(|| trigger_event("log:panics", (), || panic!("no luck")));
    assert!(outcome.is_err());
    let record = &records("log:panics")[0];
    assert_eq!(record.level, Level::Error);
    assert!(record.message.starts_with("log:panics failed in "));
    assert!(record.message.contains(": panic: no luck (at "));
    assert!(record.message.contains("tests/log.rs:"));
}

#[tokio::test]
async fn a_cancelled_future_is_a_warning() {
    #[event_core::trigger_event("log:cancelled")]
    async fn waits(_id: u32) {
        std::thread::sleep(Duration::from_millis(5)); // the timeout began before the START
        std::future::pending::<()>().await;
    }

    logger();
    let _log = local::install_listener("log:cancelled", LogRecords::new());
    let short = Duration::from_millis(1);
    assert!(tokio::time::timeout(short, waits(1)).await.is_err());
    let record = &records("log:cancelled")[0];
    assert_eq!(record.level, Level::Warn);
    assert_eq!(
        without_duration(&record.message),
        "waits cancelled in … _id=1"
    );
    assert!(record.pairs["duration_ns"].as_i64().unwrap() >= 5_000_000);
}

#[test]
fn both_levels_can_be_set() {
    logger();
    let log = LogRecords::new()
        .level(Level::Debug)
        .failed_level(Level::Warn);
    let _log = local::install_listener("log:levels", log);
    trigger_event("log:levels", (), || {});
    let _ = catch_unwind(|| trigger_event("log:levels", (), || panic!()));
    let levels: Vec<Level> = records("log:levels")
        .iter()
        .map(|record| record.level)
        .collect();
    assert_eq!(levels, [Level::Debug, Level::Warn]);
}

#[test]
fn a_record_that_the_logger_ignores_is_not_formatted() {
    logger();
    let _below = local::install_listener("log:below", LogRecords::new().level(Level::Trace));
    let _filtered = local::install_listener("log:filtered", LogRecords::new());
    let before = event_core::listener_panics();
    trigger_event("log:below", data! { x = ?PanicsInDebug }, || {});
    trigger_event("log:filtered", data! { x = ?PanicsInDebug }, || {});
    assert!(records("log:below").is_empty());
    assert!(records("log:filtered").is_empty());
    assert_eq!(event_core::listener_panics(), before);
}

#[test]
fn a_panic_in_debug_is_a_note_in_the_message() {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a reference would be formatted later"
    )]
    #[event_core::trigger_event("log:hostile")]
    fn hostile(value: PanicsInDebug) {
        let _ = value;
    }

    logger();
    let _log = local::install_listener("log:hostile", LogRecords::new());
    hostile(PanicsInDebug);
    let record = &records("log:hostile")[0];
    assert!(
        record.message.contains("<panicked while printing>"),
        "{record:?}"
    );
}

#[test]
fn an_end_without_a_start_has_no_duration() {
    logger();
    let _log = local::install_listener("log:unpaired", LogRecords::new());
    broadcast(&Event::new("log:unpaired", EventStatus::End));
    assert_eq!(records("log:unpaired")[0].message, "log:unpaired ok");

    start_event("log:unpaired", ());
    end_event("log:unpaired", data! { n = 1 }, None);
    assert_eq!(
        without_duration(&records("log:unpaired")[1].message),
        "log:unpaired ok in … n=1"
    );
}

/// Waits for its lock when it is formatted.
struct Locked(Mutex<u32>);

impl std::fmt::Debug for Locked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Locked({})", lock(&self.0))
    }
}

#[test]
fn a_function_that_returns_the_guard_of_an_arguments_lock_is_logged() {
    #[trigger_event("log:guard")]
    fn acquire(locked: &Locked) -> MutexGuard<'_, u32> {
        let mut guard = lock(&locked.0);
        *guard += 1;
        guard
    }

    logger();
    let (done, is_done) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let _log = local::install_listener("log:guard", LogRecords::new());
        let locked = Locked(Mutex::new(7));
        let number = *acquire(&locked);
        done.send(number).unwrap();
    });
    let number = is_done.recv_timeout(Duration::from_secs(20));
    assert_eq!(number.expect("the record must not wait for the lock"), 8);
    let [record] = &records("log:guard")[..] else {
        panic!("one record");
    };
    assert_eq!(
        without_duration(&record.message),
        "acquire ok in … locked=Locked(7)"
    );
    assert_eq!(record.pairs["locked"], "formatted: Locked(7)");
}

#[test]
fn returned_values_and_data_of_the_end_are_logged_after_those_of_the_start() {
    #[trigger_event("log:returned", ret)]
    fn push(list: &Mutex<Vec<u32>>) -> usize {
        lock(list).push(1);
        lock(list).len()
    }

    logger();
    let _log = local::install_listener("log:returned*", LogRecords::new());
    push(&Mutex::new(Vec::new()));
    event_core::open_event("log:returned_open", data! { state = "queued", n = 1 })
        .end_with(data! { state = "done", more = 2 }, None);
    let message = |target: &str| without_duration(&records(target)[0].message);
    assert_eq!(
        message("log:returned"),
        "push ok in … list=Mutex { data: [], poisoned: false, .. } return=1"
    );
    let opened = message("log:returned_open");
    assert!(opened.ends_with(r#"state="done" n=1 more=2"#), "{opened}");
}

#[test]
fn flush_flushes_the_logger() {
    let before = *lock(&logger().flushed);
    LogRecords::new().flush().unwrap();
    assert!(*lock(&logger().flushed) > before);
}

#[test]
fn the_level_in_the_environment_is_applied() {
    logger();
    {
        let _exports = event_export::from_text("log;level=debug", "log:env").unwrap();
        trigger_event("log:env", (), || {});
    }
    assert_eq!(records("log:env")[0].level, Level::Debug);
    let error = event_export::from_text("log;level=loud", "*").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`log;level=loud` in EVENT_EXPORT: the option `level` is `error` or `warn` or `info` or \
         `debug` or `trace`, not `loud`"
    );
}

#[test]
fn all_records_of_parallel_threads_are_logged() {
    logger();
    let _log = install_listener("log:threads", LogRecords::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for n in 0..100 {
                    trigger_event("log:threads", data! { n }, || {});
                }
            });
        }
    });
    let records = records("log:threads");
    assert_eq!(records.len(), 400);
    assert!(
        records
            .iter()
            .all(|record| record.pairs.contains_key("duration_ns"))
    );
}

/// Works for a long time at each START.
struct SlowStart;

const SLOW: Duration = Duration::from_millis(40);

impl Listener for SlowStart {
    fn on_start(&self, _: &Event<'_>) {
        std::thread::sleep(SLOW);
    }

    fn on_end(&self, _: &Event<'_>) {}
}

#[test]
fn work_of_other_listeners_at_the_start_does_not_count_as_time() {
    logger();
    let _before = local::install_listener("log:slow", SlowStart);
    let _log = local::install_listener("log:slow", LogRecords::new());
    let _after = local::install_listener("log:slow", SlowStart);
    trigger_event("log:slow", (), || {});
    let record = records("log:slow").pop().unwrap();
    let nanos = record.pairs["duration_ns"].as_u64().unwrap();
    assert!(Duration::from_nanos(nanos) < SLOW, "{nanos}");
}

#[test]
fn keys_of_a_record_differ_from_those_of_the_data() {
    logger();
    let _log = local::install_listener("log:own_keys", LogRecords::new());
    let data = data! { error = 1, duration_ns = "mine" };
    let failed = || Err::<(), _>("no");
    let _ = event_core::try_trigger_event("log:own_keys", data, failed);
    let pairs = &records("log:own_keys")[0].pairs;
    assert_eq!(
        (&pairs["error"], &pairs["duration_ns"]),
        (&1.into(), &"mine".into())
    );
    assert_eq!(pairs["error_"], "no");
    assert!(pairs["duration_ns_"].is_number());
}
