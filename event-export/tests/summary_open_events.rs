//! The busy time and the self time of open events in the summary.

#![cfg(feature = "summary")]

mod support;

use std::pin::pin;
use std::task::{Context, Waker};
use std::thread::sleep;
use std::time::Duration;

use event_core::{local, open_event, trigger_event};
use event_export::Summary;
use support::wait_for_a_poll;

const WORK: Duration = Duration::from_millis(4);
const WAIT: Duration = Duration::from_millis(40);

#[test]
fn open_event_waits_unless_a_future_under_its_handle_is_polled() {
    let summary = local::install_listener("open_times:*", Summary::new());
    let request = open_event("open_times:request", ());
    sleep(WAIT);
    {
        let mut answer = pin!(request.handle().run_future(async {
            sleep(WORK);
            wait_for_a_poll().await;
            trigger_event("open_times:child", (), || sleep(WORK));
        }));
        let mut context = Context::from_waker(Waker::noop());
        while answer.as_mut().poll(&mut context).is_pending() {
            sleep(WAIT);
        }
    }
    request.end();
    let job = open_event("open_times:job", ());
    job.handle().run(|| sleep(WORK));
    job.end();

    let table = summary.table();
    let row = |kind: &str| {
        let found = table.rows().iter().find(|row| row.kind() == kind);
        found.unwrap_or_else(|| panic!("no {kind} in\n{table}"))
    };
    let request = row("open_times:request");
    let (busy, idle) = (request.busy().unwrap(), request.idle().unwrap());
    assert!(busy >= 2 * WORK && idle >= 2 * WAIT, "{table}");
    assert_eq!(busy + idle, request.total());
    assert!(request.self_time() >= WORK, "{table}");
    assert!(request.self_time() + WORK <= busy, "{table}");
    let job = row("open_times:job");
    assert_eq!((job.busy(), job.self_time()), (None, job.total()));
}
