//! Reading what a WebAssembly module imports (WebAssembly core specification, chapter 5).

use std::collections::BTreeSet;

const HEADER: &[u8] = b"\0asm\x01\0\0\0";
const IMPORT_SECTION: u8 = 2;

/// The names of the modules that `wasm` imports from, or `None` if it is not a well-formed module that far.
pub(crate) fn imported_modules(wasm: &[u8]) -> Option<BTreeSet<String>> {
    let mut sections = Reader(wasm.strip_prefix(HEADER)?);
    while !sections.0.is_empty() {
        let id = sections.byte()?;
        let length = sections.number()?;
        let section = sections.bytes(length)?;
        if id == IMPORT_SECTION {
            return Reader(section).imports();
        }
    }
    Some(BTreeSet::new())
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn imports(&mut self) -> Option<BTreeSet<String>> {
        let count = self.number()?;
        let mut modules = BTreeSet::new();
        for _ in 0..count {
            modules.insert(self.name()?.to_owned());
            self.name()?;
            self.description()?;
        }
        Some(modules)
    }

    fn description(&mut self) -> Option<()> {
        match self.byte()? {
            // A function, by the index of its type.
            0 => _ = self.number()?,
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
        Some(())
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
    fn what_is_no_module_is_refused() {
        assert_eq!(imported_modules(b"<!doctype html>"), None);
        assert_eq!(imported_modules(&module(&[b"\x02\x7f\x01"])), None);
    }
}
