//! The progress bar of calls.
#![cfg(feature = "progress")]

use event_core::{Cause, ExcDetails, end_event, install_listener, start_event, trigger_event};
use event_export::Progress;
use indicatif::{InMemoryTerm, ProgressBar, ProgressDrawTarget};

#[test]
fn the_bar_moves_on_by_one_at_each_end() {
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

#[test]
fn failed_calls_are_counted_beside_it() {
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
fn the_bar_stays_when_the_listener_goes() {
    let terminal = InMemoryTerm::new(10, 60);
    let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
    let bar = ProgressBar::with_draw_target(Some(2), target);
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
fn more_calls_than_there_were_to_be_are_counted() {
    let terminal = InMemoryTerm::new(10, 60);
    let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
    let bar = ProgressBar::with_draw_target(Some(20), target);
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
