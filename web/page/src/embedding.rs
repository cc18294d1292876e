//! What to paste into a page so that the player stands in it.

/// The tag of the player, for a `magnet` link; `address` is that of this page.
#[must_use]
pub fn tag(address: &str, magnet: &str) -> String {
    let (folder, magnet) = (folder(address), escape(magnet));
    format!(
        "<script src=\"{folder}embed.js\" async></script>\n<seedcast-player src=\"{magnet}\"></seedcast-player>"
    )
}

/// The same for pages where no script of others may run.
#[must_use]
pub fn frame(address: &str, magnet: &str) -> String {
    let source = escape(&player(address, magnet));
    format!(
        "<iframe src=\"{source}\" title=\"Player\" width=\"640\" height=\"360\" style=\"border: 0\"\n  \
         allow=\"autoplay; fullscreen; picture-in-picture\" allowfullscreen></iframe>"
    )
}

/// Where the player alone is.
#[must_use]
pub fn player(address: &str, magnet: &str) -> String {
    format!("{}embed.html#{magnet}", folder(address))
}

fn folder(address: &str) -> &str {
    address.rfind('/').map_or(address, |end| &address[..=end])
}

/// As the value of an attribute in double quotes.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "https://host.example/seedcast/";

    #[test]
    fn a_tag_names_the_script_beside_the_page_and_the_link() {
        assert_eq!(
            tag(ADDRESS, "magnet:?xt=urn:btih:dd82&dn=a"),
            "<script src=\"https://host.example/seedcast/embed.js\" async></script>\n\
             <seedcast-player src=\"magnet:?xt=urn:btih:dd82&amp;dn=a\"></seedcast-player>"
        );
    }

    #[test]
    fn a_name_cannot_end_the_attribute_that_it_stands_in() {
        for code in [tag(ADDRESS, "magnet:?dn=\"><script>"), frame(ADDRESS, "magnet:?dn=\"><script>")] {
            assert!(code.contains("magnet:?dn=&quot;>&lt;script>\""), "{code}");
        }
    }
}
