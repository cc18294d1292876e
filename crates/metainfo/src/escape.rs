use percent_encoding::percent_decode_str;

/// Text without one level of percent-encoding (RFC 3986). `None` if a `%` stands before anything but two hexadecimal
/// digits, or what is escaped is not UTF-8.
#[must_use]
pub fn unescape(text: &str) -> Option<String> {
    let escape =
        |rest: &str| rest.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
    if !text.split('%').skip(1).all(escape) {
        return None;
    }
    percent_decode_str(text).decode_utf8().ok().map(Into::into)
}
