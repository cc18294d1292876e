use metainfo::{FileSpan, InfoBuilder, Version};
use webseed::{Address, Answer};

use super::cost::Cost;

/// Names are escaped, byte by byte.
const SEED: Cost = Cost { flat: 1024, per_byte: 16 };

/// The lines of the input are an address, a file's name, and headers of an answer. No name leads away from the
/// address, and no answer is too strange to judge.
pub(super) fn webseed(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    let Ok(address) = SEED.limits(bytes.len(), || Address::parse(line())) else { return };
    assert_eq!(Address::parse(&address.to_string()), Ok(address.clone()));
    let name = line();
    let builder = InfoBuilder::new(name).file(vec![name.to_owned()], 9).version(Version::One);
    let Ok((info, _)) = builder.finish(&[[0; 20]], &[]) else { return };

    let span = FileSpan { offset: 2, length: 5 };
    let part = SEED.limits(bytes.len(), || address.part(&info, span));
    assert_eq!(part.span, span);
    let request = part.request.expect("the file is no padding");
    let address = address.to_string();
    let (base, query) = address.split_at(address.find('?').unwrap_or(address.len()));
    let path = request.url.strip_prefix(base).expect("the file is below the address");
    let path = path.strip_suffix(query).expect("the query stays");
    let path = if base.ends_with('/') { path } else { &path[1..] };
    assert_eq!(path.split('/').count(), 2);
    assert!(path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%/".contains(&byte)));

    let (length, range, retry_after) = (Some(line()), Some(line()), Some(line()));
    for status in [200, 206, 404, 416, 503] {
        let answer = Answer { status, length, range, retry_after };
        let _ = SEED.limits(bytes.len(), || request.judge(answer));
    }
}
