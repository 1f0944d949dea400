//! A collector of OpenTelemetry that receives by gRPC, in the process of the test.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use tonic::codec::CompressionEncoding;
use tonic::metadata::KeyAndValueRef;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Response, Status};

use super::collector::{Collector, Received, Reply};

type ReplyFn = dyn Fn(usize) -> Reply + Send + Sync;

struct Service {
    collector: Collector,
    reply: Arc<ReplyFn>,
}

/// Starts a collector. `reply` gets the number of the request. The status of its answer is a code
/// of gRPC, and the header is the seconds of a pause.
pub(crate) fn start(reply: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Collector {
    start_with(Server::builder(), "http", reply)
}

pub(crate) fn start_with(
    mut server: Server,
    scheme: &str,
    reply: impl Fn(usize) -> Reply + Send + Sync + 'static,
) -> Collector {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let entered = runtime.enter();
    let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = format!("{scheme}://{}", incoming.local_addr().unwrap());
    drop(entered);
    let collector = Collector::at(address);
    let service = Service {
        collector: collector.clone(),
        reply: Arc::new(reply),
    };
    let service = TraceServiceServer::new(service)
        .accept_compressed(CompressionEncoding::Gzip)
        .send_compressed(CompressionEncoding::Gzip);
    thread::spawn(move || {
        let serve = server.add_service(service).serve_with_incoming(incoming);
        runtime.block_on(serve).unwrap();
    });
    collector
}

#[tonic::async_trait]
impl TraceService for Service {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let headers = request.metadata().iter().map(|pair| match pair {
            KeyAndValueRef::Ascii(name, value) => {
                (name.to_string(), value.to_str().unwrap().to_owned())
            }
            KeyAndValueRef::Binary(name, _) => (name.to_string(), String::new()),
        });
        let received = Received {
            path: String::new(),
            headers: headers.collect::<HashMap<_, _>>(),
            len: request.get_ref().encoded_len(),
            request: request.into_inner(),
            at: Instant::now(),
            is_accepted: false,
        };
        let rejected = match self.collector.add(received, &*self.reply) {
            Reply::Accept => 0,
            Reply::Partial(rejected) => rejected,
            Reply::Status(code, pause) => return Err(status(code, pause)),
            Reply::Reset => return Err(Status::aborted("")),
            Reply::Slow(time) => {
                tokio::time::sleep(time).await;
                0
            }
            Reply::Silent => std::future::pending().await,
        };
        let partial = (rejected > 0).then(|| ExportTracePartialSuccess {
            rejected_spans: rejected,
            error_message: "too old".to_owned(),
        });
        Ok(Response::new(ExportTraceServiceResponse {
            partial_success: partial,
        }))
    }
}

/// Returns a status with this code. If `pause` is a number of seconds, its details ask for a pause.
fn status(code: u16, pause: &str) -> Status {
    let (code, message) = (Code::from(i32::from(code)), "the collector's reason");
    if let Ok(seconds) = pause.parse() {
        return Status::with_details(code, message, details(seconds).into());
    }
    let message = if pause.is_empty() { message } else { pause };
    Status::new(code, message)
}

/// Encodes a `google.rpc.Status` with a `google.rpc.RetryInfo`.
fn details(seconds: u8) -> Vec<u8> {
    let field = |tag: u8, value: &[u8]| {
        let len = u8::try_from(value.len()).unwrap();
        [&[tag << 3 | 2, len], value].concat()
    };
    let delay = [1 << 3, seconds];
    let any = [
        field(1, b"type.googleapis.com/google.rpc.RetryInfo"),
        field(2, &field(1, &delay)),
    ];
    field(3, &any.concat())
}

/// The time in which a request surely arrives.
pub(crate) fn wait_for_request(collector: &Collector) {
    let until = Instant::now() + Duration::from_secs(20);
    while collector.received().is_empty() {
        assert!(Instant::now() < until, "no request arrived");
        thread::sleep(Duration::from_millis(10));
    }
}
