//! Serving the page from this machine.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::build;
use crate::error::Error;
use crate::process;
use crate::tools::Toolbox;
use crate::workspace::Workspace;

/// Builds everything and runs the server until it ends or is interrupted. Port 0 takes any free port.
pub(crate) fn serve(workspace: &Workspace, toolbox: &Toolbox, port: u16) -> Result<(), Error> {
    build::all(workspace, toolbox)?;
    let mut command = Command::new(workspace.server());
    command.args(["--listen", &format!("127.0.0.1:{port}"), "--static"]).arg(workspace.dist());
    let child = command.stdout(Stdio::piped()).spawn();
    let mut child = child.map_err(|source| process::not_started(&command, source))?;
    let output = child.stdout.take();
    let server = Arc::new(Server { child: Mutex::new(child), interrupted: AtomicBool::new(false) });

    let interrupted_server = Arc::clone(&server);
    ctrlc::set_handler(move || interrupted_server.interrupt()).map_err(Error::Interrupts)?;

    for line in output.into_iter().flat_map(|output| BufReader::new(output).lines()).map_while(Result::ok) {
        match port_of_announcement(&line) {
            Some(port) => println!("Seedcast is ready at http://localhost:{port}"),
            None => println!("{line}"),
        }
    }
    server.ended(&command)
}

struct Server {
    child: Mutex<Child>,
    interrupted: AtomicBool,
}

impl Server {
    /// Ctrl-C in a terminal reaches the server by itself; a signal to this process alone does not.
    fn interrupt(&self) {
        self.interrupted.store(true, Ordering::SeqCst);
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        // That fails only if the server has ended, as it should.
        _ = child.kill();
    }

    /// Waits for a server that has closed its output.
    fn ended(&self, command: &Command) -> Result<(), Error> {
        let status = self.child.lock().unwrap_or_else(PoisonError::into_inner).wait();
        let status = status.map_err(|source| process::not_started(command, source))?;
        if status.success() || self.interrupted.load(Ordering::SeqCst) {
            return Ok(());
        }
        Err(Error::Failed { command: process::words(command), status })
    }
}

/// The port in the line by which the server says that it accepts requests.
fn port_of_announcement(line: &str) -> Option<u16> {
    let address = line.strip_prefix("listening on http://")?;
    address.rsplit_once(':')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_is_ready_once_it_names_its_port() {
        assert_eq!(port_of_announcement("listening on http://127.0.0.1:8080"), Some(8080));
        assert_eq!(port_of_announcement("listening on http://[::1]:9000"), Some(9000));
        assert_eq!(port_of_announcement("not listening on http://127.0.0.1:8080"), None);
    }
}
