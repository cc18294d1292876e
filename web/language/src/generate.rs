//! Rust for a program's words.

use std::fmt::Write as _;
use std::{env, fs, io};

use crate::catalogue::{COUNT, fingerprint, forms, messages, placeholders};

/// For build scripts: writes `words.rs` into the folder of what is built, from the English words of `program`. It has a
/// constant [`Word`](crate::Word) for each message without placeholders (`NOT_SAVED` of `not-saved`); for others a
/// function, which takes `count` first and the rest in the order of the alphabet; and `PROGRAM`.
///
/// # Errors
/// If a file cannot be read or written.
pub fn rust_of(program: &str) -> io::Result<()> {
    let file = format!("../words/en/{program}.txt");
    println!("cargo::rerun-if-changed={file}");
    let folder = env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    fs::write(std::path::Path::new(&folder).join("words.rs"), rust(program, &fs::read_to_string(file)?))
}

fn rust(program: &str, english: &str) -> String {
    let keys = fingerprint(messages(english).map(|(key, _)| key));
    let mut rust = format!(
        "/// The program, for whoever fetches its words.\n\
         pub(crate) const PROGRAM: ::language::Program = ::language::Program {{ name: {program:?}, keys: {keys} }};\n"
    );
    for (place, (key, text)) in messages(english).enumerate() {
        item(&mut rust, place, key, text).expect("a string takes everything");
    }
    rust
}

fn item(rust: &mut String, place: usize, key: &str, text: &str) -> std::fmt::Result {
    let name = key.replace('-', "_");
    let word = format!("::language::Word::of(&::language::Entry {{ english: {text:?}, place: {place} }})");
    let counts = forms(text).next().is_some();
    let mut names = placeholders(text);
    names.retain(|name| !counts || *name != COUNT);
    writeln!(rust, "#[doc = {text:?}]")?;
    if !counts && names.is_empty() {
        return writeln!(rust, "pub(crate) const {}: ::language::Word = {word};", name.to_uppercase());
    }
    let count = if counts { "count: u64, " } else { "" };
    let parameters: String = names.iter().map(|name| format!("{name}: &str, ")).collect();
    let values: String = names.iter().map(|name| format!("({name:?}, {name}), ")).collect();
    let call = if counts { "counted(count, " } else { "with(" };
    writeln!(
        rust,
        "pub(crate) fn {name}({count}{parameters}) -> String {{ const WORD: ::language::Word = {word}; WORD.{call}&[{values}]) }}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_a_constant_or_a_function_of_what_it_needs() {
        let rust = rust(
            "page",
            "copy-link = Copy link\nsaved = {name} in {folder}\nfiles = one: a | other: {count} in {folder}",
        );
        assert!(rust.contains("const COPY_LINK: ::language::Word"), "{rust}");
        assert!(rust.contains("fn saved(folder: &str, name: &str, ) -> String"), "{rust}");
        assert!(rust.contains("fn files(count: u64, folder: &str, ) -> String"), "{rust}");
    }
}
