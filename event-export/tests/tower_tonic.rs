//! The layers for gRPC, in a server and a client of `tonic`.

#![cfg(all(feature = "otlp", feature = "tower"))]

mod support;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::{Buf, BufMut};
use event_core::{KindFilter, install_listener, trigger_event};
use event_export::Exporter;
use event_export::tower::{HttpClientLayer, HttpServerLayer};
use http::uri::PathAndQuery;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use support::collector::{Collector, exporter, text, value};
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::tokio_stream::Stream;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};
use tonic::{Code, Request, Response, Status};
use tower::{Service, ServiceBuilder};

/// Messages of plain bytes, so that no compiler of protobuf files is needed.
#[derive(Clone, Copy, Debug, Default)]
struct Bytes;

impl Codec for Bytes {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining()).to_vec()))
    }
}

/// A service that answers `ok`, fails with a status at once, or fails after a part of the answer.
#[derive(Clone, Copy, Debug)]
struct Shop;

impl tonic::server::NamedService for Shop {
    const NAME: &'static str = "shop.Orders";
}

/// The method of a request.
#[derive(Clone, Debug)]
struct Method(String);

impl tonic::server::UnaryService<Vec<u8>> for Method {
    type Response = Vec<u8>;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, Status>> + Send>>;

    fn call(&mut self, request: Request<Vec<u8>>) -> Self::Future {
        let method = self.0.clone();
        Box::pin(async move {
            tokio::task::yield_now().await;
            trigger_event("tower_tonic:work", (), || {});
            match &*method {
                "/shop.Orders/Get" => Ok(Response::new(request.into_inner())),
                "/shop.Orders/Find" => Err(Status::not_found("no order 7")),
                other => Err(Status::unavailable(other)),
            }
        })
    }
}

impl tonic::server::ServerStreamingService<Vec<u8>> for Method {
    type Response = Vec<u8>;
    type ResponseStream = Pin<Box<Parts>>;
    type Future = std::future::Ready<Result<Response<Self::ResponseStream>, Status>>;

    fn call(&mut self, _: Request<Vec<u8>>) -> Self::Future {
        std::future::ready(Ok(Response::new(Box::pin(Parts(2)))))
    }
}

/// An answer of parts, whose last one is an error.
struct Parts(u8);

impl Stream for Parts {
    type Item = Result<Vec<u8>, Status>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.0 {
            0 => Poll::Ready(Some(Err(Status::data_loss("the rest is lost")))),
            rest => {
                self.0 -= 1;
                Poll::Ready(Some(Ok(vec![rest])))
            }
        }
    }
}

impl Service<http::Request<tonic::body::Body>> for Shop {
    type Response = http::Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<tonic::body::Body>) -> Self::Future {
        Box::pin(async move {
            let method = Method(request.uri().path().to_owned());
            let mut grpc = tonic::server::Grpc::new(Bytes);
            Ok(if method.0.ends_with("/List") {
                grpc.server_streaming(method, request).await
            } else {
                grpc.unary(method, request).await
            })
        })
    }
}

/// Starts the service, and returns its address.
async fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut server = Server::builder().layer(HttpServerLayer::new());
    let server = server.add_service(Shop);
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    address
}

/// Calls a method. Returns its answer, or its status.
async fn call(address: SocketAddr, method: &'static str) -> Result<Vec<u8>, Status> {
    let channel = Channel::from_shared(format!("http://{address}")).unwrap();
    let channel = channel.connect().await.unwrap();
    let channel = ServiceBuilder::new()
        .layer(HttpClientLayer::new())
        .service(channel);
    // The layer sees the origin of the client; the channel adds its own below the layer.
    let origin = format!("http://{address}").parse().unwrap();
    let mut client = tonic::client::Grpc::with_origin(channel, origin);
    client.ready().await.unwrap();
    let path = PathAndQuery::from_static(method);
    let request = Request::new(b"order 7".to_vec());
    if !method.ends_with("/List") {
        return Ok(client.unary(request, path, Bytes).await?.into_inner());
    }
    let mut answer = client
        .server_streaming(request, path, Bytes)
        .await?
        .into_inner();
    let mut all = Vec::new();
    while let Some(mut part) = answer.message().await? {
        all.append(&mut part);
    }
    Ok(all)
}

/// A call and its spans.
struct Called {
    answer: Result<Vec<u8>, Status>,
    client: Span,
    server: Span,
    /// The span inside the service; a method that sends a stream has none.
    work: Option<Span>,
}

/// Calls a method through the layers.
async fn spans_of(method: &'static str) -> Called {
    // A client sends the context of the exporter that was created last, so there is only one.
    static ONE_EXPORTER: Mutex<()> = Mutex::const_new(());
    let _one = ONE_EXPORTER.lock().await;
    let collector = Collector::start();
    let kinds = "http:*,tower_tonic:*";
    let otlp = install_listener(
        kinds.parse::<KindFilter>().unwrap(),
        exporter(&collector, &[]),
    );
    let answer = call(start().await, method).await;
    // The server may end its scope after the client has read the answer.
    let until = Instant::now() + Duration::from_secs(20);
    let (client, server) = loop {
        otlp.flush().unwrap();
        let spans = collector.spans();
        let find = |kind: SpanKind| {
            let key = match kind {
                SpanKind::Client => "url.full",
                _ => "url.path",
            };
            let is_found = |span: &&Span| {
                let value = text(&span.attributes, key);
                span.kind() == kind && value.is_some_and(|value| value.ends_with(method))
            };
            spans.iter().find(is_found).cloned()
        };
        if let (Some(client), Some(server)) = (find(SpanKind::Client), find(SpanKind::Server)) {
            break (client, server);
        }
        assert!(Instant::now() < until, "{spans:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    let work = collector.spans_of("tower_tonic:work").into_iter();
    let mut work = work.filter(|span| span.parent_span_id == server.span_id);
    Called {
        answer,
        work: work.next(),
        client,
        server,
    }
}

fn grpc_status(span: &Span) -> Option<i64> {
    match value(&span.attributes, "rpc.grpc.status_code")? {
        Value::IntValue(status) => Some(*status),
        other => panic!("{other:?}"),
    }
}

/// Returns the message of a failed span.
fn failure(span: &Span) -> Option<&str> {
    let status = span.status.as_ref()?;
    (status.code() == StatusCode::Error).then_some(&*status.message)
}

fn check_that_it_is_one_trace(called: &Called) {
    let Called { client, server, .. } = called;
    for span in [client, server] {
        assert_eq!(text(&span.attributes, "server.address"), Some("127.0.0.1"));
        assert!(value(&span.attributes, "server.port").is_some());
    }
    assert_eq!(
        (client.kind(), server.kind()),
        (SpanKind::Client, SpanKind::Server)
    );
    assert_eq!(client.trace_id, server.trace_id);
    assert_eq!(server.parent_span_id, client.span_id);
    assert!(client.parent_span_id.is_empty());
    if let Some(work) = &called.work {
        assert_eq!(work.trace_id, server.trace_id);
    }
}

#[tokio::test]
async fn a_call_is_one_trace_of_the_client_the_server_and_the_work() {
    let called = spans_of("/shop.Orders/Get").await;
    assert_eq!(called.answer.as_deref().unwrap(), b"order 7");
    check_that_it_is_one_trace(&called);
    assert!(called.work.is_some());
    for span in [&called.client, &called.server] {
        assert_eq!(grpc_status(span), Some(0));
        assert_eq!(failure(span), None);
        assert_eq!(text(&span.attributes, "http.request.method"), Some("POST"));
        assert_eq!(
            text(&span.attributes, "network.protocol.version"),
            Some("2")
        );
    }
}

#[tokio::test]
async fn a_mistake_of_the_client_fails_only_there() {
    let called = spans_of("/shop.Orders/Find").await;
    assert_eq!(called.answer.as_ref().unwrap_err().code(), Code::NotFound);
    check_that_it_is_one_trace(&called);
    assert!(called.work.is_some());
    for span in [&called.client, &called.server] {
        assert_eq!(grpc_status(span), Some(5));
    }
    assert_eq!(failure(&called.server), None);
    assert_eq!(failure(&called.client), Some("gRPC status 5 NOT_FOUND"));
}

#[tokio::test]
async fn a_failure_of_the_server_fails_on_both_sides() {
    let called = spans_of("/shop.Orders/Delete").await;
    assert_eq!(
        called.answer.as_ref().unwrap_err().code(),
        Code::Unavailable
    );
    check_that_it_is_one_trace(&called);
    for span in [&called.client, &called.server] {
        assert_eq!(grpc_status(span), Some(14));
        assert_eq!(failure(span), Some("gRPC status 14 UNAVAILABLE"));
        assert_eq!(text(&span.attributes, "error.type"), Some("14"));
    }
}

#[tokio::test]
async fn a_failure_in_the_trailers_of_a_stream_fails_on_both_sides() {
    let called = spans_of("/shop.Orders/List").await;
    assert_eq!(called.answer.as_ref().unwrap_err().code(), Code::DataLoss);
    check_that_it_is_one_trace(&called);
    for span in [&called.client, &called.server] {
        assert_eq!(grpc_status(span), Some(15));
        assert_eq!(failure(span), Some("gRPC status 15 DATA_LOSS"));
    }
}
