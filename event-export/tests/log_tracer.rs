//! Records of `log` in a program whose logger is `tracing-log`'s, as `tracing_subscriber`'s `init`
//! sets it up.
//!
//! A program has one logger, so the tests share it.

#![cfg(all(feature = "layer", feature = "log"))]

use std::sync::Once;

use event_core::{install_listener, local, trigger_event};
use event_export::{EventLayer, LogRecords};
use tracing_subscriber::layer::SubscriberExt;

fn with_layer(run: impl FnOnce()) {
    static SET_UP: Once = Once::new();
    SET_UP.call_once(|| tracing_log::LogTracer::init().unwrap());
    let subscriber = tracing_subscriber::registry().with(EventLayer::new());
    tracing::subscriber::with_default(subscriber, run);
}

#[test]
fn record_has_the_kind_of_its_target() {
    let recorder = local::install_recorder("*");
    with_layer(|| log::warn!(target: "tracer_one", "{} files", 2));
    assert_eq!(
        recorder.lines(),
        [
            r#"START log:tracer_one message="2 files" level="WARN""#,
            r#"END log:tracer_one message="2 files" level="WARN""#,
        ]
    );
}

#[test]
fn record_has_its_place_in_the_source() {
    let recorder = local::install_recorder("log:tracer_place");
    let first = line!() + 3;
    with_layer(|| {
        for n in 0..2 {
            log::info!(target: "tracer_place", "{n}");
        }
        log::info!(target: "tracer_place", "2");
    });
    let buffer = recorder.buffer();
    let starts = buffer.iter().map(|(_, event)| event);
    let sites = starts
        .filter(|it| it.is_start())
        .map(|it| it.site().unwrap());
    let places: Vec<_> = sites.map(|site| (site.file(), site.line())).collect();
    let expected = [first, first, first + 2].map(|line| (file!(), line));
    assert_eq!(places, expected);
}

#[test]
fn record_is_a_mark_in_the_scope_around_it() {
    let recorder = local::install_recorder("tracer:scope,log:tracer_scope");
    with_layer(|| {
        trigger_event("tracer:scope", (), || {
            log::info!(target: "tracer_scope", "inside");
        });
    });
    let buffer = recorder.buffer();
    let [scope, mark] = [0, 1].map(|index| &buffer[index].1);
    assert_eq!(mark.kind().as_str(), "log:tracer_scope");
    assert_eq!(mark.parent(), Some(scope.id()));
}

#[test]
fn records_made_of_events_do_not_come_back() {
    #[trigger_event("tracer:circle", err)]
    fn fails() -> Result<(), &'static str> {
        Err("handled")
    }

    let _records = install_listener("tracer:circle", LogRecords::new());
    let recorder = local::install_recorder("tracing:tracer_span,tracing:log,log:*");
    with_layer(|| {
        tracing::info_span!(target: "tracer_span", "outer").in_scope(|| fails().unwrap_err());
    });
    assert_eq!(
        recorder.lines(),
        [
            r#"START tracing:tracer_span name="outer""#,
            r#"END tracing:tracer_span name="outer""#,
        ]
    );
}
