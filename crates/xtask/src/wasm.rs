//! What a WebAssembly module imports and exports, how long its functions are, and its data (WebAssembly core specification,
//! chapter 5 and its appendix on names).

use std::collections::{BTreeMap, BTreeSet};

const HEADER: &[u8] = b"\0asm\x01\0\0\0";
const CUSTOM_SECTION: u8 = 0;
const IMPORT_SECTION: u8 = 2;
const EXPORT_SECTION: u8 = 7;
const CODE_SECTION: u8 = 10;
const DATA_SECTION: u8 = 11;
/// Of the custom section `name`.
const FUNCTION_NAMES: u8 = 1;
/// What is imported, as an import's description begins.
const FUNCTION: u8 = 0;

/// The names of the modules that `wasm` imports from, or `None` if it is not a well-formed module that far.
pub(crate) fn imported_modules(wasm: &[u8]) -> Option<BTreeSet<String>> {
    let mut sections = Reader(wasm.strip_prefix(HEADER)?);
    while !sections.0.is_empty() {
        let (id, mut section) = sections.section()?;
        if id == IMPORT_SECTION {
            return Some(section.imports()?.into_iter().map(|(module, _)| module).collect());
        }
    }
    Some(BTreeSet::new())
}

/// What a module is made of, in bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Contents {
    /// The functions, by their names, with the length of their code.
    pub(crate) functions: Vec<(String, usize)>,
    /// What its memory holds from the beginning.
    pub(crate) data: usize,
}

/// What `wasm` is made of, or `None` if it is not a well-formed module with names.
pub(crate) fn contents(wasm: &[u8]) -> Option<Contents> {
    let (mut imported, mut lengths, mut names, mut data) = (0, Vec::new(), BTreeMap::new(), 0);
    let mut sections = Reader(wasm.strip_prefix(HEADER)?);
    while !sections.0.is_empty() {
        let (id, mut section) = sections.section()?;
        match id {
            IMPORT_SECTION => {
                imported = section.imports()?.iter().filter(|(_, kind)| *kind == FUNCTION).count();
            }
            CODE_SECTION => lengths = section.code()?,
            DATA_SECTION => data = section.0.len(),
            CUSTOM_SECTION if section.name()? == "name" => names = section.function_names()?,
            _ => {}
        }
    }
    // A few that the linker or an optimiser made have none.
    let name = |(function, length)| (names.get(&function).cloned().unwrap_or_default(), length);
    (!names.is_empty()).then(|| Contents { functions: (imported..).zip(lengths).map(name).collect(), data })
}

/// `wasm`, where what it imports and exports has the names that `rename` gives instead of those that it has; `None` if it is
/// not a well-formed module that far.
pub(crate) fn renamed(wasm: &[u8], mut rename: impl FnMut(&str) -> Option<String>) -> Option<Vec<u8>> {
    let mut sections = Reader(wasm.strip_prefix(HEADER)?);
    let mut renamed = HEADER.to_vec();
    while !sections.0.is_empty() {
        let (id, mut section) = sections.section()?;
        let mut content = Vec::new();
        if [IMPORT_SECTION, EXPORT_SECTION].contains(&id) {
            let count = section.number()?;
            write_number(&mut content, count);
            for _ in 0..count {
                if id == IMPORT_SECTION {
                    write_name(&mut content, section.name()?);
                }
                let name = section.name()?;
                write_name(&mut content, rename(name).as_deref().unwrap_or(name));
                let description = section.0;
                if id == IMPORT_SECTION {
                    section.description()?;
                } else {
                    section.byte()?;
                    section.number()?;
                }
                content.extend(&description[..description.len() - section.0.len()]);
            }
        }
        content.extend(section.0);
        renamed.push(id);
        write_number(&mut renamed, content.len());
        renamed.extend(content);
    }
    Some(renamed)
}

fn write_name(to: &mut Vec<u8>, name: &str) {
    write_number(to, name.len());
    to.extend(name.bytes());
}

/// Writes an unsigned LEB128 number.
fn write_number(to: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        to.push(number as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// The next section: what it is, and what is in it.
    fn section(&mut self) -> Option<(u8, Self)> {
        let id = self.byte()?;
        let length = self.number()?;
        Some((id, Self(self.bytes(length)?)))
    }

    /// The module from which each import comes, and what it is.
    fn imports(&mut self) -> Option<Vec<(String, u8)>> {
        let count = self.number()?;
        let mut imports = Vec::new();
        for _ in 0..count {
            let module = self.name()?.to_owned();
            self.name()?;
            imports.push((module, self.description()?));
        }
        Some(imports)
    }

    /// The length of each function's code.
    fn code(&mut self) -> Option<Vec<usize>> {
        let count = self.number()?;
        let mut lengths = Vec::new();
        for _ in 0..count {
            let length = self.number()?;
            self.bytes(length)?;
            lengths.push(length);
        }
        Some(lengths)
    }

    /// What functions are called, by their indices; imported ones count.
    fn function_names(&mut self) -> Option<BTreeMap<usize, String>> {
        let mut names = BTreeMap::new();
        while !self.0.is_empty() {
            let (id, mut map) = self.section()?;
            let count = if id == FUNCTION_NAMES { map.number()? } else { 0 };
            for _ in 0..count {
                names.insert(map.number()?, map.name()?.to_owned());
            }
        }
        Some(names)
    }

    fn description(&mut self) -> Option<u8> {
        let kind = self.byte()?;
        match kind {
            // By the index of its type.
            FUNCTION => _ = self.number()?,
            // A table: the type of its elements, then its limits.
            1 => {
                self.byte()?;
                self.limits()?;
            }
            2 => self.limits()?,
            // A global: its type and whether it changes.
            3 => _ = self.bytes(2)?,
            // A tag: its attribute and the index of its type.
            4 => {
                self.byte()?;
                self.number()?;
            }
            _ => return None,
        }
        Some(kind)
    }

    fn limits(&mut self) -> Option<()> {
        let has_maximum = self.byte()? & 1 == 1;
        self.number()?;
        if has_maximum {
            self.number()?;
        }
        Some(())
    }

    fn name(&mut self) -> Option<&'a str> {
        let length = self.number()?;
        std::str::from_utf8(self.bytes(length)?).ok()
    }

    /// An unsigned LEB128 number of up to 32 bits.
    fn number(&mut self) -> Option<usize> {
        let mut value = 0;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.byte()?;
            value |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(sections: &[&[u8]]) -> Vec<u8> {
        [&[HEADER], sections].concat().concat()
    }

    #[test]
    fn every_imported_module_is_named_once() {
        // Two functions of `wbg`, a memory of `env` with a maximum, and a global of `env`.
        let imports = b"\x02\x27\x04\x03wbg\x01a\x00\x00\x03wbg\x01b\x00\x80\x01\
            \x03env\x03mem\x02\x01\x01\x10\x03env\x01g\x03\x7f\x00";
        let wasm = module(&[b"\x01\x04\x01\x60\x00\x00", imports]);
        assert_eq!(imported_modules(&wasm), Some(["env", "wbg"].map(str::to_owned).into()));
    }

    #[test]
    fn a_module_without_imports_names_none() {
        assert_eq!(imported_modules(&module(&[b"\x01\x04\x01\x60\x00\x00"])), Some(BTreeSet::new()));
    }

    #[test]
    fn functions_are_as_long_as_their_code_and_imported_ones_have_none() {
        let import = b"\x02\x09\x01\x03wbg\x01a\x00\x00";
        // Without locals: one that does nothing, and one that traps.
        let code = b"\x0a\x08\x02\x02\x00\x0b\x03\x00\x00\x0b";
        // The module's own name, then those of functions 0 to 2.
        let names = b"\x00\x18\x04name\x00\x02\x01m\x01\x0d\x03\x00\x01a\x01\x02up\x02\x03off";
        let data = b"\x0b\x07\x01\x00\x41\x00\x0b\x01a";
        let found = contents(&module(&[import, code, data, names]));
        let functions = vec![("up".to_owned(), 2), ("off".to_owned(), 3)];
        assert_eq!(found, Some(Contents { functions, data: 7 }));
        assert_eq!(contents(&module(&[import, code])), None);
    }

    #[test]
    fn names_of_imports_and_exports_are_exchanged_and_nothing_else() {
        let module = |import: &[u8], export: &[u8]| {
            // A function and a memory with a maximum are imported; the function and a global are exported.
            let import = [b"\x02\x03wbg", import, b"\x00\x00\x03wbg\x03mem\x02\x01\x01\x10"].concat();
            let export = [b"\x02\x01b\x03\x00", export, b"\x00\x80\x01"].concat();
            let section = |id, content: &[u8]| [&[id, content.len() as u8], content].concat();
            module(&[
                b"\x01\x04\x01\x60\x00\x00",
                &section(2, &import),
                &section(7, &export),
                b"\x0a\x01\x00",
            ])
        };
        let wasm = module(b"\x04long", b"\x06longer");
        let short = |name: &str| name.starts_with("long").then(|| format!("_{}", name.len()));
        assert_eq!(renamed(&wasm, short), Some(module(b"\x02_4", b"\x02_6")));
        assert_eq!(renamed(&wasm, |_| None), Some(wasm));
        let much = renamed(&module(b"\x01a", b"\x01c"), |_| Some("n".repeat(300)));
        assert!(imported_modules(&much.unwrap()).is_some());
        assert_eq!(renamed(b"<!doctype html>", |_| None), None);
    }

    #[test]
    fn what_is_no_module_is_refused() {
        assert_eq!(imported_modules(b"<!doctype html>"), None);
        assert_eq!(imported_modules(&module(&[b"\x02\x7f\x01"])), None);
    }
}
