//! What documents, style sheets and scripts have for people who read them, and visitors need not download.

/// How comments begin and end that may go over several lines.
const MARKS: [(&str, &str); 2] = [("/*", "*/"), ("<!--", "-->")];

/// The text without comments that begin a line, without empty lines, and without the space before all others. None of ours
/// has these within what it says.
pub(crate) fn without(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut awaited = None;
    for line in text.lines() {
        let mut line = line.trim_start();
        awaited =
            awaited.or_else(|| MARKS.iter().find(|(start, _)| line.starts_with(start)).map(|(_, end)| *end));
        if let Some(end) = awaited {
            let Some((_, after)) = line.split_once(end) else { continue };
            (line, awaited) = (after.trim_start(), None);
        }
        if !line.is_empty() && !line.starts_with("//") {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_say_what_they_do_and_nothing_else() {
        let script =
            "/**\n * Says it.\n */\nfunction say() {\n    // Loudly.\n\n    return \"a//b\"; // c\n}\n";
        assert_eq!(without(script), "function say() {\nreturn \"a//b\"; // c\n}\n");
    }

    #[test]
    fn what_follows_a_comment_stays() {
        assert_eq!(without("/* a */ b {\n  c: d; /* e */\n}"), "b {\nc: d; /* e */\n}\n");
        assert_eq!(without("<p>\n  <!-- a\n  // b --> c\n</p>"), "<p>\nc\n</p>\n");
    }
}
