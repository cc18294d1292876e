use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time::{Instant, sleep};

/// How long something may take that is a matter of moments on an idle machine; other tests may keep it busy.
pub const SOON: Duration = Duration::from_secs(120);

/// How long something may take that moves hundreds of megabytes, or waits for a timeout of another program.
pub const SLOW: Duration = Duration::from_secs(400);

/// Asks `condition` until it has an answer.
///
/// # Errors
/// That of `condition`, or, after `limit`, that `what` did not happen.
pub async fn until<T>(
    what: &str,
    limit: Duration,
    mut condition: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let end = Instant::now() + limit;
    loop {
        if let Some(answer) = condition().await? {
            return Ok(answer);
        }
        if Instant::now() >= end {
            bail!("waited {} s in vain for {what}", limit.as_secs());
        }
        sleep(Duration::from_millis(100)).await;
    }
}
