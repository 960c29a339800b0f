//! Where a node listens, what it tells others about that, and how each listener is secured.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::endpoint::{self, Address};
use crate::error::Problem;
use crate::values::Values;

/// Every listener of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listeners {
    /// In the order of `listeners`. A node alone may have none for its controller, which nobody else asks.
    pub all: Vec<Listener>,
    /// The name of the listener that brokers use among themselves.
    pub inter_broker: String,
}

/// One listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Its name, in capitals.
    pub name: String,
    /// How its connections are secured.
    pub protocol: SecurityProtocol,
    /// Where it listens.
    pub bind: Address,
    /// What others are told. `None` is the same as `bind`, with the port that it got. An empty host is this
    /// machine's own name.
    pub advertised: Option<Address>,
    /// Whether it serves the controller and not the broker.
    pub is_controller: bool,
}

/// How connections are secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecurityProtocol {
    /// Not at all.
    Plaintext,
    /// TLS.
    Ssl,
    /// SASL authentication without encryption.
    SaslPlaintext,
    /// SASL authentication over TLS.
    SaslSsl,
}

impl SecurityProtocol {
    const ALL: [Self; 4] = [Self::Plaintext, Self::Ssl, Self::SaslPlaintext, Self::SaslSsl];

    /// Its name in settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plaintext => "PLAINTEXT",
            Self::Ssl => "SSL",
            Self::SaslPlaintext => "SASL_PLAINTEXT",
            Self::SaslSsl => "SASL_SSL",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.name().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for SecurityProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Listeners {
    /// Those that serve clients and brokers.
    pub fn broker(&self) -> impl Iterator<Item = &Listener> {
        self.all.iter().filter(|listener| !listener.is_controller)
    }

    /// Those that serve the controller.
    pub fn controller(&self) -> impl Iterator<Item = &Listener> {
        self.all.iter().filter(|listener| listener.is_controller)
    }

    pub(super) fn read(values: &Values, problems: &mut Vec<Problem>) -> Self {
        let before = problems.len();
        let protocols = read_protocols(values, problems);
        let controllers = controller_names(values);
        let mut all = read_listeners(values, &protocols, problems);
        for listener in &mut all {
            listener.is_controller = controllers.contains(&listener.name);
        }
        let inter_broker = read_inter_broker(values, &protocols, problems);
        if problems.len() == before {
            check_ports(values, &all, problems);
            check_controllers(values, &controllers, &all, problems);
            read_advertised(values, &mut all, problems);
        }
        if problems.len() == before {
            check_inter_broker(values, &inter_broker, &all, problems);
        }
        Self { all, inter_broker }
    }
}

fn controller_names(values: &Values) -> BTreeSet<String> {
    values.list("controller.listener.names").iter().map(|name| name.to_uppercase()).collect()
}

type Protocols = BTreeMap<String, SecurityProtocol>;

fn read_protocols(values: &Values, problems: &mut Vec<Problem>) -> Protocols {
    const KEY: &str = "listener.security.protocol.map";
    let mut protocols = Protocols::new();
    for item in values.text(KEY).split(',').map(str::trim).filter(|item| !item.is_empty()) {
        let pair = item.rsplit_once(':');
        match pair.and_then(|(name, protocol)| Some((name, SecurityProtocol::from_name(protocol.trim())?))) {
            Some((name, protocol)) => {
                protocols.insert(name.trim().to_uppercase(), protocol);
            }
            None => {
                let text = format!(
                    "{item:?} must be NAME:PROTOCOL, with PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"
                );
                problems.push(values.problem(KEY, text));
            }
        }
    }
    if !values.is_given(KEY) {
        add_plain_controllers(values, &mut protocols);
    }
    protocols
}

/// Without a map, controllers' listeners are plain under any name, unless something else here is secured.
fn add_plain_controllers(values: &Values, protocols: &mut Protocols) {
    let is_secured =
        |name: &str| SecurityProtocol::from_name(name).is_some_and(|it| it != SecurityProtocol::Plaintext);
    let controllers = controller_names(values);
    let listeners = values.list("listeners");
    let listens_secured = listeners.iter().any(|item| item.split(':').next().is_some_and(is_secured));
    if !listens_secured && !controllers.iter().any(|name| is_secured(name)) {
        protocols.extend(controllers.into_iter().map(|name| (name, SecurityProtocol::Plaintext)));
    }
}

fn read_listeners(values: &Values, protocols: &Protocols, problems: &mut Vec<Problem>) -> Vec<Listener> {
    const KEY: &str = "listeners";
    let mut all: Vec<Listener> = Vec::new();
    for item in values.list(KEY) {
        let Some((name, bind)) = endpoint::named(&item) else {
            let text = format!("{item:?} must be NAME://host:port, with a port from 0 to 65535");
            problems.push(values.problem(KEY, text));
            continue;
        };
        let name = name.to_uppercase();
        let Some(&protocol) = protocols.get(&name) else {
            problems.push(values.problem(KEY, no_protocol(&name)));
            continue;
        };
        if all.iter().any(|other| other.name == name) {
            problems.push(
                values.problem(KEY, format!("{name} is there twice; each listener needs a name of its own")),
            );
            continue;
        }
        all.push(Listener { name, protocol, bind, advertised: None, is_controller: false });
    }
    all
}

fn no_protocol(name: &str) -> String {
    format!("nothing says how {name} is secured; add {name}:PLAINTEXT to listener.security.protocol.map")
}

/// Two listeners share a port only if one is for IPv4 and the other for IPv6.
fn check_ports(values: &Values, all: &[Listener], problems: &mut Vec<Problem>) {
    for (place, one) in all.iter().enumerate() {
        for other in &all[place + 1..] {
            let is_v4_and_v6 =
                |a: &str, b: &str| a.parse::<Ipv4Addr>().is_ok() && b.parse::<Ipv6Addr>().is_ok();
            let (a, b) = (&one.bind.host, &other.bind.host);
            if one.bind.port == other.bind.port
                && one.bind.port != 0
                && !is_v4_and_v6(a, b)
                && !is_v4_and_v6(b, a)
            {
                let text = format!("{} and {} have the same port; give each its own", one.name, other.name);
                problems.push(values.problem("listeners", text));
            }
        }
    }
}

fn check_controllers(
    values: &Values,
    controllers: &BTreeSet<String>,
    all: &[Listener],
    problems: &mut Vec<Problem>,
) {
    const KEY: &str = "controller.listener.names";
    if values.list("process.roles").iter().all(|role| role != "controller") {
        return;
    }
    for name in controllers.iter().filter(|name| all.iter().all(|listener| listener.name != **name)) {
        problems
            .push(values.problem(KEY, format!("{name} is not among the listeners; add it to `listeners`")));
    }
}

fn read_advertised(values: &Values, all: &mut [Listener], problems: &mut Vec<Problem>) {
    const KEY: &str = "advertised.listeners";
    let Some(items) = values.optional_list(KEY) else {
        for listener in
            all.iter().filter(|listener| !listener.is_controller && listener.bind.host == "0.0.0.0")
        {
            let text = format!(
                "nobody can connect to 0.0.0.0, which {} would be advertised with; say in advertised.listeners what \
                 clients are to use, or leave the host empty for this machine's name",
                listener.name
            );
            problems.push(values.problem("listeners", text));
        }
        return;
    };
    for item in items {
        let Some((name, address)) = endpoint::named(&item) else {
            let text = format!("{item:?} must be NAME://host:port, with a port from 0 to 65535");
            problems.push(values.problem(KEY, text));
            continue;
        };
        let name = name.to_uppercase();
        if address.host == "0.0.0.0" {
            let text =
                format!("nobody can connect to 0.0.0.0; give {name} an address or a name that clients reach");
            problems.push(values.problem(KEY, text));
        }
        match all.iter_mut().find(|listener| listener.name == name) {
            Some(listener) if listener.advertised.is_some() => {
                problems.push(values.problem(KEY, format!("{name} is there twice")));
            }
            Some(listener) => listener.advertised = Some(address),
            None => problems.push(values.problem(KEY, format!("{name} is not among the `listeners`"))),
        }
    }
}

fn read_inter_broker(values: &Values, protocols: &Protocols, problems: &mut Vec<Problem>) -> String {
    const KEY: &str = "inter.broker.listener.name";
    const PROTOCOL_KEY: &str = "security.inter.broker.protocol";
    let Some(name) = values.optional_text(KEY) else { return values.text(PROTOCOL_KEY) };
    let name = name.to_uppercase();
    if values.is_given(PROTOCOL_KEY) {
        problems.push(values.problem(KEY, format!("either this or {PROTOCOL_KEY} may be set, not both")));
    }
    if !protocols.contains_key(&name) {
        problems.push(values.problem(KEY, no_protocol(&name)));
    }
    name
}

fn check_inter_broker(values: &Values, name: &str, all: &[Listener], problems: &mut Vec<Problem>) {
    if values.list("process.roles").iter().all(|role| role != "broker") {
        return;
    }
    let has_advertised = values.is_given("advertised.listeners");
    let usable = all.iter().filter(|it| !it.is_controller && (!has_advertised || it.advertised.is_some()));
    let names: Vec<&str> = usable.map(|listener| listener.name.as_str()).collect();
    let key = if has_advertised { "advertised.listeners" } else { "listeners" };
    if names.is_empty() {
        problems
            .push(values.problem(key, "at least one listener must be the broker's and not the controller's"));
    } else if !names.contains(&name) {
        let text = format!(
            "{name}, which brokers would use among themselves, is not there; set inter.broker.listener.name to one \
             of {}",
            names.join(", ")
        );
        problems.push(values.problem(key, text));
    }
}
