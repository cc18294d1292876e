//! The file in which a creator lists accounts.

use btt::{CreatorFile, Error, MAX_CREATOR_FILE};

const ACCOUNT: &str = "eip155:199:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";

#[test]
fn an_account_is_listed_on_its_own_chain_only() {
    let json =
        format!(r#"{{"version":1,"name":"Example","accounts":["bip122:x:y","{ACCOUNT}"],"later":{{}}}}"#);
    let file = CreatorFile::parse(json.as_bytes()).unwrap();
    assert!(file.lists(&ACCOUNT.parse().unwrap()));
    assert!(!file.lists(&ACCOUNT.replace("199", "1029").parse().unwrap()));
}

#[test]
fn other_files_are_refused() {
    for json in [
        "",
        "null",
        "[]",
        "{}",
        r#"{"version":1}"#,
        r#"{"version":2,"accounts":[]}"#,
        r#"{"version":1.0,"accounts":[]}"#,
        r#"{"version":"1","accounts":[]}"#,
        r#"{"version":1,"accounts":{}}"#,
        r#"{"version":1,"version":1,"accounts":[]}"#,
        r#"{"version":1,"accounts":[1]}"#,
        r#"{"version":1,"accounts":[]} x"#,
        "<!doctype html>",
    ] {
        assert_eq!(CreatorFile::parse(json.as_bytes()), Err(Error::CreatorFile), "{json}");
    }
}

#[test]
fn a_file_has_64_kib_at_most() {
    let file = |length: usize| format!(r#"{{"version":1,"accounts":[]{}}}"#, " ".repeat(length - 27));
    assert!(CreatorFile::parse(file(MAX_CREATOR_FILE).as_bytes()).is_ok());
    assert_eq!(CreatorFile::parse(file(MAX_CREATOR_FILE + 1).as_bytes()), Err(Error::CreatorFile));
}
