//! The doors of a broker: bound before it registers, so that it registers what it really listens on, and opened when
//! there is something behind them.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use ottla_config::{Address, Listener as ListenerConfig, NodeConfig};
use ottla_metadata::Endpoint;
use ottla_net::{
    ConnectionLimits, ConnectionOptions, Cores, Listener, ListenerOptions, RequestMemory, Shutdown,
};
use tokio::task::JoinHandle;

use super::StartError;
use crate::broker::Broker;
use crate::service::BrokerService;

/// The part of the memory for requests that one address may hold.
const SHARE_DIVISOR: usize = 2;

/// A listener that is bound and not served yet.
pub(super) struct Bound {
    name: String,
    listener: Listener,
    address: SocketAddr,
    /// What clients are told.
    pub(super) endpoint: Endpoint,
}

/// Binds every listener that serves clients.
pub(super) fn bind_all(config: &NodeConfig) -> Result<Vec<Bound>, StartError> {
    config.listeners.broker().map(|listener| bind(config, listener)).collect()
}

fn bind(config: &NodeConfig, listener: &ListenerConfig) -> Result<Bound, StartError> {
    let failed = |source| StartError::Bind {
        listener: listener.name.clone(),
        address: listener.bind.to_string(),
        source,
    };
    let wanted = resolve(&listener.bind).map_err(failed)?;
    let backlog = i32::try_from(config.network.backlog).unwrap_or(i32::MAX);
    let bound = Listener::bind(wanted, backlog).map_err(failed)?;
    let address = bound.local_address().map_err(failed)?;
    let advertised = advertise(listener, address);
    let endpoint = Endpoint {
        listener: listener.name.as_str().into(),
        host: advertised.host.into(),
        port: advertised.port,
        security_protocol: 0,
    };
    Ok(Bound { name: listener.name.clone(), listener: bound, address, endpoint })
}

/// An empty host is every interface, of both address families where the system has them.
fn resolve(address: &Address) -> std::io::Result<SocketAddr> {
    if address.host.is_empty() {
        let any = SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), address.port);
        // A probe: containers without IPv6 are common.
        return match std::net::UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)) {
            Ok(_) => Ok(any),
            Err(_) => Ok(SocketAddr::from(([0, 0, 0, 0], address.port))),
        };
    }
    let mut found = (address.host.as_str(), address.port).to_socket_addrs()?;
    found.next().ok_or_else(|| std::io::Error::other("the name has no address"))
}

/// What clients are told: what was configured, with the port that the system chose; a wildcard becomes this machine's
/// own name for itself, which reaches clients on it.
fn advertise(listener: &ListenerConfig, bound: SocketAddr) -> Address {
    let configured = listener.advertised.clone().unwrap_or_else(|| listener.bind.clone());
    let host = match configured.host.as_str() {
        "" | "0.0.0.0" | "::" => own_host(),
        host => host.to_owned(),
    };
    let port = if configured.port == 0 { bound.port() } else { configured.port };
    Address { host, port }
}

/// The machine's name if it leads back here, or else the loopback address.
fn own_host() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    match (name.as_str(), 0).to_socket_addrs() {
        Ok(addresses) if addresses.len() > 0 => name,
        _ => "127.0.0.1".to_owned(),
    }
}

impl Bound {
    /// Where it listens, for people.
    pub(super) fn describe(&self) -> String {
        format!("{}://{}", self.name, self.address)
    }
}

/// Everything that listeners share.
pub(super) struct Doors {
    pub(super) broker: Arc<Broker>,
    pub(super) cores: Arc<Cores>,
    pub(super) limits: Arc<ConnectionLimits>,
    pub(super) shutdown: Shutdown,
}

impl Doors {
    /// Begins to accept connections.
    pub(super) fn open(&self, bound: Vec<Bound>) -> Vec<JoinHandle<()>> {
        let network = &self.broker.config().network;
        let memory = usize::try_from(network.request_memory_bytes).unwrap_or(usize::MAX);
        let connection = ConnectionOptions {
            request_bytes_max: network.request_bytes_max as usize,
            idle: network.idle_ms_max.map(|ms| Duration::from_millis(ms as u64)),
            stall: Duration::from_millis(network.stall_ms_max.max(1) as u64),
            in_flight_max: network.connection_requests_max,
            memory: RequestMemory::new(memory, memory / SHARE_DIVISOR),
            reads: self.broker.reads.clone(),
        };
        bound
            .into_iter()
            .map(|bound| {
                let options = ListenerOptions {
                    name: bound.name.into(),
                    limits: Arc::clone(&self.limits),
                    connection: connection.clone(),
                    send_buffer_bytes: network.send_buffer_bytes.map(|bytes| bytes as usize),
                    receive_buffer_bytes: network.receive_buffer_bytes.map(|bytes| bytes as usize),
                };
                let broker = Arc::clone(&self.broker);
                let service = move || Rc::new(BrokerService::new(Arc::clone(&broker)));
                let (cores, shutdown) = (Arc::clone(&self.cores), self.shutdown.clone());
                tokio::spawn(bound.listener.serve(options, cores, shutdown, service))
            })
            .collect()
    }
}
