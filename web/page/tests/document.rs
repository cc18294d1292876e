//! What the page's document does before the program is there is what the program does.

use metainfo::visible;

/// The ranges of the character class in the document's `const unseen = /[...]/gu`.
fn unseen() -> Vec<(u32, u32)> {
    let document = include_str!("../../../index.html");
    let (_, rest) = document.split_once("const unseen =").expect("the document has a list");
    let class = rest.trim_start().strip_prefix("/[").and_then(|rest| rest.split_once("]/gu;"));
    let (class, _) = class.expect("it is a class of characters");
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    let mut joins = false;
    for part in class.split_inclusive('}') {
        let (before, digits) = part.split_once("\\u{").expect("every character is written as a number");
        let number = u32::from_str_radix(digits.trim_end_matches('}'), 16).expect("it is hexadecimal");
        match (before, ranges.last_mut()) {
            ("-", Some((_, end))) if !joins => (*end, joins) = (number, true),
            ("", _) => {
                ranges.push((number, number));
                joins = false;
            }
            _ => panic!("{part} is none of these"),
        }
    }
    ranges
}

// Issue 13, A4: the list stands in the document's script and in `metainfo`.
#[test]
fn the_document_marks_the_characters_of_a_name_that_the_program_marks() {
    let unseen = unseen();
    for c in '\0'..=char::MAX {
        let marked = unseen.iter().any(|(start, end)| (*start..=*end).contains(&u32::from(c)));
        let text = c.to_string();
        assert_eq!(marked, visible(&text) != text, "U+{:04X}", u32::from(c));
    }
}
