//! Names of gateways.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;

/// A gateway as log, records, and metrics name it: transport, host, and port, like
/// `udp:sbc1.carrier.example:5060`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GatewayName(Arc<str>);

impl GatewayName {
    /// Creates the name of the gateway at a host, which is a name or an address without brackets.
    pub fn new(transport: &str, host: &str, port: u16) -> Self {
        let (transport, host) = (transport.to_ascii_lowercase(), host.to_ascii_lowercase());
        let name = match host.contains(':') {
            true => format!("{transport}:[{host}]:{port}"),
            false => format!("{transport}:{host}:{port}"),
        };
        Self(name.into())
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for GatewayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_is_named_by_transport_host_and_port() {
        for (transport, host, port, name) in [
            ("UDP", "192.0.2.1", 5060, "udp:192.0.2.1:5060"),
            ("TLS", "SBC1.Carrier.example", 5061, "tls:sbc1.carrier.example:5061"),
            ("TCP", "2001:db8::1", 5080, "tcp:[2001:db8::1]:5080"),
        ] {
            assert_eq!(GatewayName::new(transport, host, port).to_string(), name);
        }
    }
}
