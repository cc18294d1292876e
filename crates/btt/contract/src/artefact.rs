use std::path::{Path, PathBuf};
use std::{env, fs};

use btt::hex;
use serde_json::Value;

/// The code that creates the compiled contract `name`, before the arguments of its constructor.
///
/// It is read from the folder that `SEEDCAST_CONTRACT` names, or `target/contract/`.
///
/// # Panics
/// If it is not compiled.
#[must_use]
pub fn artefact(name: &str) -> Vec<u8> {
    let by_default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../target/contract");
    let folder = env::var_os("SEEDCAST_CONTRACT").map_or_else(by_default, PathBuf::from);
    let path = folder.join(format!("{name}.json"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("{}: {error}; `cargo xtask contract` compiles it", path.display());
    });
    let code = serde_json::from_str::<Value>(&text).ok().and_then(|artefact| {
        let digits = artefact.get("bytecode")?.as_str()?.strip_prefix("0x")?.to_owned();
        hex::decode(&digits)
    });
    code.unwrap_or_else(|| panic!("{} has no bytecode", path.display()))
}
