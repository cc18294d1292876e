//! What is said of events that an engine noted. These words are fetched by those who look, and are in no program.

use language::{Glossary, number};

/// The file of the words.
pub(crate) const GLOSSARY: &str = "journal";

/// An entry, as a report has it, in the reader's words; as it is where there are none.
pub(crate) fn entry(line: &str, glossary: Option<&Glossary>) -> String {
    said(line, glossary).unwrap_or_else(|| line.to_owned())
}

fn said(line: &str, glossary: Option<&Glossary>) -> Option<String> {
    let glossary = glossary?;
    let mut terms = line.split(' ');
    let (at, peer, name) = (terms.next()?.parse::<u64>().ok()?, terms.next()?, terms.next()?);
    let mut key = name.to_owned();
    let mut values = Vec::new();
    for term in terms {
        values.push(match term.parse() {
            Ok(count) => number::whole(count),
            Err(_) if term == NONE => {
                key += NONE;
                key += "none";
                String::new()
            }
            Err(_) => glossary.say(&format!("why-{term}"), &[])?,
        });
    }
    let peer = if peer == NONE { String::new() } else { format!("#{peer} ") };
    let event = glossary.say(&key, &values)?;
    Some(format!("{}.{:03} {peer}{event}", at / 1_000, at % 1_000))
}

/// What stands in a line for a number that there is not.
const NONE: &str = "-";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use journal::{Event, Reason, Trouble};
    use language::Language;
    use language::catalogue::{messages, placeholders};

    use super::*;

    fn file(language: Language) -> String {
        let file = format!("{}/../words/{}/{GLOSSARY}.txt", env!("CARGO_MANIFEST_DIR"), language.tag());
        std::fs::read_to_string(file).unwrap()
    }

    /// Lines of reports in which every event is.
    fn lines() -> impl Iterator<Item = &'static str> {
        let reports = [
            include_str!("../../../../fuzz/corpus/journal/every-event"),
            include_str!("../../../../fuzz/corpus/journal/every-event-of-two"),
        ];
        reports.into_iter().flat_map(|report| report.lines().skip(2))
    }

    /// Issue 12, 6: entries were in English whatever the reader reads.
    #[test]
    fn every_event_is_said_in_every_language() {
        let told: BTreeSet<&str> = lines().filter_map(|line| line.split(' ').nth(2)).collect();
        assert_eq!(told, Event::NAMES.iter().copied().collect(), "the lines have every event");
        for language in Language::ALL {
            let glossary = Glossary::new(file(language));
            for line in lines() {
                let said = said(line, Some(&glossary));
                assert!(said.is_some_and(|said| !said.contains("  ")), "{language:?}: {line}");
            }
        }
    }

    #[test]
    fn every_reason_is_said_and_nothing_else_is_there() {
        let reasons = Reason::ALL.iter().map(|reason| reason.name());
        let reasons = reasons.chain(Trouble::ALL.iter().map(|trouble| trouble.name()));
        let whys: BTreeSet<String> = reasons.map(|name| format!("why-{name}")).collect();
        let events = lines().map(|line| {
            let name = line.split(' ').nth(2).unwrap();
            if line.ends_with(" -") { format!("{name}-none") } else { name.to_owned() }
        });
        let english = file(Language::English);
        let known: BTreeSet<String> = messages(&english).map(|(key, _)| key.to_owned()).collect();
        assert_eq!(known, events.chain(whys).collect());
    }

    #[test]
    fn every_number_of_an_event_is_said() {
        let english = file(Language::English);
        for line in lines() {
            let terms: Vec<&str> = line.split(' ').skip(3).filter(|term| *term != NONE).collect();
            let name = line.split(' ').nth(2).unwrap();
            let (_, text) = messages(&english).find(|(key, _)| *key == name).unwrap();
            let said = placeholders(text).len();
            assert!(said == terms.len() || line.ends_with(" -"), "{line}: {text}");
        }
    }

    #[test]
    fn an_entry_without_words_is_shown_as_it_is() {
        assert_eq!(entry("1200 7 left", None), "1200 7 left");
        let glossary = Glossary::new("closed = Closed: {1}\nwhy-idle = it went silent".to_owned());
        assert_eq!(entry("1200 7 closed idle", Some(&glossary)), "1.200 #7 Closed: it went silent");
        assert_eq!(entry("1200 7 closed later", Some(&glossary)), "1200 7 closed later");
        assert_eq!(entry("1200 - later 5", Some(&glossary)), "1200 - later 5");
    }
}
