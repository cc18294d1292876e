//! How many connections there may be, in all and from one place.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::config::Limits;
use crate::place::place;

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
    /// Where it comes from, if that was known when it was accepted.
    _resident: Option<Resident>,
}

/// One connection from a place.
#[derive(Debug)]
pub(crate) struct Resident {
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

    /// Admits a connection. `address` is the client's, unless a proxy is in between.
    pub(crate) fn admit(self: &Arc<Self>, address: Option<IpAddr>) -> Result<Admitted, Full> {
        let mut open = self.open();
        if open.total >= self.max {
            return Err(Full::Server);
        }
        let resident = address.map(|address| self.enter(&mut open, address)).transpose()?;
        open.total += 1;
        Ok(Admitted { admission: Arc::clone(self), _resident: resident })
    }

    /// Admits what is behind a proxy, on a connection that is admitted already.
    pub(crate) fn admit_from(self: &Arc<Self>, address: IpAddr) -> Result<Resident, Full> {
        self.enter(&mut self.open(), address)
    }

    /// How many connections are open.
    pub(crate) fn total(&self) -> usize {
        self.open().total
    }

    fn enter(self: &Arc<Self>, open: &mut Open, address: IpAddr) -> Result<Resident, Full> {
        let place = place(address);
        let here = open.by_place.get(&place).copied().unwrap_or(0);
        if self.max_per_place.is_some_and(|max| here >= max) {
            return Err(Full::Place);
        }
        open.by_place.insert(place, here + 1);
        Ok(Resident { admission: Arc::clone(self), place })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.admission.open().total -= 1;
    }
}

impl Drop for Resident {
    fn drop(&mut self) {
        let mut open = self.admission.open();
        match open.by_place.get_mut(&self.place) {
            Some(here) if *here > 1 => *here -= 1,
            _ => drop(open.by_place.remove(&self.place)),
        }
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
        let first = admission.admit(Some(here)).unwrap();
        assert_eq!(admission.admit(Some(here)).unwrap_err(), Full::Place);
        let elsewhere = admission.admit(Some("192.0.2.2".parse().unwrap()));
        assert!(elsewhere.is_ok());
        drop(first);
        assert!(admission.admit(Some(here)).is_ok());
    }

    #[test]
    fn a_network_of_ipv6_is_one_place() {
        let admission = admission(10, 1);
        let _first = admission.admit(Some("2001:db8::1".parse().unwrap())).unwrap();
        assert_eq!(admission.admit(Some("2001:db8::2".parse().unwrap())).unwrap_err(), Full::Place);
        assert!(admission.admit(Some("2001:db8:0:1::1".parse().unwrap())).is_ok());
    }

    #[test]
    fn an_address_counts_once_in_both_families() {
        let admission = admission(10, 1);
        let _first = admission.admit(Some("192.0.2.1".parse().unwrap())).unwrap();
        assert_eq!(admission.admit(Some("::ffff:192.0.2.1".parse().unwrap())).unwrap_err(), Full::Place);
    }

    #[test]
    fn behind_a_proxy_a_place_is_full_while_its_connections_are_not() {
        let admission = admission(3, 1);
        let here: IpAddr = "192.0.2.1".parse().unwrap();
        let _connections = [admission.admit(None).unwrap(), admission.admit(None).unwrap()];
        let first = admission.admit_from(here).unwrap();
        assert_eq!(admission.admit_from(here).unwrap_err(), Full::Place);
        drop(first);
        assert!(admission.admit_from(here).is_ok());
        assert_eq!(admission.total(), 2);
    }

    #[test]
    fn the_whole_server_can_be_full() {
        let admission = admission(1, 1);
        let _first = admission.admit(Some("192.0.2.1".parse().unwrap())).unwrap();
        assert_eq!(admission.admit(Some("192.0.2.2".parse().unwrap())).unwrap_err(), Full::Server);
        assert_eq!(admission.total(), 1);
    }
}
