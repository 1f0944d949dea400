//! Connections with TLS, to collectors whose certificate another one has signed.

#![cfg(all(feature = "otlp-tls", feature = "otlp-grpc"))]

mod support;

use std::sync::Arc;

use event_core::{install_listener, trigger_event};
use event_export::{Exporter, OtlpSpans};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use support::collector::{Collector, Reply, exporter};
use support::grpc_collector;
use support::temp_dir::TempDir;
use tonic::transport::{Certificate, Identity, Server, ServerTlsConfig};

/// An authority, and what it has signed, in PEM format.
struct Authority {
    certificate: String,
    server: (String, String),
    client: (String, String),
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        let sign = |name: &str| {
            let key = KeyPair::generate().unwrap();
            let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
            let certificate = params.signed_by(&key, &issuer).unwrap();
            (certificate.pem(), key.serialize_pem())
        };
        Self {
            certificate,
            server: sign("127.0.0.1"),
            client: sign("client"),
        }
    }

    /// Starts a collector for HTTP. It wants a certificate of its clients if `is_mutual`.
    fn https(&self, is_mutual: bool) -> Collector {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(self.certificate.as_bytes()).unwrap())
            .unwrap();
        let clients = WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap();
        let config = if is_mutual {
            config.with_client_cert_verifier(clients.build().unwrap())
        } else {
            config.with_no_client_auth()
        };
        let (certificate, key) = &self.server;
        let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
        let config = Arc::new(config.with_single_cert(vec![certificate], key).unwrap());
        let accept = move |stream| {
            let connection = ServerConnection::new(config.clone()).unwrap();
            Some(Box::new(StreamOwned::new(connection, stream)) as Box<_>)
        };
        Collector::with_streams("https", accept, |_| Reply::Accept)
    }

    /// Starts a collector for gRPC.
    fn grpcs(&self, is_mutual: bool) -> Collector {
        let (certificate, key) = &self.server;
        let mut tls = ServerTlsConfig::new().identity(Identity::from_pem(certificate, key));
        if is_mutual {
            tls = tls.client_ca_root(Certificate::from_pem(&self.certificate));
        }
        let server = Server::builder().tls_config(tls).unwrap();
        grpc_collector::start_with(server, "https", |_| Reply::Accept)
    }
}

const CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_CERTIFICATE";
const CLIENT_CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE";
const CLIENT_KEY: &str = "OTEL_EXPORTER_OTLP_CLIENT_KEY";

fn protocol(name: &'static str) -> (&'static str, &'static str) {
    ("OTEL_EXPORTER_OTLP_PROTOCOL", name)
}

/// Sends a span. Returns how many were exported.
fn send(kind: &'static str, collector: &Collector, variables: &[(&str, &str)]) -> u64 {
    let spans = install_listener(kind, exporter(collector, variables));
    trigger_event(kind, (), || {});
    spans.finish(); // gives up early if the connection fails
    spans.exported()
}

#[test]
fn certificate_that_the_named_authority_has_signed_is_accepted() {
    const KIND: &str = "otlp_tls:accepted";
    let directory = TempDir::new("otlp_tls_accepted");
    let (authority, other) = (Authority::new(), Authority::new());
    let (path, of_other) = (
        directory.path().join("ca.pem"),
        directory.path().join("other.pem"),
    );
    std::fs::write(&path, &authority.certificate).unwrap();
    std::fs::write(&of_other, &other.certificate).unwrap();
    let (path, of_other) = (path.to_str().unwrap(), of_other.to_str().unwrap());
    let collectors = [
        ("http/protobuf", authority.https(false)),
        ("grpc", authority.grpcs(false)),
    ];
    for (name, collector) in collectors {
        let variables = [protocol(name), (CERTIFICATE, path)];
        assert_eq!(send(KIND, &collector, &variables), 1, "{name}");
        // Neither the authorities of the browsers nor another one have signed it.
        assert_eq!(send(KIND, &collector, &[protocol(name)]), 0, "{name}");
        assert_eq!(
            send(KIND, &collector, &[protocol(name), (CERTIFICATE, of_other)]),
            0,
            "{name}"
        );
        assert_eq!(collector.spans().len(), 1);
    }
}

#[test]
fn client_shows_its_certificate() {
    const KIND: &str = "otlp_tls:client";
    let directory = TempDir::new("otlp_tls_client");
    let authority = Authority::new();
    let write = |name: &str, pem: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, pem).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let path = write("ca.pem", &authority.certificate);
    let certificate = write("client.pem", &authority.client.0);
    let key = write("client.key", &authority.client.1);
    let collectors = [
        ("http/protobuf", authority.https(true)),
        ("grpc", authority.grpcs(true)),
    ];
    for (name, collector) in collectors {
        let variables = [
            protocol(name),
            (CERTIFICATE, &*path),
            (CLIENT_CERTIFICATE, &*certificate),
            (CLIENT_KEY, &*key),
        ];
        assert_eq!(send(KIND, &collector, &variables), 1, "{name}");
        assert_eq!(send(KIND, &collector, &variables[..2]), 0, "{name}");
    }
}

#[test]
fn wrong_certificate_is_one_clear_message() {
    use support::child::{self, warnings};

    let authority = Authority::new();
    if let Some(mode) = child::mode() {
        let exports = event_export::from_env().unwrap();
        trigger_event("otlp_tls:message", (), || {});
        std::thread::sleep(std::time::Duration::from_secs(2)); // the first request fails
        drop((exports, mode));
        return;
    }
    let collectors = [
        ("http/protobuf", authority.https(false)),
        ("grpc", authority.grpcs(false)),
    ];
    for (name, collector) in collectors {
        let output = child::command("wrong_certificate_is_one_clear_message", "export")
            .env("EVENT_EXPORT", "otlp")
            .env("EVENT_KINDS", "otlp_tls:message")
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.address)
            .env("OTEL_EXPORTER_OTLP_PROTOCOL", name)
            .output()
            .unwrap();
        let warnings = warnings(&output);
        let about = warnings
            .iter()
            .filter(|line| line.contains("cannot export"));
        let about: Vec<_> = about.collect();
        assert_eq!(about.len(), 1, "{name}: {warnings:?}");
        assert!(
            about[0].contains("invalid peer certificate: UnknownIssuer"),
            "{about:?}"
        );
    }
}

#[test]
fn invalid_files_are_errors() {
    let directory = TempDir::new("otlp_tls_files");
    let error = |variables: &[(&str, &str)]| {
        let variable = |name: &str| {
            let found = variables.iter().find(|(other, _)| *other == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        OtlpSpans::from_variables(variable).unwrap_err().to_string()
    };
    let empty = directory.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    let empty = empty.to_str().unwrap();
    assert!(error(&[(CERTIFICATE, "/no/such.pem")]).contains("cannot read it: "));
    assert!(error(&[(CERTIFICATE, empty)]).contains("the file has no certificate"));
    assert!(error(&[(CLIENT_KEY, empty)]).contains("CLIENT_CERTIFICATE"));
}
