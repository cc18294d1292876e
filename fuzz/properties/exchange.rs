use wire::ExchangeMessage;

/// What was understood of a message of `sc_pex` can be written and understood again.
pub(super) fn exchange(data: &[u8]) {
    if let Ok(Some(message)) = ExchangeMessage::parse(data) {
        assert_eq!(ExchangeMessage::parse(&message.encode()), Ok(Some(message)));
    }
}
