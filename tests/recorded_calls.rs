//! `RecordingListener::calls`: the calls that have ended, in the order of their STARTs.

mod support;

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use event_core::{
    Cause, Event, RecordingListener, broadcast, data, end_event, enter_event, install_listener,
    install_recorder, local, open_event, start_event, trigger_event,
};
use support::{poll_once, yield_times};

#[trigger_event("calls:reserve", ret)]
fn reserve(item: &str) -> usize {
    item.len()
}

#[trigger_event("calls:charge", err)]
fn charge(cents: u32) -> Result<(), String> {
    if cents > 100 {
        Err("too much".into())
    } else {
        Ok(())
    }
}

fn kinds(calls: &[Event<'_>]) -> Vec<&'static str> {
    calls.iter().map(|call| call.kind().as_str()).collect()
}

#[test]
fn call_has_function_data_outcome_and_duration() {
    let recorder = local::install_recorder("calls:*");
    reserve("hat");
    charge(200).unwrap_err();
    let calls = recorder.calls();
    assert_eq!(calls.len(), 2);
    assert_eq!(
        calls[0].to_string(),
        r#"END calls:reserve reserve item="hat" return=3"#
    );
    assert_eq!(calls[0].site().unwrap().path(), "reserve");
    assert!(!calls[0].is_failed());
    assert!(calls[0].duration().is_some());
    let exc = calls[1].exc_details().unwrap();
    assert_eq!((exc.cause(), &*exc.message()), (Cause::Error, "too much"));
}

#[test]
fn calls_are_in_the_order_of_their_starts() {
    let recorder = local::install_recorder("calls_order:*");
    trigger_event("calls_order:a", (), || {
        trigger_event("calls_order:b", (), || {});
        trigger_event("calls_order:c", (), || {});
    });
    trigger_event("calls_order:d", (), || {});
    let calls = recorder.calls();
    assert_eq!(
        kinds(&calls),
        [
            "calls_order:a",
            "calls_order:b",
            "calls_order:c",
            "calls_order:d"
        ]
    );
    assert_eq!(calls[1].parent(), Some(calls[0].id()));
}

#[test]
fn recursive_calls_are_kept_apart() {
    #[trigger_event("calls_recursive:fall")]
    fn fall(depth: u32) {
        if depth > 0 {
            fall(depth - 1);
        }
    }
    let recorder = local::install_recorder("calls_recursive:fall");
    fall(3);
    let calls = recorder.calls();
    let depths = calls
        .iter()
        .map(|call| call.data().get("depth").unwrap().to_u64().unwrap());
    assert_eq!(depths.collect::<Vec<_>>(), [3, 2, 1, 0]);
}

#[test]
fn calls_that_have_not_ended_are_missing() {
    let recorder = local::install_recorder("calls_open:*");
    let guard = enter_event("calls_open:guard", ());
    trigger_event("calls_open:inner", (), || {});
    assert_eq!(kinds(&recorder.calls()), ["calls_open:inner"]);
    drop(guard);
    assert_eq!(
        kinds(&recorder.calls()),
        ["calls_open:guard", "calls_open:inner"]
    );
}

#[test]
fn calls_whose_start_was_cleared_are_missing() {
    let recorder = local::install_recorder("calls_cleared:*");
    trigger_event("calls_cleared:before", (), || {});
    let guard = enter_event("calls_cleared:guard", data! { n = 1 });
    recorder.clear();
    trigger_event("calls_cleared:after", (), || {});
    drop(guard);
    assert_eq!(recorder.len(), 3);
    assert_eq!(kinds(&recorder.calls()), ["calls_cleared:after"]);
}

#[test]
fn bounded_recorder_returns_the_calls_of_which_it_has_both_events() {
    let recorder = RecordingListener::with_capacity_limit(3);
    let recorder = install_listener("calls_bounded:a", recorder);
    for n in 0..4 {
        let pause = Duration::from_millis(n);
        trigger_event("calls_bounded:a", data! { n }, || std::thread::sleep(pause));
    }
    let calls = recorder.calls();
    assert_eq!(calls.len(), 1, "the last three events have one START");
    assert_eq!(calls[0].data().get("n").unwrap().to_u64(), Some(3));
    assert!(calls[0].duration().unwrap() >= Duration::from_millis(3));
}

#[test]
fn calls_of_other_threads_and_futures_are_included() {
    #[trigger_event("calls_threads:future")]
    async fn future() {
        yield_times(1).await;
    }
    let recorder = install_recorder("calls_threads:*");
    let open = open_event("calls_threads:open", ());
    let mut future = pin!(future());
    assert_eq!(poll_once(future.as_mut()), Poll::Pending);
    std::thread::spawn(move || open.end()).join().unwrap();
    assert_eq!(poll_once(future.as_mut()), Poll::Ready(()));
    let calls = recorder.calls();
    assert_eq!(
        kinds(&calls),
        ["calls_threads:open", "calls_threads:future"]
    );
    assert!(calls.iter().all(|call| call.duration().is_some()));
}

#[test]
fn pairs_of_start_event_and_end_event_are_calls() {
    let recorder = local::install_recorder("calls_pairs:*");
    start_event("calls_pairs:lock", data! { name = "a" });
    end_event("calls_pairs:lock", data! { name = "b" }, None);
    end_event("calls_pairs:lock", (), None); // has no START
    let calls = recorder.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].to_string(), r#"END calls_pairs:lock name="b""#);
    assert!(calls[0].duration().is_some());
}

#[test]
fn events_that_are_broadcast_again_are_calls_of_their_own() {
    let recorder = local::install_recorder("calls_again:a");
    trigger_event("calls_again:a", (), || {});
    for (_, event) in recorder.buffer() {
        broadcast(&event);
    }
    assert_eq!(recorder.calls().len(), 2);
}
