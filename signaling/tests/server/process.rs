//! Starts the server, and speaks to it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tungstenite::client::IntoClientRequest as _;
use tungstenite::protocol::CloseFrame;
use tungstenite::{Message, WebSocket};

/// Longest wait for anything; a test that gets here has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A running server; it is killed when this is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// What it says about the files that it may open.
    pub(crate) open_files: String,
    log: BufReader<ChildStderr>,
    _folder: TempDir,
}

impl Server {
    /// With the default configuration and an empty page.
    pub(crate) fn start() -> Self {
        Self::with(&json!({}), &[])
    }

    /// With this configuration, and these files as the page.
    pub(crate) fn with(config: &Value, files: &[(&str, &[u8])]) -> Self {
        let folder = TempDir::new().unwrap();
        let page = folder.path().join("page");
        fs::create_dir(&page).unwrap();
        for (path, content) in files {
            let path = page.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let config_file = folder.path().join("config.json");
        fs::write(&config_file, config.to_string()).unwrap();

        Self::spawn(command(&page, &config_file), config, folder)
    }

    /// With the default configuration, started by a shell that has set limits.
    pub(crate) fn under(limits: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let config_file = folder.path().join("config.json");
        fs::write(&config_file, "{}").unwrap();
        let server = command(folder.path(), &config_file);
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &format!("{limits} && exec \"$0\" \"$@\"")])
            .arg(server.get_program())
            .args(server.get_args());
        Self::spawn(shell, &json!({}), folder)
    }

    fn spawn(mut command: Command, config: &Value, folder: TempDir) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let [mut line, mut open_files] = [String::new(), String::new()];
        stdout.read_line(&mut line).unwrap();
        stdout.read_line(&mut open_files).unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let scheme = if config.get("tls").is_some() { "https" } else { "http" };
        let address = line.trim().strip_prefix(&format!("listening on {scheme}://"));
        let address = address.expect("the first line says where");
        Self { child, address: address.parse().unwrap(), open_files, log, _folder: folder }
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.http("GET", path, &[])
    }

    pub(crate) fn http(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
        self.http_over(TcpStream::connect(self.address).unwrap(), method, path, headers)
    }

    /// Sends a form.
    pub(crate) fn post(&self, path: &str, form: &str, headers: &[(&str, &str)]) -> Reply {
        let length = form.len().to_string();
        let kind = ("content-type", "application/x-www-form-urlencoded");
        let headers: Vec<_> =
            [kind, ("content-length", &length)].into_iter().chain(headers.iter().copied()).collect();
        self.send(TcpStream::connect(self.address).unwrap(), "POST", path, &headers, form)
    }

    pub(crate) fn http_over(
        &self,
        stream: TcpStream,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Reply {
        self.send(stream, method, path, headers, "")
    }

    fn send(
        &self,
        mut stream: TcpStream,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n");
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        stream.write_all(format!("{request}\r\n{body}").as_bytes()).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("the end of the headers");
        Reply { head: String::from_utf8(bytes[..end].to_vec()).unwrap(), body: bytes[end + 4..].to_vec() }
    }

    pub(crate) fn json(&self, path: &str) -> Value {
        serde_json::from_slice(&self.get(path).body).unwrap()
    }

    pub(crate) fn metric(&self, name: &str) -> u64 {
        let page = String::from_utf8(self.get("/metrics").body).unwrap();
        let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in {page}")).parse().unwrap()
    }

    /// Waits until a metric has this value.
    pub(crate) fn await_metric(&self, name: &str, value: u64) {
        for _ in 0..PATIENCE.as_millis() / 50 {
            if self.metric(name) == value {
                return;
            }
            sleep(Duration::from_millis(50));
        }
        panic!("{name} is {}, not {value}", self.metric(name));
    }

    /// Connects from another of this machine's addresses.
    pub(crate) fn stream_from(&self, address: &str) -> TcpStream {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        let stream = runtime.block_on(async {
            let socket = tokio::net::TcpSocket::new_v4().unwrap();
            socket.bind(SocketAddr::new(address.parse().unwrap(), 0)).unwrap();
            socket.connect(self.address).await.unwrap().into_std().unwrap()
        });
        stream.set_nonblocking(false).unwrap();
        stream
    }

    /// The next line of the log.
    pub(crate) fn log_line(&mut self) -> String {
        let mut line = String::new();
        self.log.read_line(&mut line).unwrap();
        line
    }

    /// The next line of the log that has this in it.
    pub(crate) fn log_line_with(&mut self, text: &str) -> String {
        loop {
            let line = self.log_line();
            assert!(!line.is_empty(), "the log ends without {text}");
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Opens a WebSocket.
    pub(crate) fn connect(&self, path: &str) -> Result<Client, tungstenite::Error> {
        self.connect_with(path, &[])
    }

    /// Opens a WebSocket by a request with these headers.
    pub(crate) fn connect_with(
        &self,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Client, tungstenite::Error> {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut request = format!("ws://{}{path}", self.address).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match tungstenite::client(request, stream) {
            Ok((socket, _)) => Ok(Client(socket)),
            Err(tungstenite::HandshakeError::Failure(error)) => Err(error),
            Err(tungstenite::HandshakeError::Interrupted(_)) => panic!("the socket blocks"),
        }
    }

    pub(crate) fn client(&self) -> Client {
        self.client_or_refusal().unwrap()
    }

    pub(crate) fn client_or_refusal(&self) -> Result<Client, tungstenite::Error> {
        self.connect("/announce")
    }

    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        for _ in 0..PATIENCE.as_millis() / 50 {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            sleep(Duration::from_millis(50));
        }
        panic!("the server does not end");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The command that starts a server.
pub(crate) fn command(page: &Path, config: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seedcast-signaling"));
    command.args(["--listen", "127.0.0.1:0", "--static"]).arg(page).arg("--config").arg(config);
    command
}

/// An HTTP response.
#[derive(Debug)]
pub(crate) struct Reply {
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn status(&self) -> u16 {
        self.head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// One end of a WebSocket.
pub(crate) struct Client(WebSocket<TcpStream>);

impl Client {
    pub(crate) fn send(&mut self, text: impl ToString) {
        self.0.send(Message::text(text.to_string())).unwrap();
    }

    /// Sends many in one write.
    pub(crate) fn send_at_once(&mut self, texts: impl Iterator<Item = String>) {
        for text in texts {
            self.0.write(Message::text(text)).unwrap();
        }
        self.0.flush().unwrap();
    }

    pub(crate) fn ping(&mut self) {
        self.0.send(Message::Ping(Vec::new().into())).unwrap();
    }

    /// Says goodbye.
    pub(crate) fn close(&mut self) {
        self.0.close(None).unwrap();
    }

    /// Waits for a pong.
    pub(crate) fn receive_pong(&mut self) {
        assert_eq!(self.0.read().unwrap(), Message::Pong(Vec::new().into()));
    }

    /// What is below the protocol.
    pub(crate) fn stream(&mut self) -> &mut TcpStream {
        self.0.get_mut()
    }

    /// The next message; pings are answered meanwhile.
    pub(crate) fn receive(&mut self) -> Value {
        loop {
            match self.0.read().unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) => {}
                other => panic!("not a text: {other:?}"),
            }
        }
    }

    pub(crate) fn ask(&mut self, request: &Value) -> Value {
        self.send(request);
        self.receive()
    }

    /// Reads whatever comes, and so answers pings, until the server closes the connection.
    pub(crate) fn attend(mut self) -> JoinHandle<()> {
        spawn(move || while self.0.read().is_ok() {})
    }

    /// Whether nothing comes for a while.
    pub(crate) fn hears_nothing_for(&mut self, while_: Duration) -> bool {
        self.0.get_ref().set_read_timeout(Some(while_)).unwrap();
        let read = self.0.read();
        self.0.get_ref().set_read_timeout(Some(PATIENCE)).unwrap();
        matches!(read, Err(tungstenite::Error::Io(_)))
    }

    /// Reads until the server closes the connection, and returns its reason.
    pub(crate) fn closed(mut self) -> Option<CloseFrame> {
        loop {
            match self.0.read() {
                Ok(Message::Close(frame)) => return frame,
                Ok(_) => {}
                Err(error) => panic!("no close frame: {error}"),
            }
        }
    }
}

/// An announce of a leecher, as a starting point.
pub(crate) fn announce(peer: char) -> Value {
    json!({
        "action": "announce",
        "info_hash": "\u{ff}aaaaaaaaaaaaaaaaaaa",
        "peer_id": peer.to_string().repeat(20),
        "event": "started",
        "left": null,
    })
}

/// An announce with offers, numbered by letters.
pub(crate) fn announce_with_offers(peer: char, offers: &str, sdp: &str) -> Value {
    let mut announce = announce(peer);
    announce["numwant"] = json!(offers.len());
    announce["offers"] = offers
        .chars()
        .map(|name| json!({ "offer": { "type": "offer", "sdp": sdp }, "offer_id": name.to_string().repeat(20) }))
        .collect();
    announce
}
