//! How connections are made: the seam between this crate and the network.

use std::fmt;
use std::io;

use futures_util::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::Address;

/// Bytes to and from a broker.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for S {}

/// Makes connections. The real one is [`TcpDial`]; tests bring a network of their own.
pub trait Dial: fmt::Debug + Send + Sync {
    /// Connects to an address.
    fn dial(&self, address: Address) -> BoxFuture<'static, io::Result<Box<dyn ByteStream>>>;
}

/// TCP, without Nagle's delay.
#[derive(Clone, Copy, Debug, Default)]
pub struct TcpDial;

impl Dial for TcpDial {
    fn dial(&self, address: Address) -> BoxFuture<'static, io::Result<Box<dyn ByteStream>>> {
        Box::pin(async move {
            let stream = TcpStream::connect((&*address.host, address.port)).await?;
            stream.set_nodelay(true)?;
            Ok(Box::new(stream) as Box<dyn ByteStream>)
        })
    }
}
