//! The certificates of connections with TLS.

use std::sync::Arc;

use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};

use super::config_error::OtlpConfigError;

/// The contents of a file in PEM format.
type Pem = Arc<[u8]>;

/// The certificates, in PEM format.
#[derive(Clone, Debug, Default)]
pub(super) struct Tls {
    /// The certificates that sign that of the collector; those of the browsers if there are none.
    authorities: Option<Pem>,
    /// The certificate of this program, and its key.
    client: Option<(Pem, Pem)>,
}

impl Tls {
    /// Reads the files that the variables name. `of_signal` returns the name and the value of a
    /// variable.
    pub(super) fn from_variables(
        of_signal: impl Fn(&str) -> Option<(String, String)>,
    ) -> Result<Self, OtlpConfigError> {
        let authorities = read(of_signal("CERTIFICATE"), is_certificate, "certificate")?;
        let certificate = of_signal("CLIENT_CERTIFICATE");
        let key = of_signal("CLIENT_KEY");
        if let (Some((name, value)), None) | (None, Some((name, value))) = (&certificate, &key) {
            let why = "set `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE` and \
                       `OTEL_EXPORTER_OTLP_CLIENT_KEY` together";
            return Err(OtlpConfigError::new(name, value, why));
        }
        let certificate = read(certificate, is_certificate, "certificate")?;
        let key = read(key, is_key, "private key")?;
        Ok(Self {
            authorities,
            client: certificate.zip(key),
        })
    }

    pub(super) fn of_http(&self) -> TlsConfig {
        let mut config = TlsConfig::builder();
        if let Some(pem) = &self.authorities {
            config = config.root_certs(RootCerts::new_with_certs(&certificates(pem)));
        }
        if let Some((pem, key)) = &self.client {
            let key = parse_pem(key).find_map(|item| match item {
                Ok(PemItem::PrivateKey(key)) => Some(key),
                _ => None,
            });
            let client = key.map(|key: PrivateKey<'static>| {
                ClientCert::new_with_certs(&certificates(pem), key)
            });
            config = config.client_cert(client);
        }
        config.build()
    }

    #[cfg(feature = "otlp-grpc")]
    pub(super) fn of_grpc(&self) -> tonic::transport::ClientTlsConfig {
        use tonic::transport::{Certificate, ClientTlsConfig, Identity};

        let mut config = ClientTlsConfig::new();
        config = match &self.authorities {
            Some(pem) => config.ca_certificate(Certificate::from_pem(pem)),
            None => config.with_webpki_roots(),
        };
        if let Some((certificate, key)) = &self.client {
            config = config.identity(Identity::from_pem(certificate, key));
        }
        config
    }
}

fn is_certificate(item: &PemItem<'_>) -> bool {
    matches!(item, PemItem::Certificate(_))
}

fn is_key(item: &PemItem<'_>) -> bool {
    matches!(item, PemItem::PrivateKey(_))
}

fn certificates(pem: &[u8]) -> Vec<Certificate<'static>> {
    let certificate = |item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    };
    parse_pem(pem).filter_map(certificate).collect()
}

/// Reads the file that a variable names. It has at least one item that `is_item` accepts, which is
/// called `item`.
fn read(
    variable: Option<(String, String)>,
    is_item: fn(&PemItem<'_>) -> bool,
    item: &str,
) -> Result<Option<Pem>, OtlpConfigError> {
    let Some((name, path)) = variable else {
        return Ok(None);
    };
    let pem = std::fs::read(&path)
        .map_err(|error| OtlpConfigError::new(&name, &path, format!("cannot read it: {error}")))?;
    if parse_pem(&pem).any(|parsed| parsed.is_ok_and(|parsed| is_item(&parsed))) {
        return Ok(Some(pem.into()));
    }
    let why = format!("the file has no {item}; name a file in PEM format");
    Err(OtlpConfigError::new(&name, &path, why))
}
