//! `TracingSpans` with futures: spans are entered by each poll.

#![cfg(feature = "tracing")]

mod support;

use std::task::{Context, Poll, Waker};
use std::time::Duration;

use event_core::{current_event, install_listener, local, open_event};
use event_export::TracingSpans;
use support::span_recorder::{RecordedSpan, SpanRecorder};
use tracing::Level;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_future_is_a_child_of_its_parent_on_every_thread() {
    #[event_core::trigger_event("spans:async", ret)]
    async fn outer(n: u32) -> u32 {
        let handle = tokio::spawn(current_event().run_future(inner(n)));
        tokio::task::yield_now().await;
        step(n);
        handle.await.unwrap()
    }

    #[event_core::trigger_event("spans:async")]
    async fn inner(n: u32) -> u32 {
        tokio::time::sleep(Duration::from_millis(1)).await;
        step(n);
        n + 1
    }

    #[event_core::trigger_event("spans:async")]
    fn step(n: u32) {
        tracing::info!(n, "a step");
    }

    let recorder = SpanRecorder::default();
    let _default = tracing::subscriber::set_default(recorder.subscriber());
    let spans = install_listener("spans:async", TracingSpans::new());
    // Only this thread has the subscriber, so it polls the outer futures. Their tasks run on
    // other threads.
    let outputs = poll_concurrently((0..8).map(outer)).await;
    assert_eq!(outputs, (1..9).collect::<Vec<_>>());
    drop(spans);

    let spans = recorder.spans();
    assert_eq!(spans.len(), 32);
    assert!(spans.iter().all(RecordedSpan::is_complete));
    for span in &spans {
        match &*span.name {
            // Each poll enters the span.
            "outer" => assert!(span.parent.is_none() && span.entered >= 2),
            "inner" => assert!(span.parent.as_deref() == Some("outer") && span.entered >= 2),
            _ => assert!(matches!(span.parent.as_deref(), Some("outer" | "inner"))),
        }
    }
}

#[tokio::test]
async fn messages_during_a_poll_or_a_drop_are_in_the_span_of_the_future() {
    struct LogsOnDrop;
    impl Drop for LogsOnDrop {
        fn drop(&mut self) {
            tracing::info!("dropped");
        }
    }
    #[event_core::trigger_event("spans:polls")]
    async fn outer(n: u32) {
        tracing::info!(n, "first");
        inner().await;
        let _own = tracing::info_span!("own").entered();
        step();
    }
    #[event_core::trigger_event("spans:polls")]
    async fn inner() {
        tokio::task::yield_now().await;
        tracing::info!("second");
    }
    #[event_core::trigger_event("spans:polls")]
    fn step() {}
    #[event_core::trigger_event("spans:polls")]
    async fn never() {
        let _value = LogsOnDrop;
        std::future::pending::<()>().await;
    }

    let recorder = SpanRecorder::default();
    let _default = tracing::subscriber::set_default(recorder.subscriber());
    let spans = local::install_listener("spans:polls", TracingSpans::new());
    // Concurrently, so that each is polled between two polls of the other.
    poll_concurrently([outer(1), outer(2)].into_iter()).await;
    let short = Duration::from_millis(1);
    assert!(tokio::time::timeout(short, never()).await.is_err());
    tracing::info!("outside of all spans");
    drop(spans);

    let spans = recorder.spans();
    let named = |name: &str| {
        spans
            .iter()
            .filter(|span| span.name == name)
            .collect::<Vec<_>>()
    };
    for outer in named("outer") {
        assert_eq!(outer.messages(), ["first"]);
        assert_eq!(outer.entered, 2);
    }
    for inner in named("inner") {
        assert_eq!(inner.messages(), ["second"]);
    }
    for own in named("own") {
        assert_eq!(own.parent.as_deref(), Some("outer"));
    }
    for step in named("step") {
        assert_eq!(step.parent.as_deref(), Some("own"));
    }
    assert_eq!((named("outer").len(), named("step").len()), (2, 2));
    assert_eq!(named("never")[0].messages()[0], "dropped");
    assert!(spans.iter().all(RecordedSpan::is_complete));
}

#[tokio::test]
async fn a_cancelled_future_is_a_warning() {
    #[event_core::trigger_event("spans:cancelled")]
    async fn waits() {
        std::future::pending::<()>().await;
    }

    let recorder = SpanRecorder::default();
    let _default = tracing::subscriber::set_default(recorder.subscriber());
    let _spans = local::install_listener("spans:cancelled", TracingSpans::new());
    let short = Duration::from_millis(1);
    assert!(tokio::time::timeout(short, waits()).await.is_err());
    let span = recorder.named("waits");
    let (level, fields) = &span.events[0];
    assert_eq!(*level, Level::WARN);
    assert!(fields["message"].as_str().unwrap().contains("cancelled"));
    assert!(span.closed && !span.fields.contains_key("error"));
}

/// Polls all futures concurrently on this thread.
async fn poll_concurrently<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(move |context| {
        let mut is_done = true;
        for (future, output) in &mut futures {
            if output.is_none() {
                match future.as_mut().poll(context) {
                    Poll::Ready(value) => *output = Some(value),
                    Poll::Pending => is_done = false,
                }
            }
        }
        if is_done {
            let outputs = futures.iter_mut().filter_map(|(_, output)| output.take());
            Poll::Ready(outputs.collect())
        } else {
            Poll::Pending
        }
    })
    .await
}

#[test]
fn open_event_is_entered_while_a_future_under_its_handle_is_polled() {
    let recorder = SpanRecorder::default();
    let _default = tracing::subscriber::set_default(recorder.subscriber());
    let spans = local::install_listener("spans:polled_open", TracingSpans::new());
    let open = open_event("spans:polled_open", ());
    let handle = open.handle();
    let mut future = Box::pin(handle.run_future(handle.run_future(async move {
        tokio::task::yield_now().await;
        tracing::info!("inside");
        // The END comes on another thread, before the poll ends.
        std::thread::spawn(move || open.end()).join().unwrap();
    })));
    let mut context = Context::from_waker(Waker::noop());
    while future.as_mut().poll(&mut context).is_pending() {}
    assert!(tracing::Span::current().is_none());
    drop(spans);

    let span = recorder.named("spans:polled_open");
    assert_eq!(span.messages(), ["inside"]);
    assert_eq!(span.entered, 2);
    assert!(span.is_complete(), "{span:?}");
}
