//! The command line.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::notices::{Order, Verdict};

/// What to type.
pub(crate) const USAGE: &str = "\
Usage: seedcast-signaling --listen ADDR --static DIR [--config FILE]
       seedcast-signaling --check [--config FILE]
       seedcast-signaling relay --config FILE
       seedcast-signaling sponsor --config FILE
       seedcast-signaling notice list|show ID|decide ID deny|keep --reason TEXT --config FILE

  --listen ADDR   address and port for HTTP and WebSocket; port 0 takes a free one
  --static DIR    the page; read once, at the start
  --config FILE   JSON, see config.example.json
  relay           redeems vouchers for those without coins, for a share; see relay.example.json
  sponsor         pays for a creator's viewers; see sponsor.example.json
  notice          shows what should not be served, as others say, and notes what is decided of it
  --check         only says what is wrong with the configuration, if anything is
  --version       says which version this is";

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Serve(Arguments),
    Check { config: Option<PathBuf> },
    Relay { config: PathBuf },
    Sponsor { config: PathBuf },
    Notice { config: PathBuf, order: Order },
    Help,
    Version,
}

/// What it takes to serve.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub(crate) listen: SocketAddr,
    pub(crate) static_dir: PathBuf,
    pub(crate) config: Option<PathBuf>,
}

impl Command {
    pub(crate) fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let (mut listen, mut static_dir, mut config) = (None, None, None);
        let (mut only_check, mut other) = (false, None);
        let mut arguments = arguments.peekable();
        if arguments.next_if(|name| name == "notice").is_some() {
            return notice(arguments);
        }
        while let Some(name) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{} needs a value", name.display()));
            match name.to_str() {
                Some("--help" | "-h") => return Ok(Self::Help),
                Some("--version" | "-V") => return Ok(Self::Version),
                Some("--check") => only_check = true,
                Some(name @ ("relay" | "sponsor")) => other = Some(name.to_owned()),
                Some("--listen") => {
                    let value = value()?;
                    let address = value.to_str().and_then(|text| text.parse().ok());
                    listen = Some(address.ok_or_else(|| {
                        format!("{} is not an address such as 127.0.0.1:8080", value.display())
                    })?);
                }
                Some("--static") => static_dir = Some(value()?.into()),
                Some("--config") => config = Some(value()?.into()),
                _ => return Err(format!("{} is unknown", name.display())),
            }
        }
        if let Some(name) = other {
            if only_check || listen.is_some() || static_dir.is_some() {
                return Err(format!("{name} takes --config only"));
            }
            let config = config.ok_or("--config is missing")?;
            return Ok(if name == "relay" { Self::Relay { config } } else { Self::Sponsor { config } });
        }
        if only_check {
            return Ok(Self::Check { config });
        }
        Ok(Self::Serve(Arguments {
            listen: listen.ok_or("--listen is missing")?,
            static_dir: static_dir.ok_or("--static is missing")?,
            config,
        }))
    }
}

/// What stands behind `notice`.
fn notice(mut arguments: impl Iterator<Item = OsString>) -> Result<Command, String> {
    let (mut words, mut reason, mut config) = (Vec::new(), None, None);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{} needs a value", argument.display()));
        match argument.to_str() {
            Some("--config") => config = Some(value()?.into()),
            Some("--reason") => {
                let text = value()?.into_string();
                reason = Some(text.map_err(|text| format!("{} is no text", text.display()))?);
            }
            Some(word) => words.push(word.to_owned()),
            None => return Err(format!("{} is unknown", argument.display())),
        }
    }
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let order = match (&words[..], reason) {
        (["list"], None) => Order::List,
        (["show", id], None) => Order::Show { id: (*id).to_owned() },
        (["decide", id, verdict @ ("deny" | "keep")], Some(reason)) => {
            let verdict = if *verdict == "deny" { Verdict::Deny } else { Verdict::Keep };
            Order::Decide { id: (*id).to_owned(), verdict, reason }
        }
        (["decide", _, "deny" | "keep"], None) => return Err("--reason is missing".to_owned()),
        _ => return Err("notice takes list, show ID, or decide ID and deny or keep".to_owned()),
    };
    Ok(Command::Notice { config: config.ok_or("--config is missing")?, order })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, String> {
        Command::parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn the_configuration_is_optional() {
        let config = |line| match parse(line).unwrap() {
            Command::Serve(arguments) => arguments.config,
            other => panic!("{other:?}"),
        };
        assert_eq!(config("--listen 127.0.0.1:0 --static dist"), None);
        assert_eq!(config("--config c.json --static dist --listen [::1]:80"), Some("c.json".into()));
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(parse("--static dist").unwrap_err(), "--listen is missing");
        assert_eq!(parse("--static").unwrap_err(), "--static needs a value");
        assert_eq!(parse("--port 80").unwrap_err(), "--port is unknown");
        assert!(parse("--static dist --listen 80").unwrap_err().starts_with("80 is not an address"));
    }

    #[test]
    fn help_and_version_need_nothing_else() {
        assert_eq!(parse("--help").unwrap(), Command::Help);
        assert_eq!(parse("--version").unwrap(), Command::Version);
    }

    #[test]
    fn a_relay_and_a_sponsor_have_all_in_their_configuration() {
        let config = "r.json".into();
        assert_eq!(parse("relay --config r.json").unwrap(), Command::Relay { config });
        let config = "s.json".into();
        assert_eq!(parse("sponsor --config s.json").unwrap(), Command::Sponsor { config });
        assert_eq!(parse("relay").unwrap_err(), "--config is missing");
        assert_eq!(
            parse("relay --config r.json --listen [::1]:80").unwrap_err(),
            "relay takes --config only"
        );
    }

    // Issue 13, A5.
    #[test]
    fn a_configuration_is_checked_without_anything_to_serve() {
        let config = Some("c.json".into());
        assert_eq!(parse("--check --config c.json").unwrap(), Command::Check { config });
        // The line that starts the server may be checked as it is.
        assert_eq!(
            parse("--listen 127.0.0.1:0 --check --static dist").unwrap(),
            Command::Check { config: None }
        );
    }
}
