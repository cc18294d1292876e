use tracker::{MAX_MESSAGE, Request, Response};

use super::cost::Cost;

/// Of a list, what the JSON of each entry is, is noted before it is read.
const MESSAGE: Cost = Cost { flat: 4096, per_byte: 40 };

/// A request that is understood means the same when it is written. One that is not is refused in words that
/// every client understands.
pub(super) fn tracker_request(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match MESSAGE.limits(text.len(), || Request::parse(&text)) {
        Ok(request) => {
            let written = request.to_json();
            // What a client left out is written all the same, and may make the message too long.
            if written.len() <= MAX_MESSAGE {
                assert_eq!(Request::parse(&written).ok(), Some(request), "{written}");
            }
        }
        Err(error) => {
            let refusal = MESSAGE.limits(text.len(), || Response::refusal(&text, &error));
            assert_eq!(Response::parse(&refusal.to_json()).ok(), Some(refusal));
        }
    }
}

/// A response that is understood means the same when it is written.
pub(super) fn tracker_response(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(response) = MESSAGE.limits(text.len(), || Response::parse(&text)) {
        let written = response.to_json();
        if written.len() <= MAX_MESSAGE {
            assert_eq!(Response::parse(&written).ok(), Some(response), "{written}");
        }
    }
}
