//! Requests to the collector, and what their answers mean.

use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};

use super::config::Config;
#[cfg(feature = "otlp-grpc")]
use super::config::Protocol;
#[cfg(feature = "otlp-grpc")]
use super::grpc::GrpcClient;
use super::http::HttpClient;

/// The name of this exporter in requests.
pub(super) const USER_AGENT: &str = concat!("event-export/", env!("CARGO_PKG_VERSION"));

/// The result of a request.
#[derive(Debug)]
pub(super) enum Answer {
    /// The collector has accepted the spans, except for this number.
    Accepted { rejected: u64, why: String },
    /// The request may succeed later, not before this time if the collector has given one.
    Later {
        after: Option<Duration>,
        why: String,
    },
    /// The request is too large.
    TooLarge,
    /// The request will never succeed.
    Rejected(String),
}

/// A connection to the collector.
pub(super) enum Client {
    Http(HttpClient),
    #[cfg(feature = "otlp-grpc")]
    Grpc(GrpcClient),
}

impl Client {
    pub(super) fn new(config: &Config) -> Self {
        match config.protocol {
            #[cfg(feature = "otlp-grpc")]
            Protocol::Grpc => Self::Grpc(GrpcClient::new(config)),
            _ => Self::Http(HttpClient::new(config)),
        }
    }

    /// Sends `request`. This takes at most `timeout`, or the configured time if that is shorter.
    pub(super) fn send(&self, request: &ExportTraceServiceRequest, timeout: Duration) -> Answer {
        match self {
            Self::Http(client) => client.send(request, timeout),
            #[cfg(feature = "otlp-grpc")]
            Self::Grpc(client) => client.send(request, timeout),
        }
    }
}

impl Answer {
    pub(super) fn accepted(response: ExportTraceServiceResponse) -> Self {
        let partial = response.partial_success.unwrap_or_default();
        Self::Accepted {
            rejected: u64::try_from(partial.rejected_spans).unwrap_or_default(),
            why: partial.error_message,
        }
    }
}
