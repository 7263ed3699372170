//! A small HTTP client: connections that are kept alive, each with one request at a time.
//!
//! The same client for everything that is compared. It does as little as it can, as it shares the processor with the
//! server: requests are bytes made beforehand, and of an answer it looks at the status, the length and both ends.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, bail, ensure};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Requests that are under way at the same time.
pub const CONNECTIONS: usize = 8;

/// The bytes of `GET /`.
pub fn get(address: SocketAddr) -> Vec<u8> {
    format!("GET / HTTP/1.1\r\nhost: {address}\r\n\r\n").into_bytes()
}

/// The bytes of a question.
pub fn question(address: SocketAddr, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    let length = body.len();
    format!("POST /graphql HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
        .into_bytes()
}

/// Seconds for a request, on average: `count` requests, taken from `requests` round and round by all connections.
pub async fn load(address: SocketAddr, requests: Vec<Vec<u8>>, count: usize) -> anyhow::Result<f64> {
    let (requests, next) = (Arc::new(requests), Arc::new(AtomicUsize::new(0)));
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        connections.push(Connection::open(address).await?);
    }
    let started = Instant::now();
    let tasks: Vec<_> = connections
        .into_iter()
        .map(|mut connection| {
            let (requests, next) = (Arc::clone(&requests), Arc::clone(&next));
            tokio::spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return anyhow::Ok(());
                    }
                    let body = connection.ask(&requests[number % requests.len()]).await?;
                    ensure!(is_sound(body), "not an answer: {}", String::from_utf8_lossy(body));
                }
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(started.elapsed().as_secs_f64() / count as f64)
}

/// An answer in full.
pub async fn answer(address: SocketAddr, request: &[u8]) -> anyhow::Result<Value> {
    let mut connection = Connection::open(address).await?;
    Ok(serde_json::from_slice(connection.ask(request).await?)?)
}

/// Whether a body is data alone: errors, if there are any, would come last and end in `]}`.
fn is_sound(body: &[u8]) -> bool {
    body.starts_with(b"{\"hello\":") || (body.starts_with(b"{\"data\":{") && body.ends_with(b"}}"))
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(1 << 16) })
    }

    /// The body of the answer to `request`.
    async fn ask(&mut self, request: &[u8]) -> anyhow::Result<&[u8]> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let start = loop {
            self.read().await?;
            if let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let end = start + length_in(&self.buffer[..start])?;
        while self.buffer.len() < end {
            self.read().await?;
        }
        ensure!(self.buffer.len() == end, "more came than was asked for");
        Ok(&self.buffer[start..])
    }

    async fn read(&mut self) -> anyhow::Result<()> {
        self.buffer.reserve(1 << 14);
        ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the server closed the connection");
        Ok(())
    }
}

/// The length of the body behind a head whose status is 200. Both servers know the length of what they send.
fn length_in(head: &[u8]) -> anyhow::Result<usize> {
    let head = std::str::from_utf8(head)?;
    if !head.starts_with("HTTP/1.1 200 ") {
        bail!("not answered: {head}");
    }
    let length = head.lines().filter_map(|line| line.split_once(':')).find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    Ok(length.context("an answer without a length")?.1.trim().parse()?)
}
