//! The contract of payments by the byte: compiling it, and what it costs to call.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::fingerprint::files_in;
use crate::process;
use crate::tools::{Tool, Toolbox};
use crate::workspace::Workspace;

/// Compiles the contract, and those that its tests have call it, each into a file of [`folder`], unless they are there
/// and of the same sources.
///
/// A file has `abi`, `bytecode` (what is sent to create the contract), `deployedBytecode` (what is there then, but for
/// values that are known only then), and `compiler`: its version and settings.
pub(crate) fn compile(workspace: &Workspace, toolbox: &Toolbox) -> Result<(), Error> {
    let input = input(&workspace.root().join(SOURCES))?.to_string();
    let folder = folder(workspace);
    let record = folder.join(RECORD);
    let is_whole = folder.join(ARTEFACT).is_file();
    if is_whole && fs::read_to_string(&record).is_ok_and(|of_last_time| of_last_time == input) {
        return Ok(());
    }
    toolbox.ensure(&[Tool::Solc])?;
    eprintln!("Compiling the contract");
    fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
    if record.is_file() {
        fs::remove_file(&record).map_err(Error::file(&record))?;
    }
    let question = folder.join(QUESTION);
    fs::write(&question, input).map_err(Error::file(&question))?;
    let answer = solc(toolbox, &question, &folder.join(ANSWER))?;
    let artefacts = artefacts(&answer).map_err(|problem| Error::Unfit {
        path: workspace.root().join(SOURCES),
        problem: format!("does not compile: {problem}"),
    })?;
    for (name, artefact) in artefacts {
        let path = folder.join(format!("{name}.json"));
        fs::write(&path, format!("{artefact:#}\n")).map_err(Error::file(&path))?;
    }
    // Last, so that what is there is complete where this is.
    fs::rename(&question, &record).map_err(Error::file(&record))
}

/// The same, and prints what each call costs.
pub(crate) fn report(workspace: &Workspace, toolbox: &Toolbox) -> Result<(), Error> {
    compile(workspace, toolbox)?;
    eprintln!("The contract is {}", folder(workspace).join(ARTEFACT).display());
    let mut cargo = toolbox.command("cargo");
    cargo.args(["run", "--quiet", "--package", PACKAGE, "--bin", "gas"]);
    process::run(cargo.env(VARIABLE, folder(workspace)).current_dir(workspace.root()))
}

/// The environment variable that says to tests where the compiled contracts are.
pub(crate) const VARIABLE: &str = "SEEDCAST_CONTRACT";

/// The folder of the compiled contracts.
pub(crate) fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target().join("contract")
}

/// The folder of the sources: the contract, and in its tests the contracts that call it.
const SOURCES: &str = "crates/btt/contract";

/// The package that tests the contract.
const PACKAGE: &str = "btt-contract";

/// What the contract becomes.
const ARTEFACT: &str = "BttPay.json";

/// What was compiled last, beside what came out.
const RECORD: &str = "input.json";
const QUESTION: &str = "question.json";
const ANSWER: &str = "answer.json";

/// What the compiler says of every contract for BTTC, whose last public source knows no later rules than Berlin's.
const UNAVOIDABLE: &str =
    "Support for EVM versions older than london is deprecated and will be removed in the future.";

/// What the compiler is asked: its "standard JSON input".
fn input(folder: &Path) -> Result<Value, Error> {
    let mut sources = Map::new();
    for path in files_in(folder)? {
        if path.extension().is_some_and(|extension| extension == "sol") {
            let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
            let content = fs::read_to_string(&path).map_err(Error::file(&path))?;
            sources.insert(name, json!({ "content": content }));
        }
    }
    let wanted = ["abi", "metadata", "evm.bytecode.object", "evm.deployedBytecode.object"];
    Ok(json!({
        "language": "Solidity",
        "sources": sources,
        "settings": {
            "evmVersion": "berlin",
            "optimizer": { "enabled": true, "runs": 10_000 },
            // The same program has the same bytes, whatever its comments say.
            "metadata": { "bytecodeHash": "none" },
            "outputSelection": { "*": { "*": wanted } },
        },
    }))
}

/// What the compiler answers. By files: into a pipe it writes 64 KiB at most, for it does not wait until they are read.
fn solc(toolbox: &Toolbox, question: &Path, answer: &Path) -> Result<Value, Error> {
    let program = toolbox.solc()?;
    let mut node = toolbox.command("node");
    node.arg(&program).arg("--standard-json");
    node.stdin(File::open(question).map_err(Error::file(question))?);
    node.stdout(File::create(answer).map_err(Error::file(answer))?);
    process::hand_over(&mut node)?;
    let text = fs::read_to_string(answer).map_err(Error::file(answer))?;
    // One line about solvers that it would like to have comes first.
    let json = text.find('{').map_or("", |start| &text[start..]);
    serde_json::from_str(json)
        .map_err(|error| Error::Unfit { path: answer.to_owned(), problem: format!("is no JSON: {error}") })
}

/// The contracts in the compiler's answer by name, or all that it had to object to. A warning is an objection.
fn artefacts(output: &Value) -> Result<Vec<(String, Value)>, String> {
    let objections: Vec<_> = output["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|objection| objection["message"] != UNAVOIDABLE)
        .map(|objection| objection["formattedMessage"].as_str().unwrap_or_default().trim())
        .collect();
    if !objections.is_empty() {
        return Err(objections.join("\n"));
    }
    let contracts = output["contracts"].as_object().into_iter().flat_map(Map::values);
    contracts
        .filter_map(Value::as_object)
        .flatten()
        // An interface has nothing to deploy.
        .filter(|(_, contract)| contract["evm"]["bytecode"]["object"] != "")
        .map(|(name, contract)| Ok((name.clone(), artefact(contract).ok_or("it left something out")?)))
        .collect()
}

fn artefact(contract: &Value) -> Option<Value> {
    let metadata: Value = serde_json::from_str(contract["metadata"].as_str()?).ok()?;
    let bytes = |part: &str| Some(format!("0x{}", contract["evm"][part]["object"].as_str()?));
    Some(json!({
        "abi": contract["abi"],
        "bytecode": bytes("bytecode")?,
        "deployedBytecode": bytes("deployedBytecode")?,
        "compiler": { "version": metadata["compiler"]["version"].as_str()?, "settings": metadata["settings"] },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(messages: &[&str]) -> Value {
        let object = |bytes: &str| json!({ "object": bytes });
        let contract = json!({
            "abi": [],
            "metadata": r#"{"compiler":{"version":"1"},"settings":{"evmVersion":"berlin"}}"#,
            "evm": { "bytecode": object("60"), "deployedBytecode": object("61") },
        });
        let interface = json!({ "evm": { "bytecode": object("") } });
        let errors: Vec<_> = messages
            .iter()
            .map(|message| json!({ "severity": "warning", "message": message, "formattedMessage": message }))
            .collect();
        json!({ "errors": errors, "contracts": { "A.sol": { "A": contract, "I": interface } } })
    }

    #[test]
    fn a_contract_is_kept_with_the_compiler_that_made_it() {
        let compiler = json!({ "version": "1", "settings": { "evmVersion": "berlin" } });
        let a = json!({ "abi": [], "bytecode": "0x60", "deployedBytecode": "0x61", "compiler": compiler });
        assert_eq!(artefacts(&answer(&[UNAVOIDABLE])), Ok(vec![("A".to_owned(), a)]));
    }

    #[test]
    fn a_warning_keeps_a_contract_from_being_compiled() {
        let refused = artefacts(&answer(&[UNAVOIDABLE, "Unused local variable."]));
        assert_eq!(refused, Err("Unused local variable.".to_owned()));
    }
}
