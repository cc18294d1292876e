//! Spans of time in the configuration file.

use std::time::Duration;

use serde::{Deserialize as _, Deserializer};

/// Reads a whole number of seconds.
pub(crate) fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u32::deserialize(deserializer).map(|seconds| Duration::from_secs(seconds.into()))
}
