//! The progress bar of calls.

#![cfg(feature = "progress")]

use event_core::{Cause, ExcDetails, end_event, install_listener, start_event, trigger_event};
use event_export::Progress;
use indicatif::{InMemoryTerm, ProgressBar, ProgressDrawTarget};

fn bar_on(terminal: &InMemoryTerm, length: u64) -> ProgressBar {
    let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
    ProgressBar::with_draw_target(Some(length), target)
}

#[test]
fn each_end_moves_the_bar_by_one() {
    let progress = install_listener("progress:moves", Progress::new(8));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| trigger_event("progress:moves", (), || {}));
        }
    });
    assert_eq!(progress.bar().position(), 4);
    start_event("progress:moves", ());
    assert_eq!(progress.bar().position(), 4);
    end_event("progress:moves", (), None);
    assert_eq!(progress.bar().position(), 5);
    assert_eq!(progress.bar().message(), "");
}

#[cfg(feature = "layer")]
#[test]
fn messages_do_not_move_the_bar() {
    use event_core::KindFilter;
    use event_export::EventLayer;
    use tracing_subscriber::layer::SubscriberExt;

    let kinds = KindFilter::new("progress:beside,tracing:progress_beside").unwrap();
    let progress = install_listener(kinds, Progress::new(3));
    let subscriber = tracing_subscriber::registry().with(EventLayer::new());
    tracing::subscriber::with_default(subscriber, || {
        tracing::info!(target: "progress_beside", "a message");
        assert_eq!(progress.bar().position(), 0);
        trigger_event("progress:beside", (), || {
            tracing::error!(target: "progress_beside", "an error");
        });
        tracing::info_span!(target: "progress_beside", "a span").in_scope(|| {});
    });
    assert_eq!(progress.bar().position(), 2);
    assert_eq!(progress.bar().message(), "");
}

#[test]
fn failed_calls_are_counted_in_the_message() {
    let progress = install_listener("progress:failed", Progress::new(3));
    for cause in [Cause::Error, Cause::Cancelled] {
        start_event("progress:failed", ());
        let exc = ExcDetails::from_message(cause, "E", "no");
        end_event("progress:failed", (), Some(exc));
    }
    assert_eq!(progress.bar().position(), 2);
    assert_eq!(progress.bar().message(), "2 failed");
}

#[test]
fn the_finished_bar_stays_after_uninstalling() {
    let terminal = InMemoryTerm::new(10, 60);
    let bar = bar_on(&terminal, 2);
    let progress = install_listener("progress:stays", Progress::with_bar(bar.clone()));
    trigger_event("progress:stays", (), || {});
    drop(progress);
    assert!(
        terminal.contents().contains("1/2"),
        "{}",
        terminal.contents()
    );
    assert!(bar.is_finished());
}

#[test]
fn calls_beyond_the_length_of_the_bar_are_counted() {
    let terminal = InMemoryTerm::new(10, 60);
    let bar = bar_on(&terminal, 20);
    let progress = install_listener("progress:more", Progress::with_bar(bar));
    for _ in 0..30 {
        trigger_event("progress:more", (), || {});
    }
    drop(progress);
    assert!(
        terminal.contents().contains("30/20"),
        "{}",
        terminal.contents()
    );
}
