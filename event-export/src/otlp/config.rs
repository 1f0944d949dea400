//! The settings: the standard variables of OpenTelemetry, and the exporter's own.

use std::time::Duration;

use super::config_error::OtlpConfigError;
use super::endpoint;
use super::sampler::Sampler;
#[cfg(feature = "otlp-tls")]
use super::tls::Tls;

/// How requests are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Http,
    Grpc,
}

/// The settings of an exporter.
#[derive(Clone, Debug)]
pub(super) struct Config {
    pub(super) protocol: Protocol,
    #[cfg(feature = "otlp-tls")]
    pub(super) tls: Tls,
    pub(super) endpoint: String,
    pub(super) headers: Vec<(String, String)>,
    /// The longest time of one request.
    pub(super) timeout: Duration,
    pub(super) is_compressed: bool,
    /// The attributes of the resource, without those that the exporter adds itself.
    pub(super) resource: Vec<(String, String)>,
    /// The sampler, if one was chosen.
    pub(super) sampler: Option<Sampler>,
    pub(super) is_disabled: bool,
    /// If set, traces are only kept if a span failed or took as long as this, or if the sampler
    /// selects them.
    pub(super) slow: Option<Duration>,
    /// How many traces are kept in a second.
    pub(super) rate: Option<u32>,
    pub(super) max_bytes: usize,
}

impl Config {
    pub(super) const DEFAULT_MAX_BYTES: usize = 16 << 20;

    /// Returns the limit of the spans that wait for the exporter's thread.
    pub(super) fn queue_bytes(&self) -> usize {
        match self.slow {
            None => self.max_bytes,
            Some(_) => self.max_bytes / 2, // the traces without a decision take the other half
        }
    }

    /// Returns whether no trace that this process starts is exported.
    pub(super) fn samples_none(&self) -> bool {
        let is_none = |sampler: Sampler| sampler.ratio <= 0.0;
        !self.is_disabled && self.slow.is_none() && self.sampler.is_some_and(is_none)
    }

    /// Reads the settings from `variable`, which returns the value of an environment variable.
    pub(super) fn new(variable: impl Fn(&str) -> Option<String>) -> Result<Self, OtlpConfigError> {
        // The specification treats empty variables like missing ones.
        let variable = |name: &str| {
            let value = variable(name)?;
            Some(value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        // A variable of this signal alone takes precedence.
        let of_signal = |name: &str| {
            let own = format!("OTEL_EXPORTER_OTLP_TRACES_{name}");
            let general = format!("OTEL_EXPORTER_OTLP_{name}");
            [own, general].into_iter().find_map(|name| {
                let value = variable(&name)?;
                Some((name, value))
            })
        };
        let mut protocol = Protocol::Http;
        if let Some((name, value)) = of_signal("PROTOCOL") {
            protocol =
                parse_protocol(&value).map_err(|why| OtlpConfigError::new(&name, &value, why))?;
        }
        let mut headers = Vec::new();
        if let Some((name, value)) = of_signal("HEADERS") {
            headers = parse_pairs(&value)
                .and_then(|headers| check_headers(headers, protocol))
                .map_err(|why| OtlpConfigError::new(&name, &value, why))?;
        }
        let timeout = match of_signal("TIMEOUT") {
            None => Duration::from_secs(10),
            Some((name, value)) => parse_millis(&value).ok_or_else(|| {
                let why = "it is a number of milliseconds above zero, such as `10000`";
                OtlpConfigError::new(&name, &value, why)
            })?,
        };
        let is_compressed = match of_signal("COMPRESSION") {
            None => false,
            Some((name, value)) => match &*value {
                "gzip" => true,
                "none" => false,
                _ => {
                    let why = "it is `gzip` or `none`";
                    return Err(OtlpConfigError::new(&name, &value, why));
                }
            },
        };
        let endpoint = endpoint::from_variables(variable, protocol)?;
        #[cfg(not(feature = "otlp-tls"))]
        refuse_certificates(of_signal)?;
        let is_disabled =
            variable("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        Ok(Self {
            protocol,
            #[cfg(feature = "otlp-tls")]
            tls: Tls::from_variables(of_signal)?,
            endpoint,
            headers,
            timeout,
            is_compressed,
            resource: parse_resource(variable)?,
            sampler: parse_sampler(variable)?,
            is_disabled,
            slow: None,
            rate: None,
            max_bytes: Self::DEFAULT_MAX_BYTES,
        })
    }
}

/// Returns an error if a variable names a certificate, which only connections with TLS use.
#[cfg(not(feature = "otlp-tls"))]
fn refuse_certificates(
    of_signal: impl Fn(&str) -> Option<(String, String)>,
) -> Result<(), OtlpConfigError> {
    for name in ["CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY"] {
        if let Some((name, value)) = of_signal(name) {
            let why = "this program was built without TLS; enable the feature `otlp-tls` of \
                       event-export, or remove the variable";
            return Err(OtlpConfigError::new(&name, &value, why));
        }
    }
    Ok(())
}

fn parse_protocol(protocol: &str) -> Result<Protocol, &'static str> {
    match protocol {
        "http/protobuf" => Ok(Protocol::Http),
        "grpc" if cfg!(feature = "otlp-grpc") => Ok(Protocol::Grpc),
        "grpc" => Err(
            "this program was built without gRPC; enable the feature `otlp-grpc` of event-export, \
             or write `http/protobuf`, and the collector's port for HTTP, usually 4318, in the \
             endpoint",
        ),
        _ => Err("write `http/protobuf`, which every collector accepts"),
    }
}

fn parse_millis(text: &str) -> Option<Duration> {
    let millis = text.parse().ok().filter(|millis| *millis > 0);
    millis.map(Duration::from_millis)
}

/// Parses `key=value` pairs that are separated by commas. Values may have percent escapes.
fn parse_pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let pairs = text
        .split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| format!("`{pair}` has no value; write `{pair}=VALUE`"))?;
        let key = key.trim();
        if key.is_empty() {
            return Err(format!("`{pair}` has no key; write `KEY{pair}`"));
        }
        Ok((key.to_owned(), decode_percent(value.trim())?))
    });
    pairs.collect()
}

fn decode_percent(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digit = |at: usize| char::from(*after.get(at)?).to_digit(16);
        let (Some(high), Some(low)) = (digit(0), digit(1)) else {
            return Err(format!(
                "`{text}` has a `%` without two digits; write `%25` for `%`"
            ));
        };
        bytes.extend(u8::try_from(high << 4 | low));
        rest = &after[2..];
    }
    String::from_utf8(bytes).map_err(|_| format!("`{text}` is not UTF-8 after decoding"))
}

/// The headers that belong to the encoding of a request or to the connection. A second one would
/// break the request.
const OWN_HEADERS: [&str; 10] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

fn check_headers(
    headers: Vec<(String, String)>,
    protocol: Protocol,
) -> Result<Vec<(String, String)>, String> {
    let is_token = |c: u8| c.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&c);
    let is_text = |c: u8| c == b'\t' || (b' '..=b'~').contains(&c);
    for (name, value) in &headers {
        if !name.bytes().all(is_token) {
            return Err(format!("`{name}` is not the name of a header"));
        }
        let is_own = OWN_HEADERS.iter().any(|own| own.eq_ignore_ascii_case(name));
        if is_own || name.to_ascii_lowercase().starts_with("grpc-") {
            return Err(format!(
                "`{name}` is set by the exporter itself; leave it out"
            ));
        }
        if protocol == Protocol::Grpc && name.to_ascii_lowercase().ends_with("-bin") {
            return Err(format!(
                "`{name}` is binary in gRPC, which is not supported"
            ));
        }
        if !value.bytes().all(is_text) {
            return Err(format!(
                "the value of `{name}` has a character that no header may have"
            ));
        }
    }
    Ok(headers)
}

fn parse_resource(
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Vec<(String, String)>, OtlpConfigError> {
    const ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";
    let mut resource = match variable(ATTRIBUTES) {
        None => Vec::new(),
        Some(value) => {
            parse_pairs(&value).map_err(|why| OtlpConfigError::new(ATTRIBUTES, &value, why))?
        }
    };
    if let Some(name) = variable("OTEL_SERVICE_NAME") {
        set(&mut resource, SERVICE_NAME, name);
    }
    Ok(resource)
}

pub(super) const SERVICE_NAME: &str = "service.name";

/// Sets the value of `key`.
pub(super) fn set(attributes: &mut Vec<(String, String)>, key: &str, value: String) {
    attributes.retain(|(other, _)| other != key);
    attributes.push((key.to_owned(), value));
}

fn parse_sampler(
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<Sampler>, OtlpConfigError> {
    const SAMPLER: &str = "OTEL_TRACES_SAMPLER";
    const ARGUMENT: &str = "OTEL_TRACES_SAMPLER_ARG";
    let Some(name) = variable(SAMPLER) else {
        return Ok(None);
    };
    let (is_parent_based, root) = match name.strip_prefix("parentbased_") {
        Some(root) => (true, root),
        None => (false, &*name),
    };
    let ratio = match root {
        "always_on" => 1.0,
        "always_off" => 0.0,
        "traceidratio" => match variable(ARGUMENT) {
            None => 1.0,
            Some(value) => parse_ratio(&value).ok_or_else(|| {
                let why = "it is a number from 0 to 1, such as `0.1`";
                OtlpConfigError::new(ARGUMENT, &value, why)
            })?,
        },
        _ => {
            let why = "it is `always_on`, `always_off`, `traceidratio`, or one of them after \
                       `parentbased_`";
            return Err(OtlpConfigError::new(SAMPLER, &name, why));
        }
    };
    Ok(Some(Sampler {
        is_parent_based,
        ratio,
    }))
}

fn parse_ratio(text: &str) -> Option<f64> {
    let ratio = text.parse().ok();
    ratio.filter(|ratio| (0.0..=1.0).contains(ratio))
}
