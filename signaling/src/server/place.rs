//! Where a client is.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// The address, or for IPv6 its /64 network: whoever has one address of it has them all.
pub(crate) fn place(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// The address that a proxy saw: the last entry of `X-Forwarded-For`. What stands before it is the client's own claim.
/// Some proxies write the port behind it, and then brackets around IPv6.
pub(crate) fn forwarded(header: &str) -> Option<IpAddr> {
    let entry = header.rsplit(',').next()?.trim();
    let bare = entry.strip_prefix('[').and_then(|entry| entry.strip_suffix(']')).unwrap_or(entry);
    bare.parse().ok().or_else(|| entry.parse().ok().map(|with_port: SocketAddr| with_port.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Issue 11, A11.
    #[test]
    fn a_proxy_may_name_the_port_too() {
        let v4 = Some("192.0.2.1".parse().unwrap());
        let v6 = Some("2001:db8::1".parse().unwrap());
        for (header, address) in [
            ("192.0.2.1", v4),
            ("192.0.2.1:4711", v4),
            ("198.51.100.7, 192.0.2.1:4711", v4),
            ("2001:db8::1", v6),
            ("[2001:db8::1]", v6),
            ("198.51.100.7,[2001:db8::1]:4711 ", v6),
            ("", None),
            ("unknown", None),
            ("_hidden:4711", None),
            ("192.0.2.1, ", None),
        ] {
            assert_eq!(forwarded(header), address, "{header:?}");
        }
    }
}
