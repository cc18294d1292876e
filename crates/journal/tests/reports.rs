//! What a journal keeps, and what a report may be.

use journal::{Entry, Error, Event, Journal, MAX_BYTES, Reason, Report, Trouble};

fn report(lines: &str) -> Result<Report, Error> {
    Report::parse(&format!("seedcast-journal 2\ndropped 0\n{lines}"))
}

// Issue 12, 6.
#[test]
fn a_journal_keeps_the_last_entries_counts_the_rest_and_takes_no_memory_for_them() {
    let mut journal = Journal::new(100);
    let spent = allocation_counter::measure(|| {
        for at in 0..10_000 {
            journal.note(at, Some(1), Event::Dropped { requests: 1 });
        }
    });
    assert_eq!(spent.count_total, 0);
    let report = journal.take();
    assert_eq!((report.dropped, report.entries.len()), (9_900, 100));
    assert_eq!(report.entries[0].at, 9_900);
    assert_eq!(journal.take(), Report::default());
}

#[test]
fn a_journal_of_nothing_only_counts() {
    let mut journal = Journal::new(0);
    journal.note(0, None, Event::Paused);
    assert_eq!(journal.take().to_string(), "seedcast-journal 2\ndropped 1\n");
}

#[test]
fn every_reason_has_a_name_of_its_own() {
    for reason in Reason::ALL {
        assert_eq!(reason.name().parse(), Ok(*reason));
    }
    for trouble in Trouble::ALL {
        assert_eq!(trouble.name().parse(), Ok(*trouble));
    }
}

// Issue 12, 6.
#[test]
fn a_report_of_the_first_version_is_read_for_ever() {
    let first = include_str!("../../../fuzz/corpus/journal/every-event");
    assert!(first.starts_with("seedcast-journal 1\n"));
    let read = Report::parse(first).expect("a report");
    assert_eq!(read.entries.len(), first.lines().count() - 2);
    // It is written as one of today, line for line.
    let written = read.to_string();
    assert!(written.lines().skip(1).eq(first.lines().skip(1)), "{written}");
    assert_eq!(Report::parse(&written), Ok(read));
}

// Issue 12, 6.
#[test]
fn how_peers_are_met_is_read_as_it_is_written() {
    let second = include_str!("../../../fuzz/corpus/journal/every-event-of-two");
    let read = Report::parse(second).expect("a report");
    assert_eq!(read.to_string(), second);
    let rests = |line| report(line).expect("a report").entries[0].event;
    assert_eq!(rests("0 - web-seed-failed 1 -"), Event::WebSeedFailed { web_seed: 1, rest: None });
    assert_eq!(rests("0 - web-seed-failed 1 9"), Event::WebSeedFailed { web_seed: 1, rest: Some(9) });
}

#[test]
fn a_report_grows_by_what_comes_later_and_begins_after_its_last_gap() {
    let entries = |times: std::ops::Range<u64>| {
        times.map(|at| Entry { at, peer: None, event: Event::Paused }).collect::<Vec<_>>()
    };
    let mut report = Report { dropped: 0, entries: entries(0..4) };
    report.extend(Report { dropped: 0, entries: entries(4..6) }, 5);
    assert_eq!(report, Report { dropped: 1, entries: entries(1..6) });
    report.extend(Report { dropped: 2, entries: entries(8..9) }, 5);
    assert_eq!(report, Report { dropped: 8, entries: entries(8..9) });
}

#[test]
fn what_is_no_report_is_said_to_be_none() {
    assert_eq!(Report::parse(""), Err(Error::Heading));
    assert_eq!(Report::parse("seedcast-journal 3\ndropped 0\n"), Err(Error::Heading));
    assert_eq!(Report::parse("seedcast-journal 2\n"), Err(Error::Line(2)));
    for line in [
        "",
        "0 -",
        "0 - left 1",
        "0 - has",
        "0 - has 4294967296",
        "01 - left",
        "+1 - left",
        "0 - closed why",
        "0 - offered",
        "0 - offered x",
    ] {
        assert_eq!(report(&format!("0 - left\n{line}\n0 - left")), Err(Error::Line(4)), "{line:?}");
    }
    assert_eq!(report(&" ".repeat(MAX_BYTES)), Err(Error::TooLong));
}
