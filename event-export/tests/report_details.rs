//! The details of a call in a report: the busy time of a future, and the id of a trace.

#![cfg(feature = "report")]

mod support;

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use event_core::{data, trigger_event};
use event_export::TraceContext;
use support::browser::open;
use support::report_page::{self, Page};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

#[event_core::trigger_event("report_details:future")]
async fn waits() {
    let mut polls = 0;
    std::future::poll_fn(|_| {
        polls += 1;
        thread::sleep(Duration::from_millis(5));
        if polls == 2 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

/// Polls the future, which waits for 20 ms.
fn run_future() {
    let mut future = pin!(waits());
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    thread::sleep(Duration::from_millis(20));
    assert!(future.as_mut().poll(&mut context).is_ready());
}

#[test]
fn a_future_shows_its_busy_time() {
    let (path, report) = report_page::install("report_details:future", |report| report);
    run_future();
    drop(report);
    let page = Page::new(&std::fs::read_to_string(&path).unwrap());
    let busy = page.data["busy"].as_array().unwrap();
    assert_eq!(busy.len(), 1);
    assert_eq!(busy[0][0], 0);
    let busy = busy[0][1].as_u64().unwrap();
    let total = u64::try_from(page.of_scope("total", 0)).unwrap();
    assert!(
        busy >= 10_000_000 && busy + 20_000_000 <= total,
        "{busy} of {total}"
    );
    let document = open(&path, "#timeline&call=0");
    std::fs::remove_file(path).unwrap();
    if let Some(document) = document {
        assert!(document.contains(">Busy</dt>"), "{document}");
        assert!(document.contains("), waited "), "{document}");
    }
}

#[test]
fn a_call_shows_the_trace_of_its_caller() {
    const KIND: &str = "report_details:trace";
    let (path, report) = report_page::install(KIND, |report| report);
    trigger_event(KIND, data! { name = "alone" }, || {});
    let header = format!("00-{TRACE}-b7ad6b7169203331-01");
    let context = TraceContext::parse(&header, None).unwrap();
    context.run(|| {
        trigger_event(KIND, data! { name = "outer" }, || {
            trigger_event(KIND, data! { name = "inner" }, || {});
        });
    });
    drop(report);
    let page = Page::new(&std::fs::read_to_string(&path).unwrap());
    let outer = page.scopes("outer")[0];
    // The inner call inherits it.
    assert_eq!(page.data["traces"], serde_json::json!([[outer, TRACE]]));
    let inner = page.scopes("inner")[0];
    let document = open(&path, &format!("#timeline&call={inner}"));
    std::fs::remove_file(path).unwrap();
    if let Some(document) = document {
        assert!(document.contains(">Trace</dt>"), "{document}");
        assert!(document.contains(TRACE), "{document}");
        assert!(!document.contains(">Busy</dt>"), "{document}");
    }
}
