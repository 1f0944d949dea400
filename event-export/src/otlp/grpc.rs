//! Requests by gRPC.
//!
//! The client of the protocol is asynchronous. It runs on the exporter's thread, in a runtime that
//! nothing else uses, so it does not depend on the program's runtime.

use std::error::Error;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use prost::Message;
use tokio::runtime::{Builder, Runtime};
use tonic::codec::CompressionEncoding;
use tonic::metadata::{MetadataKey, MetadataMap};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};

use super::client::{Answer, USER_AGENT};
use super::config::Config;

pub(super) struct GrpcClient {
    /// Or why it could not be created.
    connection: Result<Connection, String>,
    metadata: MetadataMap,
    timeout: Duration,
}

struct Connection {
    /// None while it is dropped.
    runtime: Option<Runtime>,
    client: TraceServiceClient<Channel>,
}

impl GrpcClient {
    pub(super) fn new(config: &Config) -> Self {
        let mut metadata = MetadataMap::new();
        for (name, value) in &config.headers {
            let name = MetadataKey::from_bytes(name.to_ascii_lowercase().as_bytes());
            if let (Ok(name), Ok(value)) = (name, value.parse()) {
                metadata.append(name, value);
            }
        }
        Self {
            connection: connect(config).map_err(|error| last_source(&*error)),
            metadata,
            timeout: config.timeout,
        }
    }

    /// Sends `request`. This takes at most `timeout`, or the configured time if that is shorter.
    pub(super) fn send(&self, request: &ExportTraceServiceRequest, timeout: Duration) -> Answer {
        let connection = match &self.connection {
            Ok(connection) => connection,
            Err(why) => return Answer::Rejected(why.clone()),
        };
        let Some(runtime) = &connection.runtime else {
            return Answer::Rejected("the exporter has ended".to_owned());
        };
        let mut message = Request::new(request.clone());
        *message.metadata_mut() = self.metadata.clone();
        let mut client = connection.client.clone();
        let timeout = timeout.min(self.timeout);
        let sent = runtime.block_on(async {
            let sent = client.export(message);
            tokio::time::timeout(timeout, sent).await
        });
        match sent {
            Ok(Ok(response)) => Answer::accepted(response.into_inner()),
            Ok(Err(status)) => answer(&status),
            Err(_) => Answer::Later {
                after: None,
                why: format!("no answer within {timeout:?}"),
            },
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background(); // does not wait for the resolution of a name
        }
    }
}

fn connect(config: &Config) -> Result<Connection, Box<dyn Error>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let endpoint = Endpoint::from_shared(config.endpoint.clone())?
        .user_agent(USER_AGENT)?
        .connect_timeout(config.timeout);
    #[cfg(feature = "otlp-tls")]
    let endpoint = endpoint.tls_config(config.tls.of_grpc())?;
    let channel = {
        let _entered = runtime.enter();
        endpoint.connect_lazy()
    };
    let mut client = TraceServiceClient::new(channel);
    if config.is_compressed {
        client = client.send_compressed(CompressionEncoding::Gzip);
    }
    Ok(Connection {
        runtime: Some(runtime),
        client: client.accept_compressed(CompressionEncoding::Gzip),
    })
}

/// Returns the meaning of a status, as the specification has it.
fn answer(status: &Status) -> Answer {
    let why = why(status);
    if is_too_large(status) {
        return Answer::TooLarge;
    }
    let after = retry_delay(status.details());
    // An error of the connection has no status of its own, but a source.
    let is_of_connection = status.code() == Code::Unknown && status.source().is_some();
    match status.code() {
        Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unavailable
        | Code::DataLoss => Answer::Later { after, why },
        Code::ResourceExhausted if after.is_some() => Answer::Later { after, why },
        _ if is_of_connection => Answer::Later { after: None, why },
        _ => Answer::Rejected(why),
    }
}

/// Returns whether the collector limits the size of messages. There is no code for this: the
/// libraries for Go and Java answer `ResourceExhausted`, and that for Rust `OutOfRange`.
fn is_too_large(status: &Status) -> bool {
    let is_limit = matches!(status.code(), Code::ResourceExhausted | Code::OutOfRange);
    let texts = ["larger than max", "too large", "exceeds maximum size"];
    is_limit && texts.iter().any(|text| status.message().contains(text))
}

fn why(status: &Status) -> String {
    match status.source() {
        Some(source) => last_source(source),
        None if status.message().is_empty() => format!("{:?}", status.code()),
        None => format!("{:?}: {}", status.code(), status.message()),
    }
}

/// Returns the text of the error that caused `error`.
fn last_source(error: &dyn Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

/// A `google.rpc.Status`, as a status has it in its details.
#[derive(Clone, PartialEq, Message)]
struct Details {
    #[prost(message, repeated, tag = "3")]
    details: Vec<Detail>,
}

/// A `google.protobuf.Any`.
#[derive(Clone, PartialEq, Message)]
struct Detail {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

/// A `google.rpc.RetryInfo`.
#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Delay>,
}

/// A `google.protobuf.Duration`.
#[derive(Clone, PartialEq, Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

/// Returns the time after which a request may be repeated.
fn retry_delay(details: &[u8]) -> Option<Duration> {
    let details = Details::decode(details).ok()?.details;
    let is_retry = |detail: &&Detail| detail.type_url.ends_with("/google.rpc.RetryInfo");
    let info = RetryInfo::decode(&*details.iter().find(is_retry)?.value).ok()?;
    let delay = info.retry_delay.unwrap_or_default();
    let nanos = u32::try_from(delay.nanos).unwrap_or_default();
    let seconds = u64::try_from(delay.seconds).unwrap_or_default();
    Some(Duration::from_secs(seconds) + Duration::from_nanos(nanos.into()))
}
