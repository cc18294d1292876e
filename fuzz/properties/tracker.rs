use tracker::{MAX_MESSAGE, Request, Response};

/// A request that is understood means the same when it is written. One that is not is refused in words that
/// every client understands.
pub(super) fn tracker_request(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Request::parse(&text) {
        Ok(request) => {
            let written = request.to_json();
            // What a client left out is written all the same, and may make the message too long.
            if written.len() <= MAX_MESSAGE {
                assert_eq!(Request::parse(&written).ok(), Some(request), "{written}");
            }
        }
        Err(error) => {
            let refusal = Response::refusal(&text, &error);
            assert_eq!(Response::parse(&refusal.to_json()).ok(), Some(refusal));
        }
    }
}

/// A response that is understood means the same when it is written.
pub(super) fn tracker_response(data: &[u8]) {
    if let Ok(response) = Response::parse(&String::from_utf8_lossy(data)) {
        let written = response.to_json();
        if written.len() <= MAX_MESSAGE {
            assert_eq!(Response::parse(&written).ok(), Some(response), "{written}");
        }
    }
}
