//! What a visitor downloads, by program, and what the programs are made of.

use std::collections::BTreeMap;
use std::fs;

use crate::error::Error;
use crate::process;
use crate::tools::Toolbox;
use crate::wasm;
use crate::weight::{self, Program};
use crate::workspace::Workspace;

/// So many crates of a program are shown to people, and of its functions.
const SHOWN: usize = 12;

/// Shorter functions are told of with their crate only: half of all code is in a twentieth of all functions.
const SHORTEST: usize = 200;

/// Measures the page that was built.
pub(super) fn print(workspace: &Workspace, toolbox: &Toolbox, json: bool) -> Result<(), Error> {
    let weights = weight::weigh(&workspace.dist())?;
    let mut parts = Vec::new();
    for program in Program::ALL {
        parts.extend(parts_of(workspace, toolbox, program)?);
    }
    println!("{}", if json { in_json(&weights, &parts) } else { in_words(&weights, &parts) });
    Ok(())
}

/// What a program is made of: a crate, a function in it, or its data.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    program: Program,
    krate: String,
    /// None if all of the crate is meant.
    function: Option<String>,
    /// As it is in the module, before gzip.
    bytes: usize,
}

impl Part {
    /// Its name in a row of all parts: `crate`, or `crate / function`.
    fn name(&self) -> String {
        let Self { krate, function, .. } = self;
        function.as_ref().map_or_else(|| krate.clone(), |function| format!("{krate} / {function}"))
    }
}

/// What a program is made of, largest first, after the passes that the built page has had. Those leave no names in it, so
/// they are done again on the module that still has them.
fn parts_of(workspace: &Workspace, toolbox: &Toolbox, program: Program) -> Result<Vec<Part>, Error> {
    let name = program.name();
    let module = workspace.target().join(format!("wasm-bindgen/release/seedcast-{name}_bg.wasm"));
    let named = workspace.target().join(format!("named-{name}.wasm"));
    process::run(toolbox.command("wasm-opt").arg("-Oz").arg("-g").arg(&module).arg("-o").arg(&named))?;
    let wasm = fs::read(&named).map_err(Error::file(&named))?;
    let contents = wasm::contents(&wasm).ok_or_else(|| Error::Unfit {
        path: named.clone(),
        problem: "is not a WebAssembly module with names".to_owned(),
    })?;
    Ok(parts(program, &contents))
}

fn parts(program: Program, contents: &wasm::Contents) -> Vec<Part> {
    let (mut crates, mut functions) = (BTreeMap::<_, usize>::new(), BTreeMap::<_, usize>::new());
    for (name, bytes) in &contents.functions {
        *crates.entry(crate_of(name)).or_default() += bytes;
        *functions.entry((crate_of(name), without_hashes(name))).or_default() += bytes;
    }
    crates.insert("data", contents.data);
    functions.retain(|_, bytes| *bytes >= SHORTEST);
    let krate =
        |(krate, bytes): (&str, usize)| Part { program, krate: krate.to_owned(), function: None, bytes };
    let function = |((krate, function), bytes): ((&str, String), usize)| Part {
        program,
        krate: krate.to_owned(),
        function: Some(function),
        bytes,
    };
    let mut parts: Vec<Part> =
        crates.into_iter().map(krate).chain(functions.into_iter().map(function)).collect();
    parts.sort_by_key(|part| std::cmp::Reverse(part.bytes));
    parts
}

/// A function's name without what tells it from others compiled of the same source, and from one build to the next: of
/// `sort[1a2b]::by::h436aa88783d6bbc7`, `sort::by`.
fn without_hashes(function: &str) -> String {
    let is_hash = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let name = match function.rsplit_once("::h") {
        Some((name, hash)) if hash.len() == 16 && is_hash(hash) => name,
        _ => function,
    };
    let mut kept = String::new();
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('[') {
        kept.push_str(before);
        rest = match after.split_once(']') {
            Some((hash, after)) if is_hash(hash) => after,
            _ => {
                kept.push('[');
                after
            }
        };
    }
    kept + rest
}

/// The crate in which a function is written, by its name: of `<T as alloc::string::ToString>::to_string`, `alloc`.
fn crate_of(function: &str) -> &str {
    let mut rest = function;
    loop {
        rest = rest.trim_start_matches(['<', '&', '*', '[', '(']);
        let word = ["mut ", "dyn ", "const "].iter().find_map(|word| rest.strip_prefix(word));
        let Some(after) = word else { break };
        rest = after;
    }
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    if !name.is_empty() && (after.starts_with("::") || after.starts_with('[')) {
        name
    } else if let Some((_, implemented)) = after.split_once(" as ") {
        crate_of(implemented)
    } else {
        "none"
    }
}

fn in_json(weights: &[(Program, usize)], parts: &[Part]) -> String {
    let weight = |(program, bytes): &(Program, usize)| format!(r#""{}_gzip": {bytes}"#, program.name());
    let part = |part: &Part| {
        let (program, name, bytes) = (part.program.name(), part.name(), part.bytes);
        format!(r#"{{"program": "{program}", "part": "{name}", "bytes": {bytes}}}"#)
    };
    let weights = weights.iter().map(weight).collect::<Vec<_>>().join(", ");
    let parts = parts.iter().map(part).collect::<Vec<_>>().join(", ");
    format!(r#"{{{weights}, "parts": [{parts}]}}"#)
}

fn in_words(weights: &[(Program, usize)], parts: &[Part]) -> String {
    let mut text = "Bytes that a visitor downloads, gzipped, and what they are before that:".to_owned();
    for (program, bytes) in weights {
        text.push_str(&format!("\n{}: {bytes}", program.name()));
        let of = |is_crate: bool| {
            let parts = parts.iter().filter(|part| part.program == *program);
            parts.filter(move |part| part.function.is_none() == is_crate).take(SHOWN)
        };
        let crates: Vec<_> = of(true).map(|part| format!("{} {}", part.krate, part.bytes)).collect();
        text.push_str(&format!("\n  {}", crates.join(", ")));
        for part in of(false) {
            text.push_str(&format!("\n  {:>8} {}", part.bytes, part.function.as_deref().unwrap_or_default()));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_belong_to_the_crate_that_has_their_code() {
        let cases = [
            ("swarm::torrent::Torrent::handle::h436aa88783d6bbc7", "swarm"),
            ("<dlmalloc[e24a]::dlmalloc::Dlmalloc<dlmalloc[e24a]::sys::System>>::malloc", "dlmalloc"),
            ("<&mut postcard::ser::serializer::Serializer<F> as serde_core::ser::Serializer>::a", "postcard"),
            ("<T as alloc::string::ToString>::to_string::h71c672ada6f22a87", "alloc"),
            ("__udivti3", "none"),
        ];
        for (function, name) in cases {
            assert_eq!(crate_of(function), name, "{function}");
        }
    }

    #[test]
    fn one_function_is_one_part_however_often_it_was_compiled() {
        let function = |name: &str, bytes| (name.to_owned(), bytes);
        let functions = vec![
            function("sort[1a]::by::<[u8; 3]>::h436aa88783d6bbc7", 100),
            function("sort[2b]::by::<[u8; 3]>::h536aa88783d6bbc7", 200),
            function("sort::short", 5),
        ];
        let parts = parts(Program::Page, &wasm::Contents { functions, data: 40 });
        let found: Vec<_> = parts.iter().map(|part| (part.name(), part.bytes)).collect();
        let part = |name: &str, bytes| (name.to_owned(), bytes);
        let expected = [part("sort", 305), part("sort / sort::by::<[u8; 3]>", 300), part("data", 40)];
        assert_eq!(found, expected);
    }

    #[test]
    fn json_has_a_number_for_each_program_and_one_for_each_part() {
        let part = |function: Option<&str>, bytes| Part {
            program: Program::Page,
            krate: "yew".to_owned(),
            function: function.map(str::to_owned),
            bytes,
        };
        assert_eq!(
            in_json(&[(Program::Page, 3), (Program::Tips, 6)], &[part(None, 7), part(Some("yew::a"), 4)]),
            r#"{"page_gzip": 3, "tips_gzip": 6, "parts": [{"program": "page", "part": "yew", "bytes": 7}, {"program": "page", "part": "yew / yew::a", "bytes": 4}]}"#
        );
    }
}
