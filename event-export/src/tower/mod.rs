//! Middleware for HTTP and gRPC: a scope for each request, in the trace of its sender.
//!
//! [`HttpServerLayer`] is for servers, [`HttpClientLayer`] for clients. They are layers of
//! [`tower`](https://docs.rs/tower), so they work in axum, tonic, hyper and everything else that is
//! made of services with the types of the crate `http`.
//!
//! A server reads the headers `traceparent`, `tracestate` and `baggage` of a request, and works in
//! this [`TraceContext`](crate::TraceContext). Baggage without a valid `traceparent` is left out.
//! A client writes the headers of its current context. So the requests that a server sends while it
//! answers one belong to the same trace, with or without an exporter of traces.
//!
//! # Events
//!
//! The kind is `http:server` or `http:client`. The data have the names of the [semantic conventions
//! of OpenTelemetry](https://opentelemetry.io/docs/specs/semconv/http/http-spans/):
//!
//! | key | at |
//! | --- | --- |
//! | `name`: the method and the route; `otel.kind`: `server` or `client` | START |
//! | `http.request.method`, `network.protocol.version` | START |
//! | `server.address`, `server.port` | START |
//! | `http.route`, `url.path`, `url.scheme`, `user_agent.original` | START of a server |
//! | `url.full`: without user, password and query | START of a client |
//! | `http.response.status_code`, `rpc.grpc.status_code`, `error.type` | END |
//!
//! The query of an address is left out, because it may be secret. So are all other headers.
//!
//! The END is broadcast at the end of the response's body, so the duration includes a stream. It is
//! a failure if the service returned an error, if the body did, if the status is 5xx (for a client
//! also 4xx), or if the status of gRPC is a failure of this side. The END is cancelled if the
//! request was dropped before its response, as by a time limit or a closed connection, or if the
//! body was dropped before its end. A panic of the service is a failure by this panic.
//!
//! While the service and the body are polled, the request is the current event. The time of these
//! polls is its [busy](event_core::Event::busy) time; in the rest of its duration it waits.
//!
//! # Examples
//!
//! ```
//! use event_core::install_recorder;
//! use event_export::tower::HttpServerLayer;
//! use http::{Request, Response};
//! use tower::{Service, ServiceBuilder, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut server = ServiceBuilder::new()
//!     .layer(HttpServerLayer::new())
//!     .service(service_fn(|_: Request<String>| async {
//!         Ok::<_, std::io::Error>(Response::builder().status(503).body(String::new()).unwrap())
//!     }));
//!
//! let recorder = install_recorder("http:*");
//! let request = Request::get("/orders/7").header("host", "shop:80").body(String::new())?;
//! server.call(request).await?;
//! let (_, end) = &recorder.buffer()[1];
//! assert_eq!(end.data().get("url.path").unwrap().to_str(), Some("/orders/7"));
//! assert_eq!(end.data().get("http.response.status_code").unwrap().to_i64(), Some(503));
//! assert_eq!(end.exc_details().unwrap().message(), "503 Service Unavailable");
//! # Ok(())
//! # }
//! ```

use std::fmt::{self, Display};
use std::sync::Arc;
use std::task::{Context, Poll};

use event_core::__private::Callsite;
use event_core::Kind;
use http::{Extensions, Method, Request, Response};
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;

mod body;
mod fields;
mod future;
mod grpc;
mod headers;
mod scope;
mod side;

pub use body::HttpBody;
use fields::{RequestData, RouteFn};
pub use future::HttpFuture;
use scope::RequestScope;
use side::Side;

static SERVER: Callsite = callsite("http:server", line!());
static CLIENT: Callsite = callsite("http:client", line!());

const fn callsite(kind: &'static str, line: u32) -> Callsite {
    Callsite::of_macro(Kind::from_static(kind), (file!(), line, 1)).for_futures()
}

/// Starts a scope for each request that a server receives; see the [module](self).
///
/// # Examples
///
/// In axum, the layer of a router knows the route of a request:
///
/// ```
/// use axum::{Router, extract::MatchedPath, routing::get};
/// use event_export::tower::HttpServerLayer;
///
/// let requests = HttpServerLayer::new()
///     .with_route(|extensions| Some(extensions.get::<MatchedPath>()?.as_str().to_owned()));
/// let app: Router = Router::new()
///     .route("/orders/{number}", get(async || "an order"))
///     .layer(requests);
/// ```
#[derive(Clone, Default)]
pub struct HttpServerLayer {
    route: Option<Arc<RouteFn>>,
}

impl HttpServerLayer {
    /// Returns a layer that does not know routes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the same layer with a function that finds the route of a request, such as
    /// `/orders/{number}`, in its extensions. The function is called only if a listener wants data.
    #[must_use]
    pub fn with_route<F>(self, route: F) -> Self
    where
        F: Fn(&Extensions) -> Option<String> + Send + Sync + 'static,
    {
        Self {
            route: Some(Arc::new(route)),
        }
    }
}

impl fmt::Debug for HttpServerLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpServerLayer")
            .field("has_route", &self.route.is_some())
            .finish()
    }
}

impl<S> Layer<S> for HttpServerLayer {
    type Service = HttpServer<S>;

    fn layer(&self, service: S) -> HttpServer<S> {
        HttpServer {
            service,
            layer: self.clone(),
        }
    }
}

/// The service of a [`HttpServerLayer`].
#[derive(Clone, Debug)]
pub struct HttpServer<S> {
    service: S,
    layer: HttpServerLayer,
}

impl<S, B, R> Service<Request<B>> for HttpServer<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: Display,
    R: Body,
{
    type Response = Response<HttpBody<R>>;
    type Error = S::Error;
    type Future = HttpFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (head, body) = request.into_parts();
        let data = RequestData {
            side: Side::Server,
            request: &head,
            route: self.layer.route.as_deref(),
        };
        let sender = headers::read(&head.headers);
        let mut scope = RequestScope::start(Side::Server, &SERVER, sender, data);
        let is_head = head.method == Method::HEAD;
        let request = Request::from_parts(head, body);
        let future = scope.run(|| self.service.call(request));
        HttpFuture::new(future, scope, is_head)
    }
}

/// Starts a scope for each request that a client sends, and adds the headers of its trace; see the
/// [module](self).
///
/// The data `server.address`, `server.port` and `url.full` need a request with the host: in its
/// address, or for the first two in the header `host`. Clients of tonic send only a path, and their
/// channel adds the host below this layer. So create them by `with_origin`, with the address of the
/// channel:
///
/// ```ignore
/// let channel = ServiceBuilder::new().layer(HttpClientLayer::new()).service(channel);
/// let client = ShopClient::with_origin(channel, "http://shop:50051".parse()?);
/// ```
///
/// # Examples
///
/// ```
/// use event_export::TraceContext;
/// use event_export::tower::HttpClientLayer;
/// use http::{Request, Response};
/// use tower::{Service, ServiceBuilder, service_fn};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut client = ServiceBuilder::new()
///     .layer(HttpClientLayer::new())
///     .service(service_fn(|request: Request<String>| async move {
///         let sent = request.headers().get("traceparent").cloned();
///         Ok::<_, std::io::Error>(Response::new(sent.unwrap().to_str().unwrap().to_owned()))
///     }));
///
/// let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
/// let context = TraceContext::parse(header, None)?;
/// let request = Request::get("http://shop/orders/7").body(String::new())?;
/// let response = context.run(|| client.call(request)).await?;
/// let (_, body) = response.into_parts();
/// assert_eq!(body.into_inner(), header);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct HttpClientLayer;

impl HttpClientLayer {
    /// Returns a layer for clients.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl<S> Layer<S> for HttpClientLayer {
    type Service = HttpClient<S>;

    fn layer(&self, service: S) -> HttpClient<S> {
        HttpClient { service }
    }
}

/// The service of a [`HttpClientLayer`].
#[derive(Clone, Debug)]
pub struct HttpClient<S> {
    service: S,
}

impl<S, B, R> Service<Request<B>> for HttpClient<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: Display,
    R: Body,
{
    type Response = Response<HttpBody<R>>;
    type Error = S::Error;
    type Future = HttpFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut head, body) = request.into_parts();
        let data = RequestData {
            side: Side::Client,
            request: &head,
            route: None,
        };
        let mut scope = RequestScope::start(Side::Client, &CLIENT, None, data);
        if let Some(context) = scope.context() {
            headers::write(context, &mut head.headers);
        }
        let is_head = head.method == Method::HEAD;
        let request = Request::from_parts(head, body);
        let future = scope.run(|| self.service.call(request));
        HttpFuture::new(future, scope, is_head)
    }
}
