//! The address of the collector.

use super::config::Protocol;
use super::config_error::OtlpConfigError;

/// The path of traces after the base of `OTEL_EXPORTER_OTLP_ENDPOINT`.
const PATH: &str = "v1/traces";

/// Returns the address of the endpoint for traces, or else of the endpoint for all signals.
pub(super) fn from_variables(
    variable: impl Fn(&str) -> Option<String>,
    protocol: Protocol,
) -> Result<String, OtlpConfigError> {
    const TRACES: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    const BASE: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
    if let Some(endpoint) = variable(TRACES) {
        check(TRACES, &endpoint)?;
        return Ok(endpoint);
    }
    match variable(BASE) {
        Some(base) if protocol == Protocol::Grpc => {
            check(BASE, &base)?;
            Ok(base)
        }
        None if protocol == Protocol::Grpc => Ok("http://localhost:4317".to_owned()),
        Some(base) => from_base(BASE, &base),
        None => Ok(format!("http://localhost:4318/{PATH}")),
    }
}

/// Returns the address of traces at the collector with the address `base`.
pub(super) fn from_base(name: &str, base: &str) -> Result<String, OtlpConfigError> {
    check(name, base)?;
    Ok(format!("{}/{PATH}", base.trim_end_matches('/')))
}

fn check(name: &str, endpoint: &str) -> Result<(), OtlpConfigError> {
    let invalid = |why: &str| Err(OtlpConfigError::new(name, endpoint, why));
    let Some((scheme, rest)) = endpoint.split_once("://") else {
        return invalid("write a URL, such as `http://localhost:4318`");
    };
    match scheme {
        "https" if !cfg!(feature = "otlp-tls") => {
            return invalid(
                "this program was built without TLS; enable the feature `otlp-tls` of event-export",
            );
        }
        "http" | "https" => {}
        _ => return invalid("write a URL with `http://` or `https://`"),
    }
    let uri = ureq::http::Uri::try_from(endpoint).ok();
    let uri = uri.filter(|uri| uri.host().is_some_and(|host| !host.is_empty()));
    let Some(uri) = uri else {
        return invalid("write a URL with a host, such as `http://localhost:4318`");
    };
    // A port that is no number of 16 bits is otherwise the port of the scheme.
    let host_and_port = uri
        .authority()
        .and_then(|it| it.as_str().rsplit('@').next());
    let port = host_and_port.and_then(|text| text.strip_prefix(uri.host()?));
    if port.is_some_and(|port| !port.is_empty()) && uri.port_u16().is_none_or(|port| port == 0) {
        return invalid("write a port from 1 to 65535");
    }
    if rest.contains(['?', '#']) && name.ends_with("OTLP_ENDPOINT") {
        return invalid(
            "a path is appended to it; write a URL with a query in \
             `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`",
        );
    }
    Ok(())
}
