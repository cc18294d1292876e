use crate::build;
use crate::harness;
use crate::tools::Tool;

/// One layer of tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Format,
    Lint,
    Deny,
    Unit,
    Wasm,
    Tracker,
    Page,
    EndToEnd,
}

impl Step {
    /// In the order in which they run: what fails quickly comes first.
    pub(crate) const ALL: [Self; 8] = [
        Self::Format,
        Self::Lint,
        Self::Deny,
        Self::Unit,
        Self::Wasm,
        Self::Tracker,
        Self::Page,
        Self::EndToEnd,
    ];

    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Lint => "lint",
            Self::Deny => "deny",
            Self::Unit => "unit",
            Self::Wasm => "wasm",
            Self::Tracker => "tracker",
            Self::Page => "page",
            Self::EndToEnd => "e2e",
        }
    }

    /// The step of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.name() == name)
    }

    /// What it checks.
    pub(crate) fn about(self) -> &'static str {
        match self {
            Self::Format => "the formatting of all Rust code",
            Self::Lint => "clippy and rustdoc, natively and for the browser",
            Self::Deny => "licences, sources and known flaws of dependencies",
            Self::Unit => "unit, property, simulator and documentation tests",
            Self::Wasm => "the engine worker's tests in a browser",
            Self::Tracker => "the running server against a tracker's clients",
            Self::Page => "the release build of page and server, and what it weighs",
            Self::EndToEnd => "the page in browsers, alone and with other clients",
        }
    }

    /// What it needs.
    pub(crate) fn tools(self) -> &'static [Tool] {
        match self {
            Self::Format => &[Tool::Rustfmt],
            Self::Lint => &[Tool::Clippy, Tool::WasmTarget],
            Self::Deny => &[Tool::CargoDeny],
            Self::Unit => &[Tool::Solc],
            Self::Wasm => &[Tool::WasmTarget, Tool::WasmBindgen, Tool::Chromium, Tool::Chromedriver],
            Self::Tracker => &[Tool::TestPackages],
            Self::Page => build::PAGE_TOOLS,
            Self::EndToEnd => harness::TOOLS,
        }
    }
}
