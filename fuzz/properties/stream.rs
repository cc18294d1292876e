use stream::{Address, Request, Resource};

use super::cost::Cost;

/// The names of a path are decoded, and headers written.
const REQUEST: Cost = Cost { flat: 8192, per_byte: 4 };

/// The lines of the input are an address, a method, a `Range`, an `If-Range` and a size. Whatever they say, what is
/// answered fits the file, and names nothing but a file in a torrent.
pub(super) fn stream(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split('\n');
    let address = lines.next().unwrap_or_default();
    let address = REQUEST.limits(address.len(), || Address::parse(address));
    let name = address.and_then(|address| address.path.into_iter().next_back()).unwrap_or_default();
    let (method, range, if_range) = (lines.next().unwrap_or("GET"), lines.next(), lines.next());
    let size = lines.next().and_then(|size| size.parse().ok()).unwrap_or(1000);

    let resource = Resource { name: &name, size, tag: "\"tag\"" };
    let head = REQUEST.limits(bytes.len(), || Request { method, range, if_range }.answer(resource));
    assert!(head.body.start <= head.body.end && head.body.end <= size);
    let length = head.body.end - head.body.start;
    match head.status {
        200 => assert!(method == "HEAD" || length == size),
        206 => assert!(length > 0),
        status => assert!((status == 416 || status == 405) && length == 0),
    }
    for (name, value) in &head.headers {
        assert!(name.is_ascii() && value.bytes().all(|byte| matches!(byte, b' '..=b'~')));
    }
    let length = length.to_string();
    assert!(method == "HEAD" || head.headers.contains(&("Content-Length", length)));
}
