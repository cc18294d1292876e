//! Short names between a program and its script.
//!
//! wasm-bindgen calls what they have of each other by names that end with sixteen hexadecimal digits. They stand in both
//! files, no compression shortens them, and every visitor downloads them: 11 kB of the page.

use std::collections::BTreeMap;

use crate::wasm;

/// The program and its script with short names; `None` if they are not such files, or if the script has such names already.
pub(crate) fn shorten(wasm: &[u8], script: &str) -> Option<(Vec<u8>, String)> {
    let mut short = BTreeMap::new();
    let wasm = wasm::renamed(wasm, |name| {
        let next = format!("_{}", short.len());
        is_hashed(name).then(|| short.entry(name.to_owned()).or_insert(next).clone())
    })?;
    let mut shortened = String::with_capacity(script.len());
    let mut rest = script;
    while let Some(start) = rest.find(is_of_a_word) {
        let length = rest[start..].find(|c| !is_of_a_word(c)).unwrap_or(rest.len() - start);
        let (before, word) = rest[..start + length].split_at(start);
        if is_short(word) {
            return None;
        }
        shortened.push_str(before);
        shortened.push_str(short.get(word).map_or(word, String::as_str));
        rest = &rest[start + length..];
    }
    shortened.push_str(rest);
    Some((wasm, shortened))
}

fn is_hashed(name: &str) -> bool {
    let digits = name.bytes().rev().take_while(|byte| byte.is_ascii_hexdigit()).count();
    digits >= 16 && name.len() > digits
}

fn is_short(word: &str) -> bool {
    word.strip_prefix('_')
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a name in JavaScript may have this character.
fn is_of_a_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module that imports two functions, one by a hashed name, and exports the first.
    fn module(export: &str) -> Vec<u8> {
        let imports =
            b"\x02\x32\x02\x03wbg\x18__wbg_a_0123456789abcdef\x00\x00\x03wbg\x0b__wbg_plain\x00\x00";
        let exports =
            [&[7, export.len() as u8 + 4, 1, export.len() as u8], export.as_bytes(), &[0, 0]].concat();
        [&b"\0asm\x01\0\0\0\x01\x04\x01\x60\x00\x00"[..], imports, &exports].concat()
    }

    #[test]
    fn hashed_names_are_short_in_both_files_and_others_stay() {
        let script = "const imports = { __wbg_a_0123456789abcdef: f, __wbg_plain }
            wasm.call_h0123456789abcdef(__wbg_a_0123456789abcdef2, \"é__wbg_a_0123456789abcdef\")";
        let (wasm, short) = shorten(&module("call_h0123456789abcdef"), script).unwrap();
        assert_eq!(
            short,
            "const imports = { _0: f, __wbg_plain }
            wasm._1(__wbg_a_0123456789abcdef2, \"é__wbg_a_0123456789abcdef\")"
        );
        let names = String::from_utf8_lossy(&wasm);
        assert!(names.contains("_0") && names.contains("_1") && names.contains("__wbg_plain"), "{names}");
        assert!(!names.contains("0123456789abcdef"), "{names}");
    }

    #[test]
    fn a_script_that_has_such_names_keeps_all_of_its_own() {
        assert_eq!(shorten(&module("b"), "let _7 = 1"), None);
        assert!(shorten(&module("b"), "let _7a = _, __7 = 1").is_some());
    }
}
