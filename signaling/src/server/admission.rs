//! How many connections there may be, in all and from one place.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use crate::config::Limits;

/// Counts the open connections.
#[derive(Debug)]
pub(crate) struct Admission {
    max: usize,
    max_per_place: Option<usize>,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    total: usize,
    by_place: BTreeMap<IpAddr, usize>,
}

/// Why a connection is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// The server has as many as it takes.
    Server,
    /// The client's address has.
    Place,
}

/// One open connection; dropping it makes room for another.
#[derive(Debug)]
pub(crate) struct Admitted {
    admission: Arc<Admission>,
    place: IpAddr,
}

impl Admission {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            max: limits.max_connections,
            max_per_place: limits.max_connections_per_address,
            open: Mutex::default(),
        }
    }

    pub(crate) fn admit(self: &Arc<Self>, address: IpAddr) -> Result<Admitted, Full> {
        let place = place(address);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.total >= self.max {
            return Err(Full::Server);
        }
        let here = open.by_place.get(&place).copied().unwrap_or(0);
        if self.max_per_place.is_some_and(|max| here >= max) {
            return Err(Full::Place);
        }
        open.by_place.insert(place, here + 1);
        open.total += 1;
        Ok(Admitted { admission: Arc::clone(self), place })
    }

    pub(crate) fn open(&self) -> usize {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).total
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut open = self.admission.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.total -= 1;
        match open.by_place.get_mut(&self.place) {
            Some(here) if *here > 1 => *here -= 1,
            _ => drop(open.by_place.remove(&self.place)),
        }
    }
}

/// The address, or for IPv6 its /64 network: whoever has one address of it has them all.
fn place(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(max: usize, per_place: usize) -> Arc<Admission> {
        Arc::new(Admission::new(&Limits {
            max_connections: max,
            max_connections_per_address: Some(per_place),
            ..Limits::default()
        }))
    }

    #[test]
    fn a_place_is_full_until_one_of_its_connections_ends() {
        let admission = admission(10, 1);
        let here: IpAddr = "192.0.2.1".parse().unwrap();
        let first = admission.admit(here).unwrap();
        assert_eq!(admission.admit(here).unwrap_err(), Full::Place);
        let elsewhere = admission.admit("192.0.2.2".parse().unwrap());
        assert!(elsewhere.is_ok());
        drop(first);
        assert!(admission.admit(here).is_ok());
    }

    #[test]
    fn a_network_of_ipv6_is_one_place() {
        let admission = admission(10, 1);
        let _first = admission.admit("2001:db8::1".parse().unwrap()).unwrap();
        assert_eq!(admission.admit("2001:db8::2".parse().unwrap()).unwrap_err(), Full::Place);
        assert!(admission.admit("2001:db8:0:1::1".parse().unwrap()).is_ok());
    }

    #[test]
    fn an_address_counts_once_in_both_families() {
        let admission = admission(10, 1);
        let _first = admission.admit("192.0.2.1".parse().unwrap()).unwrap();
        assert_eq!(admission.admit("::ffff:192.0.2.1".parse().unwrap()).unwrap_err(), Full::Place);
    }

    #[test]
    fn the_whole_server_can_be_full() {
        let admission = admission(1, 1);
        let _first = admission.admit("192.0.2.1".parse().unwrap()).unwrap();
        assert_eq!(admission.admit("192.0.2.2".parse().unwrap()).unwrap_err(), Full::Server);
        assert_eq!(admission.open(), 1);
    }
}
