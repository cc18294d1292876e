//! The limit of open files: every client is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors that are open beside those of clients: three for each thread, the listener, standard streams, files being
/// read.
const RESERVE: usize = 256;

/// Raises the soft limit, 1,024 on most systems, to the hard one, and returns what holds then. `None` is no limit.
pub(crate) fn raise_limit() -> Option<u64> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // A service manager may have set both, and forbidden to try.
    if current != maximum && setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_err() {
        return current;
    }
    maximum
}

/// What to tell an operator whose limit lets in fewer clients than the configuration.
pub(crate) fn warning(limit: Option<u64>, max_connections: usize) -> Option<String> {
    let limit = limit?;
    let needed = max_connections.saturating_add(RESERVE);
    (u64::try_from(needed).unwrap_or(u64::MAX) > limit).then(|| {
        format!("{limit} open files are too few for limits.max_connections, {max_connections}: that needs {needed}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_below_what_clients_need_is_warned_of() {
        assert_eq!(warning(None, 50_000), None);
        assert_eq!(warning(Some(65_536), 50_000), None);
        assert_eq!(warning(Some(1256), 1000), None);
        assert!(warning(Some(1255), 1000).unwrap().contains("1256"));
    }
}
