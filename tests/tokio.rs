//! Parents in a multi-threaded executor: tasks move between threads, and the tree stays right.

use std::collections::HashMap;
use std::time::Duration;

use event_core::{Event, EventId, current_event, install_recorder, trigger_event};
use tokio::task::yield_now;

#[trigger_event("tokio:request")]
async fn request(id: u32) -> u32 {
    let here = current_event();
    let spawned = tokio::spawn(here.run_future(async move {
        yield_now().await;
        query(id).await
    }));
    let (one, other) = tokio::join!(query(id), query(id));
    let both = one + other;
    tokio::select! {
        () = tokio::time::sleep(Duration::from_millis(1)) => {}
        never = forever(id) => assert_eq!(never, id),
    }
    both + spawned.await.expect("the task is done")
}

#[trigger_event("tokio:query")]
async fn query(id: u32) -> u32 {
    for _ in 0..3 {
        yield_now().await;
    }
    leaf(id)
}

#[trigger_event("tokio:leaf")]
fn leaf(id: u32) -> u32 {
    id
}

#[trigger_event("tokio:forever")]
async fn forever(id: u32) -> u32 {
    std::future::pending::<()>().await;
    id
}

/// The kind and the request of every scope, by id; each must have one START and one END.
fn scopes(events: &[Event<'static>]) -> HashMap<EventId, (&'static str, u64, Option<EventId>)> {
    let mut scopes = HashMap::new();
    for event in events.iter().filter(|event| event.is_start()) {
        let request = event
            .data()
            .get("id")
            .and_then(event_core::Value::to_u64)
            .expect("all have an id");
        let scope = (event.kind().as_str(), request, event.parent());
        assert!(
            scopes.insert(event.id(), scope).is_none(),
            "an id is given once"
        );
    }
    let ends = events
        .iter()
        .filter(|event| event.is_end() && scopes.contains_key(&event.id()));
    assert_eq!(ends.count(), scopes.len());
    scopes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parents_are_correct_across_tasks_and_threads() {
    let recorder = install_recorder("tokio:*");
    let requests: Vec<_> = (0..200).map(|id| tokio::spawn(request(id))).collect();
    for (id, request) in (0_u32..).zip(requests) {
        assert_eq!(request.await.expect("the request is done"), 3 * id);
    }
    let events: Vec<_> = recorder
        .buffer()
        .into_iter()
        .map(|(_, event)| event)
        .collect();
    let scopes = scopes(&events);
    // One request has three queries with a leaf each, and one future that is cancelled.
    assert_eq!(scopes.len(), 200 * 8);
    let cancelled = events.iter().filter(|event| event.is_failed()).count();
    assert_eq!(cancelled, 200);
    for (kind, request, parent) in scopes.values() {
        let parent = parent.map(|parent| scopes[&parent]);
        let wanted = match *kind {
            "tokio:request" => None,
            "tokio:leaf" => Some("tokio:query"),
            _ => Some("tokio:request"),
        };
        assert_eq!(parent.map(|(kind, ..)| kind), wanted);
        assert!(
            parent.is_none_or(|(_, of, _)| of == *request),
            "under its own request"
        );
    }
}
