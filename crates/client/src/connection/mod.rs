//! One connection to a broker: requests go out one after the other, answers find their way back by number.

mod in_flight;
mod wire;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes};
use ottla_protocol::messages::{ApiVersionsRequest, ApiVersionsResponse, ResponseHeader};
use ottla_protocol::{ApiKey, DecodeError, Message, Request, Str};
use ottla_types::ErrorCode;
use tokio::sync::oneshot;

use self::wire::Wire;
use crate::dial::ByteStream;
use crate::{Address, ApiVersions, ClientOptions, Disconnect, Error, Result};

/// A connection that knows which versions the broker speaks. Clones are the same connection; it is closed when
/// the last one is dropped.
#[derive(Clone)]
pub struct Connection {
    wire: Arc<Wire>,
    versions: Arc<ApiVersions>,
}

/// An answer that is on its way.
#[derive(Debug)]
#[must_use = "the answer says whether the request succeeded"]
pub struct Reply<R> {
    wire: Arc<Wire>,
    frame: oneshot::Receiver<Result<Bytes>>,
    version: i16,
    timeout: Duration,
    request: PhantomData<fn() -> R>,
}

impl Connection {
    /// Dials, and asks which versions the broker speaks.
    ///
    /// # Errors
    /// [`Error::Connect`], and whatever [`Connection::over`] returns.
    pub async fn open(address: Address, options: &ClientOptions) -> Result<Self> {
        let failed = |source| Error::Connect { address: address.clone(), source: Arc::new(source) };
        let dialing = options.dial.dial(address.clone());
        let stream = match tokio::time::timeout(options.connect_timeout, dialing).await {
            Ok(dialed) => dialed.map_err(failed)?,
            Err(_) => {
                let after = format!("nobody answered within {} ms", options.connect_timeout.as_millis());
                return Err(failed(std::io::Error::new(std::io::ErrorKind::TimedOut, after)));
            }
        };
        Self::over(stream, address, options).await
    }

    /// Speaks to a broker over a stream that exists already.
    ///
    /// # Errors
    /// Whatever comes in place of a readable answer.
    pub async fn over(
        stream: Box<dyn ByteStream>,
        address: Address,
        options: &ClientOptions,
    ) -> Result<Self> {
        let wire = Arc::new(Wire::start(stream, address, options));
        let versions = negotiate(&wire, options.request_timeout).await?;
        Ok(Self { wire, versions: Arc::new(versions) })
    }

    /// Whom it leads to.
    #[must_use]
    pub fn address(&self) -> &Address {
        self.wire.address()
    }

    /// What the broker speaks.
    #[must_use]
    pub fn versions(&self) -> &ApiVersions {
        &self.versions
    }

    /// Whether requests can still be sent.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.wire.is_open()
    }

    /// The version in which a request goes out, if it must not be higher than `at_most`.
    ///
    /// # Errors
    /// [`Error::Unsupported`].
    pub fn version_of<R: Request>(&self, at_most: i16) -> Result<i16> {
        self.versions.highest_common::<R>(at_most, self.address())
    }

    /// Sends a request in the highest version that both sides know, and waits for the answer.
    ///
    /// # Errors
    /// Everything but [`Error::Refused`]: what the answer says is the caller's business.
    pub async fn call<R: Request>(&self, request: &R, timeout: Duration) -> Result<R::Response> {
        let version = self.version_of::<R>(i16::MAX)?;
        self.begin(request, version, timeout).await?.answer().await
    }

    /// Puts a request in line. Requests of one connection reach the broker in the order in which they were put
    /// in line. Waits only while [`ClientOptions::in_flight_max`] others have not been written yet.
    ///
    /// # Errors
    /// [`Error::Encode`] and [`Error::Disconnected`].
    pub async fn begin<R: Request>(&self, request: &R, version: i16, timeout: Duration) -> Result<Reply<R>> {
        let frame = self.wire.send(request, version).await?;
        Ok(Reply { wire: Arc::clone(&self.wire), frame, version, timeout, request: PhantomData })
    }

    /// Puts a request in line that is not answered: Produce with `acks` 0.
    ///
    /// # Errors
    /// [`Error::Encode`] and [`Error::Disconnected`].
    pub async fn tell<R: Request>(&self, request: &R, version: i16) -> Result<()> {
        self.wire.tell(request, version).await
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connection({})", self.address())
    }
}

impl<R: Request> Reply<R> {
    /// Waits for the answer. One that does not come in time ends the connection: answers come in order, so those
    /// behind it would not come either.
    ///
    /// # Errors
    /// [`Error::Timeout`], [`Error::Disconnected`] and [`Error::Decode`].
    pub async fn answer(self) -> Result<R::Response> {
        let frame = receive::<R>(&self.wire, self.frame, self.timeout).await?;
        decode::<R>(frame, self.version).map_err(|source| undecodable(&self.wire, source))
    }
}

async fn receive<R: Request>(
    wire: &Wire,
    frame: oneshot::Receiver<Result<Bytes>>,
    timeout: Duration,
) -> Result<Bytes> {
    match tokio::time::timeout(timeout, frame).await {
        Ok(Ok(frame)) => frame,
        Ok(Err(_)) => Err(wire.disconnected(Disconnect::ByBroker)),
        Err(_) => {
            wire.close(Disconnect::TimedOut);
            Err(Error::Timeout { address: wire.address().clone(), api: R::KEY, after: timeout })
        }
    }
}

fn decode<R: Request>(mut frame: Bytes, version: i16) -> std::result::Result<R::Response, DecodeError> {
    ResponseHeader::decode(&mut frame, R::KEY.response_header_version(version))?;
    R::Response::decode_all(frame, version)
}

fn undecodable(wire: &Wire, source: DecodeError) -> Error {
    Error::Decode { address: wire.address().clone(), source }
}

/// Asks for the versions. A broker that does not know the version of the question answers in version 0 (KIP-511).
async fn negotiate(wire: &Wire, timeout: Duration) -> Result<ApiVersions> {
    let request = ApiVersionsRequest {
        client_software_name: Str::from_static("ottla"),
        client_software_version: Str::from_static(env!("CARGO_PKG_VERSION")),
        ..ApiVersionsRequest::default()
    };
    let mut version = ApiVersionsRequest::VERSIONS.last;
    loop {
        let pending = wire.send(&request, version).await?;
        let frame = receive::<ApiVersionsRequest>(wire, pending, timeout).await?;
        // The error code stands first in every version, behind the correlation id.
        let is_refused =
            frame.get(4..6).is_some_and(|mut code| code.get_i16() == ErrorCode::UnsupportedVersion.code());
        let read_as = if is_refused { 0 } else { version };
        let answer: ApiVersionsResponse =
            decode::<ApiVersionsRequest>(frame, read_as).map_err(|source| undecodable(wire, source))?;
        if !is_refused || version == 0 {
            Error::check(answer.error_code, None, wire.address())?;
            return Ok(ApiVersions::of(&answer));
        }
        // An old broker lists its versions even now; one that lists none speaks version 0.
        let known = ApiVersions::of(&answer).of_api(ApiKey::ApiVersions);
        version = known.map_or(0, |known| known.last).clamp(0, version - 1);
    }
}

#[cfg(test)]
mod tests;
