//! The data of a request, named by the semantic conventions of OpenTelemetry for HTTP.

use event_core::{Data, EventData, Field, Value};
use http::request::Parts;
use http::uri::{Authority, Uri};
use http::{Extensions, HeaderMap, Method, Version, header};

use super::side::Side;

/// The START of a request.
pub(super) struct RequestData<'r> {
    pub(super) side: Side,
    pub(super) request: &'r Parts,
    pub(super) route: Option<&'r RouteFn>,
}

/// Returns the route of a request, from its extensions.
pub(super) type RouteFn = dyn Fn(&Extensions) -> Option<String> + Send + Sync;

impl EventData for RequestData<'_> {
    fn with_data<R>(self, f: impl FnOnce(Data<'_>) -> R) -> R {
        let Parts {
            method,
            uri,
            headers,
            version,
            extensions,
            ..
        } = self.request;
        let route = self.route.and_then(|route| route(extensions));
        let known = known(method);
        let name = name(known, route.as_deref());
        let authority = authority(uri, headers);
        let authority = authority.as_ref();
        let url = (self.side == Side::Client).then(|| full_url(uri)).flatten();
        let agent = (self.side == Side::Server)
            .then(|| header_text(headers, &header::USER_AGENT))
            .flatten();
        let port = authority.and_then(Authority::port_u16);
        let original = known.is_none().then(|| method.as_str());
        let fields = [
            ("name", Some(Value::from(&*name))),
            ("otel.kind", Some(self.side.span_kind().into())),
            (
                "http.request.method",
                Some(known.unwrap_or("_OTHER").into()),
            ),
            ("http.request.method_original", original.map(Value::from)),
            ("http.route", route.as_deref().map(Value::from)),
            ("url.path", url.is_none().then(|| uri.path().into())),
            ("url.scheme", uri.scheme_str().map(Value::from)),
            ("url.full", url.as_deref().map(Value::from)),
            ("server.address", authority.map(|it| address(it).into())),
            ("server.port", port.map(|port| i64::from(port).into())),
            (
                "network.protocol.version",
                version_text(*version).map(Value::from),
            ),
            ("user_agent.original", agent.map(Value::from)),
        ];
        let fields = fields.into_iter();
        let fields = fields.filter_map(|(key, value)| Some(Field::new(key, value?)));
        let fields: Vec<Field<'_>> = fields.collect();
        f(Data::new(&fields))
    }
}

/// Returns the name of the event: the method, and the route if it is known.
fn name(method: Option<&str>, route: Option<&str>) -> String {
    let method = method.unwrap_or("HTTP");
    route.map_or_else(|| method.to_owned(), |route| format!("{method} {route}"))
}

/// Returns the name of a method of the standards. Others would make a name for each.
fn known(method: &Method) -> Option<&'static str> {
    const KNOWN: [&str; 9] = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
    ];
    KNOWN.into_iter().find(|known| *known == method.as_str())
}

/// Returns the host and the port to which the request is sent.
fn authority(uri: &Uri, headers: &HeaderMap) -> Option<Authority> {
    let host = || header_text(headers, &header::HOST)?.parse().ok();
    uri.authority().cloned().or_else(host)
}

/// Returns the host. The brackets around an address of IPv6 belong to the URL.
fn address(authority: &Authority) -> &str {
    let host = authority.host();
    let inside = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    inside.unwrap_or(host)
}

fn header_text<'h>(headers: &'h HeaderMap, name: &header::HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// Returns the address without user, password and query, which may be secret. Returns none if the
/// request has its path only.
fn full_url(uri: &Uri) -> Option<String> {
    let (scheme, authority) = (uri.scheme_str()?, uri.authority()?.as_str());
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    Some(format!("{scheme}://{host}{}", uri.path()))
}

fn version_text(version: Version) -> Option<&'static str> {
    match version {
        Version::HTTP_09 => Some("0.9"),
        Version::HTTP_10 => Some("1.0"),
        Version::HTTP_11 => Some("1.1"),
        Version::HTTP_2 => Some("2"),
        Version::HTTP_3 => Some("3"),
        _ => None,
    }
}
