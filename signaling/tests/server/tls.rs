//! The server with its own certificate.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tungstenite::Message;

use crate::process::{PATIENCE, Server, announce, command};

type Connection = StreamOwned<ClientConnection, TcpStream>;

/// A certificate that nobody knows.
fn certificate() -> CertifiedKey<KeyPair> {
    generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

fn write(folder: &Path, certificate: &CertifiedKey<KeyPair>) {
    fs::write(folder.join("certificate.pem"), certificate.cert.pem()).unwrap();
    fs::write(folder.join("key.pem"), certificate.signing_key.serialize_pem()).unwrap();
}

fn config(folder: &Path) -> Value {
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    json!({ "tls": { "certificate": certificate, "key": key } })
}

/// Connects, and trusts this certificate alone.
fn connect(server: &Server, trusted: &CertificateDer<'static>) -> std::io::Result<Connection> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut connection = StreamOwned::new(client, stream);
    while connection.conn.is_handshaking() {
        connection.conn.complete_io(&mut connection.sock)?;
    }
    Ok(connection)
}

fn health(mut connection: Connection) -> String {
    connection.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    let mut reply = String::new();
    connection.read_to_string(&mut reply).unwrap();
    reply
}

#[test]
fn page_and_tracker_are_served_by_https() {
    let folder = TempDir::new().unwrap();
    let certificate = certificate();
    write(folder.path(), &certificate);
    let server = Server::with(&config(folder.path()), &[]);
    let reply = health(connect(&server, certificate.cert.der()).unwrap());
    assert!(reply.starts_with("HTTP/1.1 200 ") && reply.ends_with("ok\n"), "{reply}");

    let connection = connect(&server, certificate.cert.der()).unwrap();
    let (mut socket, _) = tungstenite::client("wss://localhost/announce", connection).unwrap();
    socket.send(Message::text(announce('a').to_string())).unwrap();
    let answer: Value = serde_json::from_str(socket.read().unwrap().to_text().unwrap()).unwrap();
    assert_eq!(answer["action"], "announce");
}

#[test]
fn a_renewed_certificate_is_used_without_a_restart() {
    let folder = TempDir::new().unwrap();
    let (old, new) = (certificate(), certificate());
    write(folder.path(), &old);
    let server = Server::with(&config(folder.path()), &[]);
    assert!(connect(&server, old.cert.der()).is_ok());

    // Between the two steps of a renewal, the old one is still good.
    fs::write(folder.path().join("certificate.pem"), new.cert.pem()).unwrap();
    assert!(connect(&server, old.cert.der()).is_ok());
    fs::write(folder.path().join("key.pem"), new.signing_key.serialize_pem()).unwrap();
    assert!(connect(&server, old.cert.der()).is_err());
    assert!(health(connect(&server, new.cert.der()).unwrap()).ends_with("ok\n"));
}

#[test]
fn who_does_not_speak_tls_is_let_go_and_others_are_served() {
    let folder = TempDir::new().unwrap();
    let certificate = certificate();
    write(folder.path(), &certificate);
    let server = Server::with(&config(folder.path()), &[]);
    let mut plain = TcpStream::connect(server.address).unwrap();
    plain.set_read_timeout(Some(PATIENCE)).unwrap();
    plain.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    // Either end of the connection is one: an alert and a close, or a reset.
    drop(plain.read_to_end(&mut answer));
    assert!(!answer.windows(2).any(|window| window == b"ok"), "{answer:?}");
    assert!(health(connect(&server, certificate.cert.der()).unwrap()).ends_with("ok\n"));
}

#[test]
fn a_certificate_that_cannot_be_used_stops_the_start() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), &certificate());
    fs::write(folder.path().join("key.pem"), certificate().signing_key.serialize_pem()).unwrap();
    let file = folder.path().join("config.json");
    fs::write(&file, config(folder.path()).to_string()).unwrap();
    let output = command(folder.path(), &file).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no certificate for this key"), "{output:?}");
}
