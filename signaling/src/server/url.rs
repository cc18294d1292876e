//! URLs in the configuration.

/// The address of the folder that the page is, with a slash at its end. It can stand in an attribute of HTML as it is.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct PublicUrl(String);

impl PublicUrl {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = anyhow::Error;

    fn try_from(url: String) -> anyhow::Result<Self> {
        check("public_url", &url, &["https://", "http://"])?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || ":/.-_~%[]".contains(c);
        anyhow::ensure!(url.chars().all(is_plain), "public_url must be a plain address: {url:?} is not");
        Ok(Self(format!("{}/", url.trim_end_matches('/'))))
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_the_site_is_a_folder_and_nothing_else() {
        for (text, folder) in [
            ("https://seedcast.example.org", "https://seedcast.example.org/"),
            ("http://[::1]:8080/", "http://[::1]:8080/"),
            ("https://example.org/seedcast", "https://example.org/seedcast/"),
        ] {
            assert_eq!(PublicUrl::try_from(text.to_owned()).unwrap().as_str(), folder);
        }
        for text in [
            "seedcast.example.org",
            "https://",
            "https://a\"><script>",
            "https://a/?b",
            "https://a/#b",
            "javascript:1",
        ] {
            let refused = PublicUrl::try_from(text.to_owned()).unwrap_err().to_string();
            assert!(refused.starts_with("public_url must"), "{text}: {refused}");
        }
    }
}
