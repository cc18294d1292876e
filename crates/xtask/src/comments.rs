//! What documents, style sheets and scripts have for people who read them, and visitors need not download.

/// How comments begin and end that may go over several lines.
const MARKS: [(&str, &str); 2] = [("/*", "*/"), ("<!--", "-->")];

/// The text without comments that begin a line, without empty lines, and without the space before all others. None of ours
/// has these within what it says. `None` if a comment does not end: what has the look of one was something else.
pub(crate) fn without(text: &str) -> Option<String> {
    let mut kept = String::with_capacity(text.len());
    let mut awaited = None;
    for line in text.lines() {
        let mut line = line.trim_start();
        loop {
            if let Some(end) = awaited {
                let Some((_, after)) = line.split_once(end) else {
                    line = "";
                    break;
                };
                (line, awaited) = (after.trim_start(), None);
            }
            let begun = MARKS.iter().find_map(|(start, end)| Some((line.strip_prefix(start)?, *end)));
            let Some((rest, end)) = begun else { break };
            (line, awaited) = (rest, Some(end));
        }
        if !line.is_empty() && !line.starts_with("//") {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    awaited.is_none().then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_say_what_they_do_and_nothing_else() {
        let script =
            "/**\n * Says it.\n */\nfunction say() {\n    // Loudly.\n\n    return \"a//b\"; // c\n}\n";
        assert_eq!(without(script).unwrap(), "function say() {\nreturn \"a//b\"; // c\n}\n");
    }

    #[test]
    fn what_follows_a_comment_stays_unless_it_is_another() {
        assert_eq!(without("/* a */ b {\n  c: d; /* e */\n}").unwrap(), "b {\nc: d; /* e */\n}\n");
        assert_eq!(without("<p>\n  <!-- a\n  // b --> c\n</p>").unwrap(), "<p>\nc\n</p>\n");
        assert_eq!(without("/* a */ /* b\n */ // c\n/* d */ <!-- e --> f").unwrap(), "f\n");
    }

    #[test]
    fn a_comment_ends_behind_its_beginning_and_has_to_end() {
        assert_eq!(without("/*/ a\n*/ b").unwrap(), "b\n");
        for open in ["/*/", "a\n/* b\nc", "<p>\n<!--> -> </p>", "/* a */ /*"] {
            assert_eq!(without(open), None, "{open}");
        }
    }
}
