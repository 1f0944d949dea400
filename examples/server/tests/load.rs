//! Under a load of concurrent requests, each event has its own request as parent.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use event_core::{Cause, Event, EventId, install_recorder};
use server::store::Store;
use server::{load, shop};
use tokio::net::TcpListener;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_query_has_its_own_request_as_parent() {
    let recorder = install_recorder("*");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let server =
        tokio::spawn(async move { axum::serve(listener, shop::routes(Store::new(8))).await });
    let responses = load::run(address, 1_020, 16).await.unwrap();
    server.abort();
    let _ = server.await;

    let events: Vec<Event<'static>> = recorder
        .buffer()
        .into_iter()
        .map(|(_, event)| event)
        .collect();
    let starts = events.iter().filter(|event| event.is_start());
    let by_id: HashMap<EventId, &Event<'_>> = starts.map(|start| (start.id(), start)).collect();
    let count = |kind: &str| {
        by_id
            .values()
            .filter(|start| start.kind().as_str() == kind)
            .count()
    };

    assert_eq!(
        responses.found + responses.missing + responses.failed,
        1_020
    );
    assert_eq!(count("http:request"), 1_020);
    assert_eq!(count("load:get"), 1_020);
    assert_eq!(events.len(), 2 * by_id.len());

    let with_request = |kind: &'static str| {
        let starts = by_id
            .values()
            .filter(move |start| start.kind().as_str() == kind);
        starts.map(|start| (start, by_id[&start.parent().unwrap()]))
    };
    for (query, request) in with_request("db:query") {
        assert_eq!(request.kind().as_str(), "http:request", "{query} {request}");
        let number = request
            .data()
            .get("number")
            .and_then(event_core::Value::to_u64);
        assert_eq!(
            query
                .data()
                .get("order")
                .and_then(event_core::Value::to_u64),
            number
        );
    }
    for (draw, request) in with_request("shop:draw") {
        let numbers =
            [draw, request].map(|event| event.data().get("number").map(ToString::to_string));
        assert_eq!(numbers[0], numbers[1]);
    }

    let failures = |cause: Cause, kind: &str| {
        let of_kind = events.iter().filter(|event| event.kind().as_str() == kind);
        of_kind
            .filter(|event| event.exc_details().is_some_and(|exc| exc.cause() == cause))
            .count()
    };
    assert_eq!(
        failures(Cause::Error, "http:request"),
        responses.missing + responses.failed
    );
    assert_eq!(failures(Cause::Panic, "shop:draw"), responses.failed);
    assert!(failures(Cause::Cancelled, "db:query") > 0);
}
