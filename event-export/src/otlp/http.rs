//! Requests by HTTP.

use std::io::{self, Write};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body};

use super::client::{Answer, USER_AGENT};
use super::config::Config;

/// The longest answer that is read.
const MAX_ANSWER: u64 = 64 << 10;

pub(super) struct HttpClient {
    agent: Agent,
    config: Config,
}

impl HttpClient {
    pub(super) fn new(config: &Config) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(USER_AGENT);
        #[cfg(feature = "otlp-tls")]
        let agent = agent.tls_config(config.tls.of_http());
        let agent = agent.build().new_agent();
        Self {
            agent,
            config: config.clone(),
        }
    }

    /// Sends `message`. The request takes at most `timeout`, or the configured time if that is
    /// shorter.
    pub(super) fn send(&self, message: &impl Message, timeout: Duration) -> Answer {
        let body = message.encode_to_vec();
        let body = if self.config.is_compressed {
            compress(&body)
        } else {
            Ok(body)
        };
        let sent = body.map_err(ureq::Error::from).and_then(|body| {
            let mut request = self.agent.post(&self.config.endpoint);
            for (name, value) in &self.config.headers {
                request = request.header(name, value);
            }
            if self.config.is_compressed {
                request = request.header("content-encoding", "gzip");
            }
            request
                .header("content-type", "application/x-protobuf")
                .config()
                .timeout_global(Some(timeout.min(self.config.timeout)))
                .build()
                .send(&body[..])
        });
        match sent {
            Ok(response) => answer(response),
            Err(error) if is_temporary(&error) => Answer::Later {
                after: None,
                why: error.to_string(),
            },
            Err(error) => Answer::Rejected(error.to_string()),
        }
    }
}

fn compress(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
}

/// Returns whether the collector may become reachable later.
fn is_temporary(error: &ureq::Error) -> bool {
    use ureq::Error;
    matches!(
        error,
        Error::Io(_)
            | Error::Timeout(_)
            | Error::HostNotFound
            | Error::ConnectionFailed
            | Error::Protocol(_)
            | Error::ConnectProxyFailed(_)
    )
}

fn answer(mut response: Response<Body>) -> Answer {
    let status = response.status();
    let after = response
        .headers()
        .get("retry-after")
        .and_then(|it| it.to_str().ok());
    let after = after
        .and_then(|it| it.trim().parse().ok())
        .map(Duration::from_secs);
    let body = response
        .body_mut()
        .with_config()
        .limit(MAX_ANSWER)
        .read_to_vec();
    let body = body.unwrap_or_default();
    match status {
        status if status.is_success() => {
            Answer::accepted(ExportTraceServiceResponse::decode(&*body).unwrap_or_default())
        }
        StatusCode::PAYLOAD_TOO_LARGE => Answer::TooLarge,
        // The specification names these. Every other status is final.
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => Answer::Later {
            after,
            why: status.to_string(),
        },
        status => Answer::Rejected(status.to_string()),
    }
}
