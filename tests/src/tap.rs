use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::server::Server;

/// A line to a tracker that passes everything on, and keeps what pages say on it.
#[derive(Debug)]
pub struct Tap {
    address: SocketAddr,
    said: Arc<Mutex<Vec<Said>>>,
    task: JoinHandle<()>,
}

/// A message of a page.
#[derive(Clone, Debug)]
struct Said {
    /// Where the page came from, as in `Origin`.
    origin: String,
    text: String,
}

impl Tap {
    /// Before the tracker of a server.
    ///
    /// # Errors
    /// If there is no free port.
    pub async fn before(server: &Server) -> Result<Self> {
        let tracker = server.origin().strip_prefix("http://").context("a server speaks http")?.to_owned();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let said = Arc::<Mutex<Vec<Said>>>::default();
        let kept = Arc::clone(&said);
        let task = tokio::spawn(async move {
            while let Ok((page, _)) = listener.accept().await {
                tokio::spawn(pass_on(page, tracker.clone(), Arc::clone(&kept)));
            }
        });
        Ok(Self { address, said, task })
    }

    /// The URL of the tracker by way of it.
    #[must_use]
    pub fn announce(&self) -> String {
        format!("ws://{}/announce", self.address)
    }

    /// Everything that pages from an origin said so far.
    #[must_use]
    pub fn said_from(&self, origin: &str) -> Vec<String> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.iter().filter(|said| said.origin == origin).map(|said| said.text.clone()).collect()
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Passes on what a page and the tracker have to say to each other, until one of them has no more.
async fn pass_on(page: TcpStream, tracker: String, said: Arc<Mutex<Vec<Said>>>) -> Result<()> {
    let tracker = TcpStream::connect(tracker).await?;
    let (mut from_page, mut to_page) = page.into_split();
    let (mut from_tracker, mut to_tracker) = tracker.into_split();
    tokio::spawn(async move { tokio::io::copy(&mut from_tracker, &mut to_page).await });
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(from_page.read_u8().await?);
    }
    to_tracker.write_all(&head).await?;
    let head = String::from_utf8_lossy(&head).into_owned();
    let origin = head
        .lines()
        .find_map(|line| line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("origin")));
    let origin = origin.map(|(_, origin)| origin.to_owned()).unwrap_or_default();
    loop {
        let (frame, text) = frame(&mut from_page).await?;
        // Before it is passed on, so that nothing that anybody got is missing.
        if let Some(text) = text {
            said.lock().unwrap_or_else(PoisonError::into_inner).push(Said { origin: origin.clone(), text });
        }
        to_tracker.write_all(&frame).await?;
    }
}

/// The next frame of a client (RFC 6455, 5.2), and its text if it is one. Browsers send messages of this length in one frame,
/// and the server takes no compression.
async fn frame(client: &mut (impl AsyncRead + Unpin)) -> Result<(Vec<u8>, Option<String>)> {
    let mut frame = vec![0; 2];
    client.read_exact(&mut frame).await?;
    let is_text = frame.first().is_some_and(|first| first & 0x0f == 1);
    let short = frame.get(1).map_or(0, |second| second & 0x7f);
    let extended = match short {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let mut length = vec![0; extended];
    client.read_exact(&mut length).await?;
    let extended = length.iter().fold(0_usize, |length, byte| (length << 8) | usize::from(*byte));
    frame.extend(&length);
    let mut rest = vec![0; 4 + if length.is_empty() { usize::from(short) } else { extended }];
    client.read_exact(&mut rest).await?;
    frame.extend(&rest);
    let (mask, masked) = rest.split_at(4);
    let text: Vec<u8> = masked.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
    Ok((frame, if is_text { Some(String::from_utf8(text)?) } else { None }))
}
