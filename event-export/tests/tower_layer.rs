//! The layers for HTTP: data, outcomes, streams, gRPC, and the trace of two processes.

#![cfg(feature = "tower")]

mod support;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::{pending, ready};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::MatchedPath;
use axum::routing::get;
use event_core::{
    Cause, Event, Installed, RecordingListener, install_durations, install_recorder, trigger_event,
};
use event_export::TraceContext;
use event_export::tower::{HttpBody, HttpClientLayer, HttpServerLayer};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Empty, Full};
use tower::{Service, ServiceBuilder, ServiceExt, service_fn};

type Bytes = std::io::Cursor<&'static [u8]>;

const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// The tests share the two kinds, so each records the events of its own path or host.
struct Recorded {
    recorder: Installed<RecordingListener>,
    key: &'static str,
    value: &'static str,
}

impl Recorded {
    fn path(path: &'static str) -> Self {
        Self {
            recorder: install_recorder("http:server"),
            key: "url.path",
            value: path,
        }
    }

    fn host(host: &'static str) -> Self {
        Self {
            recorder: install_recorder("http:client"),
            key: "server.address",
            value: host,
        }
    }

    fn events(&self) -> Vec<Event<'static>> {
        let events = support::events(&self.recorder).into_iter();
        let is_own = |event: &Event<'_>| {
            let value = event.data().get(self.key);
            value.and_then(event_core::Value::to_str) == Some(self.value)
        };
        events.filter(is_own).collect()
    }

    fn end(&self) -> Event<'static> {
        let events = self.events();
        let [start, end] = <[_; 2]>::try_from(events).unwrap();
        assert!(start.is_start() && start.id() == end.id());
        end
    }

    fn cause(&self) -> Option<Cause> {
        self.end().exc_details().map(event_core::ExcDetails::cause)
    }
}

fn text(event: &Event<'_>, key: &str) -> Option<String> {
    event.data().get(key).map(ToString::to_string)
}

fn number(event: &Event<'_>, key: &str) -> Option<i64> {
    event.data().get(key).and_then(event_core::Value::to_i64)
}

fn request(path: &str) -> Request<Empty<Bytes>> {
    Request::get(path).body(Empty::new()).unwrap()
}

/// Sends a request to a server that answers with `response`.
async fn serve<B: Body>(path: &str, response: Response<B>) -> Response<HttpBody<B>> {
    let mut response = Some(response);
    let answer = service_fn(move |_| ready(Ok::<_, Infallible>(response.take().unwrap())));
    let layer = HttpServerLayer::new();
    let mut server = ServiceBuilder::new().layer(layer).service(answer);
    server.call(request(path)).await.unwrap()
}

fn full(status: StatusCode) -> Response<Full<Bytes>> {
    let body = Full::new(Bytes::new(b"answer"));
    Response::builder().status(status).body(body).unwrap()
}

/// A body of these frames that does not know its length.
struct Frames(VecDeque<Result<Frame<Bytes>, &'static str>>);

impl Body for Frames {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        Poll::Ready(self.0.pop_front())
    }
}

fn stream<const N: usize>(frames: [Result<Frame<Bytes>, &'static str>; N]) -> Frames {
    Frames(frames.into())
}

fn data(bytes: &'static [u8]) -> Frame<Bytes> {
    Frame::data(Bytes::new(bytes))
}

#[tokio::test]
async fn the_end_is_at_the_end_of_the_body() {
    let recorded = Recorded::path("/body");
    let response = serve("/body", full(StatusCode::OK)).await;
    assert_eq!(recorded.events().len(), 1);
    let body = response.into_body().collect().await.unwrap();
    assert_eq!(&*body.to_bytes(), b"answer");
    let end = recorded.end();
    assert!(!end.is_failed());
    assert_eq!(number(&end, "http.response.status_code"), Some(200));
    assert_eq!(text(&end, "error.type"), None);
}

#[tokio::test]
async fn a_response_without_body_ends_at_once() {
    let recorded = Recorded::path("/empty");
    let response = serve("/empty", Response::new(Empty::<Bytes>::new())).await;
    assert!(!recorded.end().is_failed());
    drop(response);

    let recorded = Recorded::path("/not_modified");
    drop(serve("/not_modified", full(StatusCode::NOT_MODIFIED)).await);
    assert!(!recorded.end().is_failed());
}

#[tokio::test]
async fn a_head_request_ends_with_the_head() {
    let recorded = Recorded::path("/head");
    let answer = service_fn(|_| ready(Ok::<_, Infallible>(full(StatusCode::OK))));
    let mut server = ServiceBuilder::new()
        .layer(HttpServerLayer::new())
        .service(answer);
    let request = Request::head("/head").body(()).unwrap();
    drop(server.call(request).await.unwrap());
    assert!(!recorded.end().is_failed());
}

#[tokio::test]
async fn a_body_of_the_declared_length_is_complete_without_a_further_poll() {
    let recorded = Recorded::path("/length");
    let response = Response::builder().header("content-length", "4");
    let response = response
        .body(stream([Ok(data(b"ab")), Ok(data(b"cd"))]))
        .unwrap();
    let mut body = serve("/length", response).await.into_body();
    body.frame().await.unwrap().unwrap();
    assert_eq!(recorded.events().len(), 1);
    body.frame().await.unwrap().unwrap();
    drop(body);
    assert!(!recorded.end().is_failed());
}

#[tokio::test]
async fn a_server_error_is_a_failure() {
    let recorded = Recorded::path("/error");
    drop(
        serve("/error", full(StatusCode::BAD_GATEWAY))
            .await
            .into_body()
            .collect()
            .await,
    );
    let end = recorded.end();
    let exc = end.exc_details().unwrap();
    assert_eq!(exc.cause(), Cause::Error);
    assert_eq!(exc.message(), "502 Bad Gateway");
    assert_eq!(text(&end, "error.type").as_deref(), Some("502"));

    let recorded = Recorded::path("/missing");
    drop(
        serve("/missing", full(StatusCode::NOT_FOUND))
            .await
            .into_body()
            .collect()
            .await,
    );
    assert_eq!(recorded.cause(), None, "a mistake of the client");
}

#[tokio::test]
async fn an_error_of_the_service_is_a_failure() {
    let recorded = Recorded::path("/err");
    let answer = service_fn(|_| {
        ready(Err::<Response<Empty<Bytes>>, _>(std::io::Error::other(
            "no database",
        )))
    });
    let mut server = ServiceBuilder::new()
        .layer(HttpServerLayer::new())
        .service(answer);
    server.call(request("/err")).await.unwrap_err();
    let end = recorded.end();
    assert_eq!(end.exc_details().unwrap().message(), "no database");
    let error_type = text(&end, "error.type").unwrap();
    assert!(error_type.contains("io::error::Error"), "{error_type}");
}

#[tokio::test]
async fn an_error_of_the_body_is_a_failure() {
    let recorded = Recorded::path("/body_err");
    let response = Response::new(stream([Ok(data(b"ab")), Err("disk full")]));
    let body = serve("/body_err", response).await.into_body();
    assert!(body.collect().await.is_err());
    assert_eq!(recorded.end().exc_details().unwrap().message(), "disk full");
}

#[tokio::test]
async fn dropped_requests_and_bodies_are_cancelled() {
    let recorded = Recorded::path("/dropped");
    let never = service_fn(|_| pending::<Result<Response<Empty<Bytes>>, Infallible>>());
    let mut server = ServiceBuilder::new()
        .layer(HttpServerLayer::new())
        .service(never);
    let call = server.call(request("/dropped"));
    let _ = tokio::time::timeout(Duration::from_millis(1), call).await;
    assert_eq!(recorded.cause(), Some(Cause::Cancelled));
    assert_eq!(number(&recorded.end(), "http.response.status_code"), None);

    let recorded = Recorded::path("/half");
    let response = Response::new(stream([Ok(data(b"ab")), Ok(data(b"cd"))]));
    let mut body = serve("/half", response).await.into_body();
    body.frame().await.unwrap().unwrap();
    drop(body);
    assert_eq!(recorded.cause(), Some(Cause::Cancelled));
    assert_eq!(
        number(&recorded.end(), "http.response.status_code"),
        Some(200)
    );
}

#[tokio::test]
async fn a_panic_is_the_failure_even_if_it_is_caught_outside() {
    let recorded = Recorded::path("/panics");
    let panics = service_fn(|_| async {
        tokio::task::yield_now().await;
        panic!("as requested");
        #[expect(unreachable_code, reason = "for the type")]
        Ok::<Response<Empty<Bytes>>, Infallible>(Response::new(Empty::new()))
    });
    let mut server = ServiceBuilder::new()
        .layer(HttpServerLayer::new())
        .service(panics);
    let mut call = Box::pin(server.call(request("/panics")));
    let mut context = Context::from_waker(std::task::Waker::noop());
    let mut poll = || call.as_mut().poll(&mut context).is_pending();
    assert!(poll());
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(poll));
    assert!(caught.is_err());
    let end = recorded.end();
    let exc = end.exc_details().unwrap();
    assert_eq!(
        (exc.cause(), &*exc.message()),
        (Cause::Panic, "as requested")
    );
    drop(call);
    assert_eq!(recorded.events().len(), 2);
}

#[tokio::test]
async fn the_status_of_grpc_is_read_from_the_trailers() {
    let recorded = Recorded::path("/shop.Orders/Get");
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", "14".parse().unwrap());
    let response = Response::new(stream([Ok(data(b"ab")), Ok(Frame::trailers(trailers))]));
    drop(
        serve("/shop.Orders/Get", response)
            .await
            .into_body()
            .collect()
            .await,
    );
    let end = recorded.end();
    assert_eq!(number(&end, "rpc.grpc.status_code"), Some(14));
    assert_eq!(
        end.exc_details().unwrap().message(),
        "gRPC status 14 UNAVAILABLE"
    );

    let recorded = Recorded::path("/shop.Orders/Find");
    let response = Response::builder().header("grpc-status", "5");
    drop(
        serve(
            "/shop.Orders/Find",
            response.body(Empty::<Bytes>::new()).unwrap(),
        )
        .await,
    );
    assert_eq!(
        recorded.cause(),
        None,
        "NOT_FOUND is a mistake of the client"
    );
}

#[tokio::test]
async fn a_client_writes_the_context_and_a_server_works_in_it() {
    let recorded = Recorded::host("two-processes");
    let server = service_fn(|_: Request<Empty<Bytes>>| async {
        let here = TraceContext::current().unwrap();
        trigger_event("tower_layer:inside", (), || {});
        Ok::<_, Infallible>(Response::new(here.traceparent()))
    });
    let server = ServiceBuilder::new()
        .layer(HttpServerLayer::new())
        .service(server);
    let client = ServiceBuilder::new()
        .layer(HttpClientLayer::new())
        .service(server);
    let context = TraceContext::parse(TRACE, "a=1")
        .unwrap()
        .with_baggage("user=7");
    let mut request = request("http://two-processes/trace");
    request
        .headers_mut()
        .insert("tracestate", "old=1".parse().unwrap());
    let answer = context.run_future(client.oneshot(request)).await.unwrap();
    assert_eq!(
        answer.into_body().collect().await.unwrap().to_bytes(),
        TRACE
    );
    assert!(!recorded.end().is_failed());
}

#[tokio::test]
async fn events_of_the_handler_have_the_request_as_parent() {
    let recorded = Recorded::path("/parent");
    let inside = install_recorder("tower_layer:parent");
    let server = service_fn(|_| async {
        trigger_event("tower_layer:parent", (), || {});
        tokio::task::yield_now().await;
        trigger_event("tower_layer:parent", (), || {});
        Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
    });
    let mut server = ServiceBuilder::new()
        .layer(HttpServerLayer::new())
        .service(server);
    server.call(request("/parent")).await.unwrap();
    let request = recorded.end().id();
    let starts = support::events(&inside);
    assert_eq!(starts.len(), 4);
    assert!(starts.iter().all(|event| event.parent() == Some(request)));
}

#[tokio::test]
async fn a_request_that_waits_is_not_busy() {
    let (sender, times) = std::sync::mpsc::channel();
    let _durations = install_durations("http:server", move |event, duration| {
        if text(event, "url.path").as_deref() == Some("/waits") {
            sender.send((duration, event.busy().unwrap())).unwrap();
        }
    });
    let waits = service_fn(|_| async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
    });
    let layer = HttpServerLayer::new();
    let server = ServiceBuilder::new().layer(layer).service(waits);
    server.oneshot(request("/waits")).await.unwrap();
    let (duration, busy) = times.recv().unwrap();
    assert!(
        duration >= busy + Duration::from_millis(40),
        "{duration:?} {busy:?}"
    );
}

#[tokio::test]
async fn a_client_does_not_invent_a_trace() {
    let client = service_fn(|request: Request<Empty<Bytes>>| {
        ready(Ok::<_, Infallible>(Response::new(
            request.headers().len().to_string(),
        )))
    });
    let client = ServiceBuilder::new()
        .layer(HttpClientLayer::new())
        .service(client);
    let answer = client.oneshot(request("http://no-trace/")).await.unwrap();
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "0");
}

#[tokio::test]
async fn a_client_leaves_secrets_of_the_address_out() {
    let recorded = Recorded::host("secret.example");
    let client = service_fn(|_| ready(Ok::<_, Infallible>(full(StatusCode::FORBIDDEN))));
    let client = ServiceBuilder::new()
        .layer(HttpClientLayer::new())
        .service(client);
    let request = request("https://me:hunter2@secret.example:8443/a?token=hunter2");
    drop(
        client
            .oneshot(request)
            .await
            .unwrap()
            .into_body()
            .collect()
            .await,
    );
    let events = recorded.events();
    assert!(
        events
            .iter()
            .all(|event| !event.to_string().contains("hunter2"))
    );
    let start = &events[0];
    let url = text(start, "url.full");
    assert_eq!(url.as_deref(), Some("https://secret.example:8443/a"));
    assert_eq!(text(start, "otel.kind").as_deref(), Some("client"));
    assert_eq!(number(start, "server.port"), Some(8443));
    assert_eq!(
        recorded.cause(),
        Some(Cause::Error),
        "4xx is a failure for a client"
    );
}

#[tokio::test]
async fn unknown_methods_are_one_name() {
    let recorded = Recorded::path("/method");
    let answer = service_fn(|_| ready(Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))));
    let server = ServiceBuilder::new()
        .layer(HttpServerLayer::new())
        .service(answer);
    let request = Request::builder()
        .method("FROBNICATE")
        .uri("/method")
        .body(());
    server.oneshot(request.unwrap()).await.unwrap();
    let start = &recorded.events()[0];
    assert_eq!(text(start, "name").as_deref(), Some("HTTP"));
    assert_eq!(
        text(start, "http.request.method").as_deref(),
        Some("_OTHER")
    );
    let original = text(start, "http.request.method_original");
    assert_eq!(original.as_deref(), Some("FROBNICATE"));
}

#[tokio::test]
async fn axum_names_the_route() {
    let recorded = Recorded::path("/orders/7");
    let layer = HttpServerLayer::new()
        .with_route(|extensions| Some(extensions.get::<MatchedPath>()?.as_str().to_owned()));
    let app = Router::new()
        .route("/orders/{number}", get(async || "an order"))
        .layer(layer);
    let request = Request::get("/orders/7")
        .header("host", "shop.example:8080")
        .header("user-agent", "test")
        .body(axum::body::Body::empty());
    let response = app.oneshot(request.unwrap()).await.unwrap();
    assert_eq!(
        response.into_body().collect().await.unwrap().to_bytes(),
        "an order"
    );
    let start = &recorded.events()[0];
    let expected = [
        ("name", "GET /orders/{number}"),
        ("otel.kind", "server"),
        ("http.request.method", "GET"),
        ("http.route", "/orders/{number}"),
        ("url.path", "/orders/7"),
        ("server.address", "shop.example"),
        ("network.protocol.version", "1.1"),
        ("user_agent.original", "test"),
    ];
    for (key, value) in expected {
        assert_eq!(text(start, key), Some(value.to_owned()), "{key}");
    }
    assert_eq!(number(start, "server.port"), Some(8080));
    assert!(!recorded.end().is_failed());
}

#[tokio::test]
async fn a_request_with_two_contexts_starts_a_new_trace() {
    let server = ServiceBuilder::new()
        .layer(HttpServerLayer::new())
        .service(service_fn(|_: Request<Empty<Bytes>>| async {
            let here = TraceContext::current().map(|here| here.traceparent());
            Ok::<_, Infallible>(Response::new(here.unwrap_or_default()))
        }));
    for (count, expected) in [(1, TRACE), (2, "")] {
        let mut request = request("/two-contexts");
        for _ in 0..count {
            let headers = request.headers_mut();
            headers.append("traceparent", TRACE.parse().unwrap());
        }
        let answer = server.clone().oneshot(request).await.unwrap();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, expected, "{count}");
    }
}

#[tokio::test]
async fn an_address_of_ipv6_has_no_brackets() {
    let recorded = Recorded::path("/ipv6");
    let answer = service_fn(|_| ready(Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))));
    let server = ServiceBuilder::new()
        .layer(HttpServerLayer::new())
        .service(answer);
    let mut request = request("/ipv6");
    let host = "[2001:db8::1]:81".parse().unwrap();
    request.headers_mut().insert("host", host);
    drop(server.oneshot(request).await.unwrap());
    let start = &recorded.events()[0];
    assert_eq!(
        text(start, "server.address").as_deref(),
        Some("2001:db8::1")
    );
    assert_eq!(number(start, "server.port"), Some(81));
}
