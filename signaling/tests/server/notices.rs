//! Notices of what should not be served, from the form to the public log.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::{TempDir, tempdir};

use crate::process::{Reply, Server, announce};

/// A server that takes notices, where it keeps them, and what else a notice may lead to.
struct Office {
    server: Server,
    folder: TempDir,
}

impl Office {
    fn open() -> Self {
        let folder = tempdir().unwrap();
        let config = json!({
            "behind_proxy": true,
            "notices": {
                "folder": folder.path().join("notices"),
                "tell": ["sh", "-c", format!("cat >> {}", folder.path().join("mail").display())],
            },
        });
        fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
        Self { server: Server::with(&config, &[("index.html", b"the page")]), folder }
    }

    /// Sends a form from somewhere.
    fn send(&self, place: &str, form: &str) -> Reply {
        self.server.post("/notice", form, &[("x-forwarded-for", place)])
    }

    /// Runs `seedcast-signaling notice`.
    fn notice(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seedcast-signaling"));
        command.arg("notice").args(arguments).arg("--config").arg(self.folder.path().join("config.json"));
        command.output().unwrap()
    }

    fn notices(&self) -> std::path::PathBuf {
        self.folder.path().join("notices")
    }

    fn public(&self) -> Value {
        self.server.json("/transparency.json")
    }
}

fn torrent() -> String {
    format!("ff{}", "61".repeat(19))
}

fn form(email: &str) -> String {
    format!(
        "links=https%3A%2F%2Fexample.org%2F%23magnet%3A%3Fxt%3Durn%3Abtih%3A{}&kind=copyright&why=It+is+mine.&name=Ada&\
         email={email}&good-faith=yes",
        torrent()
    )
}

fn text(reply: &Reply) -> String {
    String::from_utf8(reply.body.clone()).unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8([&output.stdout[..], &output.stderr].concat()).unwrap()
}

/// All bytes of all files below a folder.
fn everything(folder: &Path) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        all += &if path.is_dir() { everything(&path) } else { fs::read_to_string(&path).unwrap() };
    }
    all
}

#[test]
fn a_notice_is_kept_decided_and_public_without_names() {
    let mut office = Office::open();
    let shown = office.server.http("GET", "/notice", &[("accept-language", "de-AT,en;q=0.5")]);
    assert!(text(&shown).contains("<html lang=\"de\">") && text(&shown).contains("<form method=\"post\""));
    let policy = shown.header("content-security-policy").unwrap();
    assert!(policy.contains("form-action 'self'") && policy.contains("style-src 'sha256-"), "{policy}");

    let mut client = office.server.client();
    assert_eq!(client.ask(&announce('1'))["action"], "announce");
    let taken = office.send("192.0.2.7", &form("ada%40example.org"));
    assert_eq!(taken.status(), 201);
    let page = text(&taken);
    let id = page.split("/notice/").nth(1).unwrap().get(..16).unwrap();
    let status = format!("/notice/{id}");
    assert!(text(&office.server.get(&status)).contains("Nobody has decided on it yet"));

    let listed = said(&office.notice(&["list"]));
    assert!(listed.starts_with(id) && listed.contains("open") && listed.contains("copyright"), "{listed}");
    let whole = said(&office.notice(&["show", id]));
    assert!(whole.contains("From:\n> Ada\n> ada@example.org\n") && whole.contains(&torrent()), "{whole}");

    assert!(!office.notice(&["decide", id, "deny"]).status.success());
    assert!(!office.notice(&["decide", "0123456789abcdef", "deny", "--reason", "x"]).status.success());
    let decided = office.notice(&["decide", id, "deny", "--reason", "The author says so."]);
    assert!(decided.status.success(), "{}", said(&decided));
    assert_eq!(client.receive()["failure reason"], format!("denied: copyright {id}"));
    let page = text(&office.server.get(&status));
    assert!(
        page.contains("is served here no more") && page.contains("Reason: The author says so."),
        "{page}"
    );
    assert!(said(&office.notice(&["list"])).contains("denied"));

    let public = office.public();
    let hash: String = Sha256::digest([0xff, 0x61].iter().chain(&[0x61; 18]).copied().collect::<Vec<_>>())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let [decision] = &public["decisions"].as_array().unwrap()[..] else { panic!("{public}") };
    assert_eq!((&decision["decision"], &decision["kind"]), (&json!("deny"), &json!("copyright")));
    assert_eq!(decision["torrents"], json!([hash]));
    let [month] = &public["months"].as_object().unwrap().values().collect::<Vec<_>>()[..] else {
        panic!("{public}")
    };
    assert_eq!(**month, json!({ "received": 1, "denied": 1, "kept": 0 }));
    for secret in [torrent().as_str(), "Ada", "example.org", "192.0.2.7"] {
        assert!(!public.to_string().contains(secret), "{secret} is in {public}");
        let shared = fs::read_to_string(office.notices().join("denied.txt")).unwrap();
        assert!(!shared.contains(secret) && !page.contains(secret), "{secret}");
    }
    let mail = || fs::read_to_string(office.folder.path().join("mail")).unwrap_or_default();
    let mut waited = 0;
    while !mail().contains("It is mine.") {
        waited += 1;
        assert!(waited < 400, "{}", mail());
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let logged = office.server.log_line_with(" 1 torrents are denied");
    // Nobody's address is kept anywhere.
    assert!(!everything(office.folder.path()).contains("192.0.2.7") && !logged.contains("192.0.2.7"));

    // What was decided may be decided anew: the last word counts, and all of them are public.
    let list = office.notices().join("denied.txt");
    fs::write(&list, fs::read_to_string(&list).unwrap() + &format!("{} ref=2026-9", "0".repeat(40))).unwrap();
    assert!(office.notice(&["decide", id, "keep", "--reason", "A mistake."]).status.success());
    assert_eq!(fs::read_to_string(&list).unwrap(), format!("{} ref=2026-9\n", "0".repeat(40)));
    office.server.log_line_with(" 1 torrents are denied");
    assert_eq!(client.ask(&announce('1'))["incomplete"], 1);
    assert!(text(&office.server.get(&status)).contains("A mistake."));
    assert_eq!(office.public()["decisions"].as_array().unwrap().len(), 2);
}

#[test]
fn what_is_missing_is_told_beside_what_was_typed() {
    let office = Office::open();
    let reply = office.send("192.0.2.1", "why=%3Cscript%3E&kind=copyright&name=Ada&email=none");
    assert_eq!(reply.status(), 422);
    let page = text(&reply);
    for field in ["links", "email", "good-faith"] {
        assert!(page.contains(&format!("<li><a href=\"#{field}\">")), "{field}: {page}");
    }
    assert!(page.contains("&lt;script&gt;</textarea>") && page.contains("value=\"Ada\""), "{page}");
    assert!(!page.contains("<script"), "{page}");
    // What is too long is shown again, so that nobody has to type it anew, as far as anybody types.
    let long = office.send("192.0.2.1", &form(&"x".repeat(17_000)));
    assert!(long.status() == 422 && text(&long).contains("It is mine."), "{}", text(&long));
    assert_eq!(office.send("192.0.2.1", &form(&"x".repeat(128 * 1024))).status(), 413);
    assert_eq!(office.public(), json!({ "months": {}, "decisions": [] }));
    for id in ["x", "..%2Fdenied", "0123456789abcdef", "log"] {
        assert_eq!(office.server.get(&format!("/notice/{id}")).status(), 404, "{id}");
    }
}

#[test]
fn a_flood_of_notices_is_bounded_for_each_place_and_in_all() {
    let office = Office::open();
    let sent: Vec<_> = (0..10).map(|_| office.send("192.0.2.1", &form("a%40b")).status()).collect();
    assert_eq!(sent, [vec![201; 3], vec![429; 7]].concat());
    // What was wrong counts for nothing, and others do not feel it.
    assert_eq!(office.send("192.0.2.2", "why=x").status(), 422);
    assert_eq!(office.send("192.0.2.2", &form("a%40b")).status(), 201);
    // As many as there may be, without sending them all.
    let kept = fs::read_dir(office.notices()).unwrap().map(|entry| entry.unwrap().path());
    let one = kept
        .into_iter()
        .find(|path| path.to_string_lossy().ends_with(".jsonl") && !path.ends_with("log.jsonl"))
        .unwrap();
    for number in 4..4096 {
        fs::copy(&one, office.notices().join(format!("{number:016x}.jsonl"))).unwrap();
    }
    let restarted = Office {
        server: Server::with(
            &serde_json::from_slice(&fs::read(office.folder.path().join("config.json")).unwrap()).unwrap(),
            &[],
        ),
        folder: office.folder,
    };
    assert_eq!(restarted.send("192.0.2.3", &form("a%40b")).status(), 503);
    fs::remove_file(&one).unwrap();
    assert_eq!(restarted.send("192.0.2.3", &form("a%40b")).status(), 201);
    assert_eq!(restarted.send("192.0.2.3", &form("a%40b")).status(), 503);
}

/// Programs that send mails may obey lines that begin with a tilde.
#[test]
fn whoever_sends_a_notice_commands_nobody() {
    let office = Office::open();
    let why = "why=%7E%21touch%20x%0A.%0ATorrents%3A+none";
    let taken = office.send(
        "192.0.2.1",
        &form("a%40b").replace("why=It+is+mine.", why).replace("Ada", "Ada%0AKind%3A+other"),
    );
    assert_eq!(taken.status(), 201, "{}", text(&taken));
    let mail = || fs::read_to_string(office.folder.path().join("mail")).unwrap_or_default();
    let mut waited = 0;
    while !mail().contains("Torrents: none") {
        waited += 1;
        assert!(waited < 400, "{}", mail());
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let ours =
        ["Notice ", "Received: ", "Kind: copyright", "Torrents: ff6161", "From:", "Links:", "Files:", "Why:"];
    for line in mail().lines().filter(|line| !line.starts_with("> ")) {
        assert!(ours.iter().any(|ours| line.starts_with(ours)), "{line}");
    }
}

/// A machine may fail at any step, and an operator edit what lies there.
#[test]
fn what_is_written_half_hides_nothing_else() {
    let office = Office::open();
    assert_eq!(office.send("192.0.2.1", &form("a%40b")).status(), 201);
    let (log, list) = (office.notices().join("log.jsonl"), office.notices().join("denied.txt"));
    fs::write(office.notices().join("0123456789abcdef.jsonl"), "").unwrap();
    fs::write(&log, fs::read_to_string(&log).unwrap() + "{\"day\":").unwrap();
    fs::write(&list, "nonsense\n").unwrap();
    let listed = said(&office.notice(&["list"]));
    assert!(
        listed.lines().count() == 2 && listed.contains("is no notice") && listed.contains("open"),
        "{listed}"
    );
    let id = listed.lines().find(|line| line.contains("open")).unwrap().get(..16).unwrap();
    // What would not take effect is not said to have.
    let refused = office.notice(&["decide", id, "deny", "--reason", "x"]);
    assert!(
        !refused.status.success() && said(&refused).contains("has to be mended first"),
        "{}",
        said(&refused)
    );
    assert!(said(&office.notice(&["list"])).contains("open"));
    fs::write(&list, format!("{} ref=by-hand", "0".repeat(40))).unwrap();
    assert!(office.notice(&["decide", id, "deny", "--reason", "x"]).status.success());
    assert_eq!(fs::read_to_string(&list).unwrap().lines().count(), 2);
    let public = office.public();
    assert_eq!(public["decisions"].as_array().unwrap().len(), 1, "{public}");
}

#[test]
fn a_site_that_takes_no_notices_has_no_form() {
    let server = Server::start();
    for path in ["/notice", "/notice/0123456789abcdef", "/transparency.json"] {
        assert_eq!(server.get(path).status(), 404, "{path}");
    }
    assert_eq!(server.post("/notice", "why=x", &[]).status(), 405, "as on any path that is none");
}
