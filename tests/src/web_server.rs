use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// An ordinary web server with the files of a folder, for web seeds, that can be told to misbehave.
#[derive(Debug)]
pub struct WebServer {
    origin: String,
    site: Arc<Site>,
    task: JoinHandle<()>,
}

/// How a [`WebServer`] behaves.
#[derive(Clone, Debug)]
pub enum Conduct {
    /// It sends what it is asked for.
    Honest,
    /// It does not let other websites read its answers.
    NoCors,
    /// It redirects to the same path on another server, whose origin this is.
    Redirects(String),
    /// It ignores ranges and always sends whole files.
    WholeOnly,
    /// It breaks the connection after so many bytes in all, and every connection from then on.
    BreaksAfter(u64),
    /// It sends nothing more after so many bytes in all, and keeps its connections open.
    StallsAfter(u64),
    /// It sends other bytes than those of the file.
    Lies,
    /// It says that it is busy to the first so many requests, and to come back in a second.
    BusyFor(u64),
    /// It sends no more than so many bytes a second.
    Slow(u64),
}

#[derive(Debug)]
struct Site {
    folder: PathBuf,
    conduct: Conduct,
    requests: Mutex<Vec<String>>,
    sent: AtomicU64,
}

/// One request, as far as it matters.
#[derive(Debug, Default)]
struct Head {
    method: String,
    path: String,
    range: Option<(u64, u64)>,
}

impl WebServer {
    /// Starts it on a free loopback port.
    ///
    /// # Errors
    /// If there is none.
    pub async fn start(folder: &Path, conduct: Conduct) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let origin = format!("http://{}", listener.local_addr()?);
        let (requests, sent) = (Mutex::default(), AtomicU64::new(0));
        let site = Arc::new(Site { folder: folder.to_owned(), conduct, requests, sent });
        let serve = Arc::clone(&site);
        let task = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let site = Arc::clone(&serve);
                // A browser that closes a connection early is no fault.
                tokio::spawn(async move { site.converse(connection).await });
            }
        });
        Ok(Self { origin, site, task })
    }

    /// Its URL without a slash at the end.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The URL of its folder.
    #[must_use]
    pub fn folder(&self) -> String {
        format!("{}/", self.origin)
    }

    /// Every GET so far: path and range.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.site.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Bytes of files that it sent.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.site.sent.load(Ordering::Relaxed)
    }
}

impl Drop for WebServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Site {
    async fn converse(&self, mut connection: TcpStream) -> io::Result<()> {
        let (input, mut output) = connection.split();
        let mut input = BufReader::new(input);
        while let Some(head) = Head::read(&mut input).await? {
            if matches!(self.conduct, Conduct::BreaksAfter(limit) if self.sent() >= limit) {
                break;
            }
            if !self.answer(&head, &mut output).await? {
                break;
            }
        }
        Ok(())
    }

    /// Whether the connection is still good.
    async fn answer(
        &self,
        head: &Head,
        output: &mut (impl tokio::io::AsyncWrite + Unpin),
    ) -> io::Result<bool> {
        let cors = match self.conduct {
            Conduct::NoCors => "",
            _ => "access-control-allow-origin: *\r\naccess-control-allow-headers: range\r\n",
        };
        let mut say = async |status: &str, headers: &str| {
            output.write_all(format!("HTTP/1.1 {status}\r\n{cors}{headers}\r\n").as_bytes()).await
        };
        if head.method == "GET" {
            let range = head.range.map_or(String::new(), |(first, last)| format!(" {first}-{last}"));
            let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
            requests.push(format!("{}{range}", head.path));
        }
        let asked = self.requests.lock().unwrap_or_else(PoisonError::into_inner).len() as u64;
        match &self.conduct {
            _ if head.method == "OPTIONS" => return say("204 No Content", "").await.map(|()| true),
            Conduct::Redirects(origin) => {
                let headers = format!("location: {origin}{}\r\ncontent-length: 0\r\n", head.path);
                return say("302 Found", &headers).await.map(|()| true);
            }
            Conduct::BusyFor(count) if asked <= *count => {
                let headers =
                    "retry-after: 1\r\naccess-control-expose-headers: retry-after\r\ncontent-length: 0\r\n";
                return say("503 Service Unavailable", headers).await.map(|()| true);
            }
            _ => {}
        }
        let Ok(mut file) = File::open(self.folder.join(unescape(&head.path).trim_start_matches('/'))) else {
            return say("404 Not Found", "content-length: 0\r\n").await.map(|()| true);
        };
        let total = file.metadata()?.len();
        let mut bytes = Vec::new();
        match head.range.filter(|_| !matches!(self.conduct, Conduct::WholeOnly)) {
            Some((first, last)) if first < total => {
                let last = last.min(total - 1);
                let length = last - first + 1;
                file.seek(SeekFrom::Start(first))?;
                file.take(length).read_to_end(&mut bytes)?;
                let headers =
                    format!("content-range: bytes {first}-{last}/{total}\r\ncontent-length: {length}\r\n");
                say("206 Partial Content", &headers).await?;
            }
            Some(_) => {
                return say("416 Range Not Satisfiable", "content-length: 0\r\n").await.map(|()| true);
            }
            None => {
                file.read_to_end(&mut bytes)?;
                say("200 OK", &format!("content-length: {total}\r\n")).await?;
            }
        }
        if head.method == "HEAD" {
            return Ok(true);
        }
        self.send(bytes, output).await
    }

    async fn send(
        &self,
        mut bytes: Vec<u8>,
        output: &mut (impl tokio::io::AsyncWrite + Unpin),
    ) -> io::Result<bool> {
        if matches!(self.conduct, Conduct::Lies) {
            for byte in bytes.iter_mut().step_by(1000) {
                *byte ^= 1;
            }
        }
        for chunk in bytes.chunks(CHUNK) {
            match self.conduct {
                Conduct::BreaksAfter(limit) if self.sent() >= limit => return Ok(false),
                Conduct::StallsAfter(limit) if self.sent() >= limit => std::future::pending().await,
                Conduct::Slow(rate) => sleep(Duration::from_secs_f64(chunk.len() as f64 / rate as f64)).await,
                _ => {}
            }
            output.write_all(chunk).await?;
            self.sent.fetch_add(chunk.len() as u64, Ordering::Relaxed);
        }
        Ok(true)
    }

    fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

impl Head {
    /// The next request of a connection; `None` at its end.
    async fn read(input: &mut (impl tokio::io::AsyncBufRead + Unpin)) -> io::Result<Option<Self>> {
        let mut head = Self::default();
        let mut line = String::new();
        while input.read_line(&mut line).await? > 0 {
            let text = line.trim_end();
            if text.is_empty() {
                return Ok(Some(head));
            }
            if head.method.is_empty() {
                let mut words = text.split(' ').map(str::to_owned);
                head.method = words.next().unwrap_or_default();
                head.path = words.next().unwrap_or_default();
            } else if let Some((name, value)) = text.split_once(": ")
                && name.eq_ignore_ascii_case("range")
            {
                let range = value.strip_prefix("bytes=").and_then(|range| range.split_once('-'));
                head.range = range.and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
            }
            line.clear();
        }
        Ok(None)
    }
}

fn unescape(path: &str) -> String {
    let mut bytes = Vec::new();
    let mut parts = path.split('%');
    bytes.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).unwrap_or(("", part));
        bytes.extend(u8::from_str_radix(digits, 16));
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

const CHUNK: usize = 64 << 10;
