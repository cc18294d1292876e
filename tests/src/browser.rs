use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::extensions::addons::firefox::FirefoxTools;
use thirtyfour::{Capabilities, WebDriver};

use crate::chromium;
use crate::line::Namespace;
use crate::process::{CpuTime, Daemon};
use crate::threads::CpuByThread;
use crate::tools;
use crate::wait::{SLOW, SOON, until};

/// Which browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Chromium.
    Chromium,
    /// Firefox.
    Firefox,
}

/// A browser process with a driver, a profile and a download folder of its own.
#[derive(Debug)]
pub struct Browser {
    name: String,
    kind: Kind,
    /// Whether pages may store anything.
    stores: bool,
    /// Tags of the languages that its user reads, best first.
    languages: String,
    /// The network that it is in, if that is not this program's.
    namespace: Option<Arc<Namespace>>,
    /// Holds the profile, the saved files, and what the browser leaves in its temporary folder.
    home: TempDir,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    web: WebDriver,
    driver: Daemon,
}

impl Browser {
    /// Opens a browser that knows nothing yet; `name` says whose it is in messages.
    ///
    /// # Errors
    /// If the browser or its driver is not installed or does not start.
    pub async fn open(kind: Kind, name: &str) -> Result<Self> {
        Self::launch(kind, name, true, ENGLISH, None).await
    }

    /// A new Chromium whose user lets no site store anything.
    ///
    /// # Errors
    /// As [`Browser::open`].
    pub async fn without_storage(name: &str) -> Result<Self> {
        Self::launch(Kind::Chromium, name, false, ENGLISH, None).await
    }

    /// A new Chromium whose user reads these languages, best first: `es-MX,es`.
    ///
    /// # Errors
    /// As [`Browser::open`].
    pub async fn reading(languages: &str, name: &str) -> Result<Self> {
        Self::launch(Kind::Chromium, name, true, languages, None).await
    }

    /// A new Chromium in another network than this program's.
    ///
    /// # Errors
    /// As [`Browser::open`].
    pub async fn within(namespace: &Arc<Namespace>, name: &str) -> Result<Self> {
        Self::launch(Kind::Chromium, name, true, ENGLISH, Some(Arc::clone(namespace))).await
    }

    async fn launch(
        kind: Kind,
        name: &str,
        stores: bool,
        languages: &str,
        namespace: Option<Arc<Namespace>>,
    ) -> Result<Self> {
        let mut browser = Self {
            name: name.to_owned(),
            kind,
            stores,
            languages: languages.to_owned(),
            namespace,
            home: TempDir::with_prefix("seedcast-browser-")?,
            running: None,
        };
        for folder in ["profile", "downloads", "temporary"] {
            fs::create_dir(browser.home.path().join(folder))?;
        }
        browser.reopen().await?;
        Ok(browser)
    }

    /// A new Chromium.
    ///
    /// # Errors
    /// As [`Browser::open`].
    pub async fn chromium(name: &str) -> Result<Self> {
        Self::open(Kind::Chromium, name).await
    }

    /// A new Firefox.
    ///
    /// # Errors
    /// As [`Browser::open`].
    pub async fn firefox(name: &str) -> Result<Self> {
        Self::open(Kind::Firefox, name).await
    }

    /// Whose browser it is.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which browser it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The WebDriver session.
    ///
    /// # Errors
    /// If the browser was killed.
    pub fn web(&self) -> Result<&WebDriver> {
        Ok(&self.running.as_ref().with_context(|| format!("the browser of {} was killed", self.name))?.web)
    }

    /// Kills the browser without warning, as a crash or a power cut would. Its profile stays.
    pub fn kill(&mut self) {
        if let Some(Running { web, driver }) = self.running.take() {
            // The driver goes before its session does, which must not wait for it.
            drop(driver);
            let _ = web.leak();
        }
    }

    /// Opens the browser again, with the same profile.
    ///
    /// # Errors
    /// As [`Browser::open`].
    pub async fn reopen(&mut self) -> Result<()> {
        self.kill();
        let program = match self.kind {
            Kind::Chromium => tools::chromedriver()?,
            Kind::Firefox => tools::geckodriver()?,
        };
        let command = || {
            let mut command = Command::new(&program);
            command.env("TMPDIR", self.home.path().join("temporary"));
            command
        };
        let (driver, address, capabilities) = match self.kind {
            Kind::Chromium => self.start_chromedriver(command).await?,
            Kind::Firefox => self.start_geckodriver(command()).await?,
        };
        let web =
            WebDriver::builder(format!("http://{address}"), capabilities).request_timeout(SLOW).connect();
        let web = web.await.with_context(|| format!("the browser of {} does not start", self.name))?;
        self.running = Some(Running { web, driver });
        self.web()?.set_script_timeout(SLOW).await?;
        if self.kind == Kind::Chromium {
            self.accept_downloads().await?;
        }
        Ok(())
    }

    /// Hides the window, as when another program covers it or the user minimises it.
    ///
    /// # Errors
    /// If its page goes on thinking that it is seen.
    pub async fn hide(&self) -> Result<()> {
        self.web()?.minimize_window().await?;
        until(&format!("the browser of {} to be hidden", self.name), SOON, async || {
            let state = self.run("return document.visibilityState", &[]).await?;
            Ok((state == "hidden").then_some(()))
        })
        .await
    }

    /// Shows the window again that was [hidden](Self::hide).
    ///
    /// # Errors
    /// If its page goes on thinking that nobody sees it.
    pub async fn show(&self) -> Result<()> {
        self.web()?.maximize_window().await?;
        until(&format!("the browser of {} to be seen", self.name), SOON, async || {
            let state = self.run("return document.visibilityState", &[]).await?;
            Ok((state == "visible").then_some(()))
        })
        .await
    }

    /// Runs the body of a JavaScript function in the page and gives back what it returns.
    ///
    /// # Errors
    /// If the script throws, or the browser is gone.
    pub async fn run(&self, script: &str, arguments: &[Value]) -> Result<Value> {
        Ok(self.web()?.execute(script, arguments).await?.json().clone())
    }

    /// Runs the body of an `async` JavaScript function and gives back what it resolves to.
    ///
    /// # Errors
    /// If the script throws, or the browser is gone.
    pub async fn run_async(&self, script: &str, arguments: &[Value]) -> Result<Value> {
        let script = format!(
            "const [done, ...args] = [...arguments].reverse();
             (async (...args) => {{ {script} }})(...args.reverse())
                 .then(value => done({{ value }}), error => done({{ error: String(error) }}))"
        );
        let answer = self.web()?.execute_async(script, arguments).await?.json().clone();
        if let Some(error) = answer.get("error") {
            anyhow::bail!("in the browser of {}: {error}", self.name);
        }
        Ok(answer.get("value").cloned().unwrap_or_default())
    }

    /// Sends a command of the Chrome DevTools Protocol.
    ///
    /// # Errors
    /// If the browser refuses it, or is not Chromium.
    pub async fn cdp(&self, method: &str, parameters: Value) -> Result<Value> {
        Ok(self.web()?.cdp().send_raw(method, parameters).await?)
    }

    /// Runs a script in every document from now on, before the document's own; in Firefox as an extension does, such as a
    /// wallet.
    ///
    /// # Errors
    /// If the browser refuses it.
    pub async fn inject(&self, script: &str) -> Result<()> {
        if self.kind == Kind::Chromium {
            self.cdp("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await?;
            return Ok(());
        }
        let extension = TempDir::with_prefix_in("extension-", &self.home)?.keep();
        let manifest = json!({
            "manifest_version": 2,
            "name": "Test",
            "version": "1",
            "content_scripts": [{
                "matches": ["<all_urls>"],
                "js": ["script.js"],
                "run_at": "document_start",
                "world": "MAIN",
            }],
        });
        fs::write(extension.join("manifest.json"), manifest.to_string())?;
        fs::write(extension.join("script.js"), script)?;
        let path = extension.to_str().context("a path is text")?;
        Ok(FirefoxTools::new(self.web()?.handle().clone()).install_addon(path, Some(true)).await?)
    }

    /// Has Chromium save downloads without asking, for as long as the tab that is driven now is open.
    pub(crate) async fn accept_downloads(&self) -> Result<()> {
        let behaviour = json!({ "behavior": "allow", "downloadPath": self.downloads() });
        self.cdp("Browser.setDownloadBehavior", behaviour).await?;
        Ok(())
    }

    /// Seconds that the main thread of the page has been busy; differences of it are meaningful. Chromium only.
    ///
    /// # Errors
    /// As [`Browser::cdp`].
    pub async fn main_thread_seconds(&self) -> Result<f64> {
        self.cdp("Performance.enable", json!({})).await?;
        let answer = self.cdp("Performance.getMetrics", json!({})).await?;
        let metrics = answer.get("metrics").and_then(Value::as_array).context("no metrics")?;
        let task = metrics.iter().find(|metric| metric.get("name") == Some(&json!("TaskDuration")));
        task.and_then(|metric| metric.get("value")?.as_f64()).context("no TaskDuration among the metrics")
    }

    /// Processor time of all processes of the browser so far.
    #[must_use]
    pub fn cpu_time(&self) -> CpuTime {
        self.running.as_ref().map(|running| running.driver.cpu_time()).unwrap_or_default()
    }

    /// The same by what its processes do and by their threads. Chromium only.
    #[must_use]
    pub fn cpu_by_thread(&self) -> CpuByThread {
        self.running.as_ref().map(|running| running.driver.cpu_by_thread()).unwrap_or_default()
    }

    /// Bytes that the processes which show its pages have in memory, files left out. Chromium only.
    #[must_use]
    pub fn renderer_memory(&self) -> u64 {
        self.running.as_ref().map(|running| running.driver.memory_of("renderer")).unwrap_or_default()
    }

    /// Runs `trigger`, and waits until a download that was not there before is complete, and is the `wanted` one.
    ///
    /// # Errors
    /// That of `trigger`, or if `what` is wanted does not come in time.
    pub async fn download(
        &self,
        what: &str,
        wanted: impl Fn(&Path) -> bool,
        trigger: impl Future<Output = Result<()>>,
    ) -> Result<PathBuf> {
        let before = self.downloaded()?;
        trigger.await?;
        until(&format!("{} to have saved {what}", self.name), SLOW, async || {
            let now = self.downloaded()?;
            // Both browsers write to a name with another ending; Firefox reserves the final one beside it.
            let partial = |path: &&PathBuf| {
                path.extension().is_some_and(|ending| ending == "crdownload" || ending == "part")
            };
            if now.iter().any(|path| partial(&path)) {
                return Ok(None);
            }
            Ok(now.difference(&before).find(|path| wanted(path)).cloned())
        })
        .await
    }

    fn profile(&self) -> PathBuf {
        self.home.path().join("profile")
    }

    fn downloads(&self) -> PathBuf {
        self.home.path().join("downloads")
    }

    fn downloaded(&self) -> Result<BTreeSet<PathBuf>> {
        Ok(self.downloads().read_dir()?.flatten().map(|entry| entry.path()).collect())
    }

    async fn start_chromedriver(
        &self,
        command: impl Fn() -> Command,
    ) -> Result<(Daemon, String, Capabilities)> {
        // It takes a port that is free with IPv6, and gives up if the same is not free with IPv4.
        let mut attempts = 0;
        let (driver, port) = loop {
            let mut command = command();
            command.args(["--port=0", "--enable-chrome-logs"]);
            let mut driver = self.spawn(command, |line| line.contains(":CONSOLE:"))?;
            let port = driver.line("its port", SOON, |line| {
                Some(line.split_once("started successfully on port ")?.1.trim_end_matches('.').to_owned())
            });
            attempts += 1;
            match port.await {
                Ok(port) => break (driver, port),
                Err(error) if attempts == 5 => return Err(error),
                Err(_taken) => {}
            }
        };
        let profile = format!("--user-data-dir={}", self.profile().display());
        let mut arguments = vec![profile.as_str()];
        arguments.extend(chromium::ARGUMENTS);
        let mut capabilities = Capabilities::new();
        capabilities.set("browserName", "chrome")?;
        // The setting for cookies is that for all storage.
        let cookies = if self.stores { ALLOWED } else { BLOCKED };
        let options = json!({
            "args": arguments,
            "excludeSwitches": EXCLUDED_CHROMIUM_ARGUMENTS,
            "prefs": {
                "intl.accept_languages": self.languages,
                "profile.default_content_setting_values.cookies": cookies,
            },
        });
        capabilities.set("goog:chromeOptions", options)?;
        let address = match &self.namespace {
            None => format!("127.0.0.1:{port}"),
            Some(namespace) => namespace.door(port.parse()?)?.to_string(),
        };
        Ok((driver, address, capabilities))
    }

    /// Starts a driver where the browser is to be.
    fn spawn(&self, command: Command, notable: fn(&str) -> bool) -> Result<Daemon> {
        let name = self.name.clone();
        match &self.namespace {
            None => Daemon::spawn(&name, command, notable),
            Some(namespace) => namespace.run(move || Daemon::spawn(&name, command, notable))?,
        }
    }

    async fn start_geckodriver(&self, mut driver: Command) -> Result<(Daemon, String, Capabilities)> {
        driver.args(["--port", "0", "--websocket-port", "0"]);
        // Firefox's own scripts complain about the missing network in the same words.
        let mut driver = Daemon::spawn(&self.name, driver, |line| {
            (line.starts_with("console.") || line.contains("JavaScript error")) && !line.contains("resource:")
        })?;
        let address = driver
            .line("its port", SOON, |line| Some(line.split_once("Listening on ")?.1.trim().to_owned()))
            .await?;
        let mut capabilities = Capabilities::new();
        capabilities.set("browserName", "firefox")?;
        capabilities.set(
            "moz:firefoxOptions",
            json!({
                "binary": tools::firefox()?,
                "args": ["-headless", "-profile", self.profile()],
                "prefs": {
                    "intl.accept_languages": self.languages,
                    "media.peerconnection.ice.obfuscate_host_addresses": false,
                    "media.peerconnection.ice.loopback": true,
                    "devtools.console.stdout.content": true,
                    "browser.download.folderList": 2,
                    "browser.download.dir": self.downloads(),
                    "browser.download.useDownloadDir": true,
                    "browser.download.always_ask_before_handling_new_types": false,
                    "browser.download.alwaysOpenPanel": false,
                },
            }),
        )?;
        Ok((driver, address, capabilities))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What users read whose languages are of no importance.
const ENGLISH: &str = "en-US,en";

/// A setting for all sites, as Chromium's preferences have it.
const ALLOWED: u32 = 1;
const BLOCKED: u32 = 2;

/// With these, which the driver gives, hidden pages would have it easier than people's.
const EXCLUDED_CHROMIUM_ARGUMENTS: &[&str] = &[
    "disable-background-timer-throttling",
    "disable-backgrounding-occluded-windows",
    "disable-renderer-backgrounding",
];
