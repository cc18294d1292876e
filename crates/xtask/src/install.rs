//! Installing what is missing.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::panic::resume_unwind;
use std::path::Path;
use std::process::Command;
use std::thread;

use crate::error::Error;
use crate::process;
use crate::recipe::{BINARYEN_VERSION, CrateProgram, Recipe, VENV_PYTHON};

/// Installs `recipes`. Tools that live in `cache` appear there whole or not at all.
///
/// What is downloaded is so beside what is compiled: the one waits for the network while the other takes the processors.
pub(crate) fn all(cache: &Path, recipes: &[Recipe]) -> Result<(), Error> {
    if recipes.is_empty() {
        return Ok(());
    }
    fs::create_dir_all(cache).map_err(Error::file(cache))?;
    let (mut debian, mut python, mut npm, mut crates) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for recipe in recipes {
        match recipe {
            Recipe::Toolchain { kind, name, .. } => rust_part(kind, name)?,
            Recipe::Debian { package, .. } => debian.push(*package),
            Recipe::PythonPackages { requirements, folder } => python.push((requirements, folder)),
            Recipe::WasmOpt { .. } | Recipe::Npm { .. } => npm.push(recipe),
            Recipe::Crate(program) => crates.push(program),
            Recipe::Rival { package, version, folder } => rival(cache, package, version, folder)?,
        }
    }
    thread::scope(|scope| {
        // Python itself may be among the packages.
        let system = scope.spawn(|| {
            debian_packages(&debian)?;
            python.iter().try_for_each(|(requirements, folder)| python_packages(requirements, folder))
        });
        let npm = scope.spawn(|| npm.iter().try_for_each(|recipe| from_npm(recipe)));
        let compiled = crate_programs(cache, &crates);
        let downloaded =
            [system, npm].map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        downloaded.into_iter().chain([compiled]).collect()
    })
}

fn from_npm(recipe: &Recipe) -> Result<(), Error> {
    match recipe {
        Recipe::WasmOpt { folder } => wasm_opt(folder),
        Recipe::Npm { source, folder, what } => npm_packages(source, folder, what),
        _ => Ok(()),
    }
}

fn rust_part(kind: &str, name: &str) -> Result<(), Error> {
    if process::on_path("rustup").is_none() {
        return Err(Error::Missing {
            what: format!("The Rust {kind} {name}"),
            remedy: format!(
                "install it with your Rust toolchain, or Rust by rustup, which runs `rustup {kind} add {name}`"
            ),
        });
    }
    announce(&format!("the Rust {kind} {name}"));
    process::run(Command::new("rustup").args([kind, "add", name]))
}

fn crate_programs(cache: &Path, programs: &[&CrateProgram]) -> Result<(), Error> {
    if programs.is_empty() {
        return Ok(());
    }
    // The programs share many dependencies: in one target folder each is compiled once.
    let target = cache.join("build");
    fs::create_dir_all(&target).map_err(Error::file(&target))?;
    let installed = programs.iter().try_for_each(|program| crate_program(cache, &target, program));
    installed.and(fs::remove_dir_all(&target).map_err(Error::file(&target)))
}

fn crate_program(cache: &Path, target: &Path, program: &CrateProgram) -> Result<(), Error> {
    announce(&format!("{} {}, which takes some minutes", program.package, program.version));
    // Debug builds: they compile in a third of the time and run fast enough.
    let install = || {
        let mut command = Command::new("cargo");
        command.args(["install", "--quiet", "--debug", program.package, "--version", &program.version]);
        command.args(program.options).arg("--root").arg(&program.folder);
        command.env("CARGO_TARGET_DIR", target).env("CARGO_PROFILE_DEV_DEBUG", "0").current_dir(cache);
        command
    };
    // A registry that lags may not have a version that the program's lock file names, but have newer ones.
    process::run(install().arg("--locked")).or_else(|_locked| {
        eprintln!("Trying again with other versions of its dependencies than it was tested with.");
        process::run(&mut install())
    })
}

/// Compiled as whoever runs it would, and with the newest of its dependencies: those of its lock file are too old for
/// this compiler.
fn rival(cache: &Path, package: &str, version: &str, folder: &Path) -> Result<(), Error> {
    announce(&format!("{package} {version}, which takes some minutes"));
    let target = folder.with_added_extension("build");
    let mut command = Command::new("cargo");
    command.args(["install", "--quiet", package, "--version", version, "--root"]).arg(folder);
    let installed = process::run(command.env("CARGO_TARGET_DIR", &target).current_dir(cache));
    if target.exists() {
        fs::remove_dir_all(&target).map_err(Error::file(&target))?;
    }
    installed
}

fn wasm_opt(folder: &Path) -> Result<(), Error> {
    let package = format!("binaryen@{BINARYEN_VERSION}");
    let from_npm = whole_folder(folder, |folder| {
        announce(&format!("wasm-opt from npm's {package}"));
        process::run(npm(folder).args(["install", "--no-save", &package]))?;
        script(folder, "wasm-opt", WASM_OPT_BY_NODE)
    });
    from_npm.or_else(|error| {
        if process::on_path("wasm-opt").is_some() {
            return Ok(());
        }
        eprintln!("warning: wasm-opt is not available, so the page will be some percent larger. {error}");
        whole_folder(folder, |folder| script(folder, "wasm-opt", WASM_OPT_STAND_IN))
    })
}

const WASM_OPT_BY_NODE: &str = r#"#!/bin/sh
exec node "$(dirname "$0")/../node_modules/binaryen/bin/wasm-opt" "$@"
"#;

/// Takes the arguments that Trunk gives to wasm-opt, and copies the module as it is.
const WASM_OPT_STAND_IN: &str = r#"#!/bin/sh
for argument; do
  case $argument in
    --version) echo 'wasm-opt version 0'; exit ;;
    --output=*) output=${argument#--output=} ;;
    -*) ;;
    *) input=$argument ;;
  esac
done
exec cp "$input" "$output"
"#;

fn npm_packages(source: &Path, folder: &Path, what: &str) -> Result<(), Error> {
    whole_folder(folder, |folder| {
        announce(&format!("{what} from npm"));
        for name in ["package.json", "package-lock.json"] {
            let from = source.join(name);
            fs::copy(&from, folder.join(name)).map_err(Error::file(&from))?;
        }
        process::run(npm(folder).arg("ci"))
    })
}

fn python_packages(requirements: &Path, folder: &Path) -> Result<(), Error> {
    whole_folder(folder, |folder| {
        announce("the tests' Python packages");
        process::run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
        let mut pip = Command::new(folder.join(VENV_PYTHON));
        // Nothing is compiled: that would take a C++ compiler, and an hour.
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:"]);
        process::run(pip.arg("--requirement").arg(requirements))
    })
}

/// npm in `folder`. Install scripts do not run: they would download what the registry does not have.
fn npm(folder: &Path) -> Command {
    let mut command = Command::new("npm");
    command
        .args(["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"])
        .current_dir(folder);
    command
}

fn debian_packages(packages: &[&str]) -> Result<(), Error> {
    if packages.is_empty() {
        return Ok(());
    }
    let list = packages.join(" ");
    let Some(apt_get) = privileged_apt_get() else {
        return Err(Error::Missing {
            what: format!("What the Debian packages {list} provide"),
            remedy: format!(
                "run `sudo apt-get install {list}`, or install the same programs in your system's way"
            ),
        });
    };
    announce(&format!("the Debian packages {list}"));
    let mut update = apt_get();
    process::run(update.args(["update", "--quiet"]))?;
    let mut install = apt_get();
    process::run(install.args(["install", "--quiet", "--yes", "--no-install-recommends"]).args(packages))
}

/// How to start `apt-get` with the right to install: as root, or by a sudo that asks no password.
fn privileged_apt_get() -> Option<fn() -> Command> {
    process::on_path("apt-get")?;
    if process::output(Command::new("id").arg("-u"))?.trim() == "0" {
        return Some(|| Command::new("apt-get"));
    }
    process::succeeds(Command::new("sudo").args(["-n", "true"])).then_some(|| {
        let mut command = Command::new("sudo");
        command.args(["-n", "apt-get"]);
        command
    })
}

/// Lets `fill` fill a folder that becomes `folder` only when it is complete.
fn whole_folder(folder: &Path, fill: impl FnOnce(&Path) -> Result<(), Error>) -> Result<(), Error> {
    let unfinished = folder.with_added_extension(format!("unfinished-{}", std::process::id()));
    fs::create_dir_all(&unfinished).map_err(Error::file(&unfinished))?;
    let filled = fill(&unfinished).and_then(|()| {
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(Error::file(folder))?;
        }
        fs::rename(&unfinished, folder).map_err(Error::file(folder))
    });
    if filled.is_err() {
        fs::remove_dir_all(&unfinished).map_err(Error::file(&unfinished))?;
    }
    filled
}

/// Writes an executable `text` as `folder`/bin/`name`.
fn script(folder: &Path, name: &str, text: &str) -> Result<(), Error> {
    let bin = folder.join("bin");
    let path = bin.join(name);
    let executable = fs::Permissions::from_mode(0o755);
    fs::create_dir_all(&bin)
        .and_then(|()| fs::write(&path, text))
        .and_then(|()| fs::set_permissions(&path, executable))
        .map_err(Error::file(&path))
}

fn announce(what: &str) {
    eprintln!("Installing {what} ...");
}
