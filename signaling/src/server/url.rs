//! URLs in the configuration.

/// Refuses a URL in this field of the configuration that begins with none of these, or has nothing, or a space, behind
/// it.
pub(crate) fn check(field: &str, url: &str, beginnings: &[&str]) -> anyhow::Result<()> {
    let is_fit = beginnings.iter().any(|beginning| {
        url.split_at_checked(beginning.len()).is_some_and(|(start, rest)| {
            start.eq_ignore_ascii_case(beginning)
                && !rest.is_empty()
                && !rest.contains(|c: char| c.is_whitespace() || c.is_control())
        })
    });
    anyhow::ensure!(is_fit, "{field} must begin with {}: {url:?} does not", beginnings.join(" or "));
    Ok(())
}
