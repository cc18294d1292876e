use journal::Report;

use super::cost::Cost;

/// Text is a report or is not, a report that is read is the one that is written, and reading it costs a little for each
/// byte.
pub(super) fn journal(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let cost = Cost { flat: 1_024, per_byte: 32 };
    if let Ok(report) = cost.limits(bytes.len(), || Report::parse(text)) {
        assert_eq!(Report::parse(&report.to_string()), Ok(report));
    }
}
