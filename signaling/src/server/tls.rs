//! The server's own certificate, for deployments without a proxy in front.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use anyhow::Context as _;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;

use crate::config::TlsFiles;
use crate::transport::Transport;

/// A certificate that may be renewed while the server runs.
#[derive(Debug)]
pub(crate) struct Tls {
    files: TlsFiles,
    current: Mutex<Current>,
}

#[derive(Debug)]
struct Current {
    config: Arc<ServerConfig>,
    /// When the files changed before they were read, or before they could not be.
    stamps: [Option<SystemTime>; 2],
}

impl Tls {
    /// Reads the certificate.
    pub(crate) fn load(files: TlsFiles) -> anyhow::Result<Self> {
        let current = Mutex::new(Current { stamps: stamps(&files), config: read(&files)? });
        Ok(Self { files, current })
    }

    /// Agrees on keys with a client.
    pub(crate) async fn accept(&self, stream: Transport) -> std::io::Result<TlsStream<Transport>> {
        TlsAcceptor::from(self.config()).accept(stream).await
    }

    /// With the certificate that is in the files now. One that cannot be used, perhaps since only half of it is written
    /// yet, leaves the one before in place. Looking at two files is little beside what each connection costs.
    fn config(&self) -> Arc<ServerConfig> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let stamps = stamps(&self.files);
        if stamps != current.stamps {
            current.stamps = stamps;
            match read(&self.files) {
                Ok(config) => current.config = config,
                Err(error) => eprintln!("seedcast-signaling: the certificate in use stays: {error:#}"),
            }
        }
        Arc::clone(&current.config)
    }
}

fn stamps(files: &TlsFiles) -> [Option<SystemTime>; 2] {
    let stamp = |path: &Path| path.metadata().and_then(|file| file.modified()).ok();
    [stamp(&files.certificate), stamp(&files.key)]
}

fn read(files: &TlsFiles) -> anyhow::Result<Arc<ServerConfig>> {
    let TlsFiles { certificate, key } = files;
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .with_context(|| format!("cannot read the certificate in {}", certificate.display()))?;
    let key = PrivateKeyDer::from_pem_file(key)
        .with_context(|| format!("cannot read the private key in {}", key.display()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .with_context(|| format!("{} is no certificate for this key", certificate.display()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
