//! `LogRecords`: each END as a record of the `log` crate, read back by a logger that keeps what it is told.
#![cfg(feature = "log")]

use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use event_core::{
    Event, EventStatus, broadcast, data, end_event, install_listener, local, start_event,
    trigger_event,
};
use event_export::{Exporter, LogRecords};
use log::kv::{self, Key, VisitSource};
use log::{Level, LevelFilter, Log, Metadata, Record};

/// What is kept of a record.
#[derive(Clone, Debug)]
struct Kept {
    level: Level,
    target: String,
    message: String,
    module: Option<String>,
    file: Option<String>,
    line: Option<u32>,
    pairs: BTreeMap<String, serde_json::Value>,
}

#[derive(Default)]
struct Keeping {
    records: Mutex<Vec<Kept>>,
    flushed: Mutex<u32>,
}

impl Log for Keeping {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        !metadata.target().starts_with("log:filtered")
    }

    fn log(&self, record: &Record<'_>) {
        let mut pairs = Pairs::default();
        record.key_values().visit(&mut pairs).unwrap();
        let kept = Kept {
            level: record.level(),
            target: record.target().to_owned(),
            message: record.args().to_string(),
            module: record.module_path().map(str::to_owned),
            file: record.file().map(str::to_owned),
            line: record.line(),
            pairs: pairs.0,
        };
        lock(&self.records).push(kept);
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
            format!("printed: {value}").into()
        };
        self.0.insert(key.to_string(), typed);
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The process's logger.
fn logger() -> &'static Keeping {
    static LOGGER: OnceLock<&'static Keeping> = OnceLock::new();
    LOGGER.get_or_init(|| {
        let logger = Box::leak(Box::<Keeping>::default());
        log::set_logger(logger).unwrap();
        log::set_max_level(LevelFilter::Debug);
        logger
    })
}

/// The records of one target.
fn records(target: &str) -> Vec<Kept> {
    let records = lock(&logger().records);
    let of_target = records.iter().filter(|kept| kept.target == target);
    of_target.cloned().collect()
}

/// The message, with the duration, which must be there, as `…`.
fn undated(message: &str) -> String {
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
fn an_end_is_one_record_with_everything_in_it() {
    logger();
    let _log = local::install_listener("log:parse", LogRecords::new());
    let _ = parse("2a", 16);
    let _ = parse("oops", 10);
    let kept = records("log:parse");
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[0].level, Level::Info);
    assert_eq!(
        undated(&kept[0].message),
        r#"parse ok in … text="2a" radix=16 return=42"#
    );
    assert_eq!(kept[0].module.as_deref(), Some("log"));
    assert!(kept[0].file.as_deref().unwrap().ends_with("tests/log.rs"));
    assert!(kept[0].line.is_some());
    assert_eq!(kept[0].pairs["text"], "2a");
    assert_eq!(kept[0].pairs["radix"], 16);
    assert_eq!(kept[0].pairs["return"], 42);
    assert!(kept[0].pairs["duration_ns"].as_i64().unwrap() > 0);
    assert!(!kept[0].pairs.contains_key("error"));

    assert_eq!(kept[1].level, Level::Error);
    let told = undated(&kept[1].message);
    assert!(
        told.starts_with(r#"parse failed in … text="oops" radix=10"#)
            && told.ends_with(": error: invalid digit found in string"),
        "{told}"
    );
    assert_eq!(kept[1].pairs["error"], "invalid digit found in string");
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
    assert_eq!(pairs["point"], "printed: Point { x: 1 }");
    assert_eq!(pairs["of"], "1");
    assert_eq!(pairs["c"], "printed: x");
    assert_eq!(pairs["none"], "printed: None");
    assert_eq!(pairs["big"], u64::MAX);
}

#[test]
fn a_panic_is_an_error_that_says_where() {
    logger();
    let _log = local::install_listener("log:panics", LogRecords::new());
    let outcome = catch_unwind(|| trigger_event("log:panics", (), || panic!("no luck")));
    assert!(outcome.is_err());
    let kept = &records("log:panics")[0];
    assert_eq!(kept.level, Level::Error);
    assert!(kept.message.starts_with("log:panics failed in "));
    assert!(kept.message.contains(": panic: no luck (at "));
    assert!(kept.message.contains("tests/log.rs:"));
}

#[tokio::test]
async fn a_cancelled_future_is_a_warning() {
    #[event_core::trigger_event("log:cancelled")]
    async fn waits(_id: u32) {
        std::future::pending::<()>().await;
    }

    logger();
    let _log = local::install_listener("log:cancelled", LogRecords::new());
    let short = Duration::from_millis(5);
    assert!(tokio::time::timeout(short, waits(1)).await.is_err());
    let kept = &records("log:cancelled")[0];
    assert_eq!(kept.level, Level::Warn);
    assert_eq!(undated(&kept.message), "waits cancelled in … _id=1");
    assert!(kept.pairs["duration_ns"].as_i64().unwrap() >= 5_000_000);
}

#[test]
fn levels_are_the_programs_choice() {
    logger();
    let log = LogRecords::new()
        .level(Level::Debug)
        .failed_level(Level::Warn);
    let _log = local::install_listener("log:levels", log);
    trigger_event("log:levels", (), || {});
    let _ = catch_unwind(|| trigger_event("log:levels", (), || panic!()));
    let levels: Vec<Level> = records("log:levels")
        .iter()
        .map(|kept| kept.level)
        .collect();
    assert_eq!(levels, [Level::Debug, Level::Warn]);
}

/// Something that must not be printed.
struct Unprintable;

impl std::fmt::Debug for Unprintable {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("printed")
    }
}

#[test]
fn what_the_logger_does_not_want_is_not_formatted() {
    logger();
    let _below = local::install_listener("log:below", LogRecords::new().level(Level::Trace));
    let _filtered = local::install_listener("log:filtered", LogRecords::new());
    let before = event_core::listener_panics();
    trigger_event("log:below", data! { x = ?Unprintable }, || {});
    trigger_event("log:filtered", data! { x = ?Unprintable }, || {});
    assert!(records("log:below").is_empty());
    assert!(records("log:filtered").is_empty());
    assert_eq!(event_core::listener_panics(), before);
}

#[test]
fn a_value_that_panics_when_it_is_printed_harms_nobody() {
    #[event_core::trigger_event("log:hostile")]
    fn hostile(value: Unprintable) {
        let _ = value;
    }

    logger();
    let _log = local::install_listener("log:hostile", LogRecords::new());
    hostile(Unprintable);
    let kept = &records("log:hostile")[0];
    assert!(
        kept.message.contains("<panicked while printing>"),
        "{kept:?}"
    );
}

#[test]
fn an_end_without_a_start_has_no_duration() {
    logger();
    let _log = local::install_listener("log:alone", LogRecords::new());
    broadcast(&Event::new("log:alone", EventStatus::End));
    assert_eq!(records("log:alone")[0].message, "log:alone ok");

    start_event("log:alone", ());
    end_event("log:alone", data! { n = 1 }, None);
    assert_eq!(
        undated(&records("log:alone")[1].message),
        "log:alone ok in … n=1"
    );
}

#[test]
fn flush_reaches_the_logger() {
    let before = *lock(&logger().flushed);
    LogRecords::new().flush().unwrap();
    assert!(*lock(&logger().flushed) > before);
}

#[test]
fn the_environment_may_name_it_with_a_level() {
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
fn many_threads_log_side_by_side() {
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
    let kept = records("log:threads");
    assert_eq!(kept.len(), 400);
    assert!(
        kept.iter()
            .all(|kept| kept.pairs.contains_key("duration_ns"))
    );
}
