//! Running other programs.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::error::Error;
use crate::watch::{self, Listener};

/// Runs `command` to its end, its output shown as it comes, and while it prints nothing, what it is.
pub(crate) fn run(command: &mut Command) -> Result<(), Error> {
    let words = words(command);
    watch::watch(command, &mut Unheard(words))
}

/// Whoever runs a program only to have it done.
struct Unheard(String);

impl Listener for Unheard {
    fn hear(&mut self, _line: &str) {}

    fn status(&self) -> String {
        format!("`{}` is running", self.0)
    }
}

/// Lets `command` have the terminal until it ends: it says itself what there is to say.
pub(crate) fn hand_over(command: &mut Command) -> Result<(), Error> {
    let status = command.status().map_err(|source| not_started(command, source))?;
    if status.success() { Ok(()) } else { Err(Error::Failed { command: words(command), status }) }
}

/// Whether `command` starts and succeeds, without showing anything.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let silent = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    silent.status().is_ok_and(|status| status.success())
}

/// What `command` prints to stdout, if it starts and succeeds.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The first program of this name on the PATH.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// `command` as a person would type it.
pub(crate) fn words(command: &Command) -> String {
    let words = [command.get_program()].into_iter().chain(command.get_args());
    words.map(|word| quoted(&word.to_string_lossy())).collect::<Vec<_>>().join(" ")
}

/// The error of a `command` that did not start.
pub(crate) fn not_started(command: &Command, source: std::io::Error) -> Error {
    Error::Start { program: command.get_program().to_string_lossy().into_owned(), source }
}

fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_=./:,@+".contains(c);
    if word.chars().all(is_plain) { word.to_owned() } else { format!("'{word}'") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_told_so_that_a_shell_understands_it() {
        let mut command = Command::new("cargo");
        command.args(["nextest", "--target=x86", "-E", "not package(a)"]);
        assert_eq!(words(&command), "cargo nextest --target=x86 -E 'not package(a)'");
    }
}
