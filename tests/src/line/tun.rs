use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use rustix::fs::OFlags;
use rustix::ioctl::{self, Opcode, Setter, opcode};

use crate::tools;

/// Opens a TUN device in the network namespace of this thread, as the one way to the other end of a line. Of two ends
/// this is the one with that `number`, 1 or 2.
pub(super) fn open(number: u8) -> Result<File> {
    let device = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
        .open(DEVICE)
        .with_context(|| format!("packets of a line need {DEVICE}, which cannot be opened here"))?;
    let mut request = InterfaceRequest { name: [0; 16], flags: IFF_TUN | IFF_NO_PI, rest: [0; 22] };
    request.name[..NAME.len()].copy_from_slice(NAME.as_bytes());
    #[expect(
        unsafe_code,
        reason = "no library of ours knows this call: the only one by which a device is attached"
    )]
    // SAFETY: TUNSETIFF takes a `struct ifreq`, and reads and writes no more than that: see tun(4), netdevice(7).
    let attached = unsafe { ioctl::ioctl(&device, Setter::<TUNSETIFF, InterfaceRequest>::new(request)) };
    attached.context("a TUN device cannot be made here")?;
    let address = format!("{NETWORK}.{number}/24");
    // Even a busy thread finds everything that was sent: what is dropped, the line drops.
    for arguments in [
        &["address", "add", &address, "dev", NAME][..],
        &["link", "set", NAME, "mtu", "1500", "txqueuelen", "10000", "up"],
        &["route", "add", "default", "dev", NAME],
    ] {
        ip(arguments)?;
    }
    Ok(device)
}

/// Runs iproute2's `ip` in the network namespace of this thread.
pub(super) fn ip(arguments: &[&str]) -> Result<()> {
    let said = Command::new(tools::ip()?).args(arguments).output().context("`ip` cannot be started")?;
    let complaint = String::from_utf8_lossy(&said.stderr);
    ensure!(said.status.success(), "`ip {}` failed: {}", arguments.join(" "), complaint.trim());
    Ok(())
}

/// `struct ifreq`, as far as this call uses it.
#[repr(C)]
struct InterfaceRequest {
    name: [u8; 16],
    flags: u16,
    rest: [u8; 22],
}

const TUNSETIFF: Opcode = opcode::write::<i32>(b'T', 202);
const IFF_TUN: u16 = 0x0001;
const IFF_NO_PI: u16 = 0x1000;

const DEVICE: &str = "/dev/net/tun";
/// Browsers take a device whose name begins with `tun` for a tunnel, and connect by it last.
const NAME: &str = "eth0";
/// A private network (RFC 1918), known to nobody outside of the two namespaces.
const NETWORK: &str = "10.77.0";
