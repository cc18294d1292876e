//! The page on this machine with play money, a film to tip for and a download to pay for, until it is interrupted.
//!
//! `demo PORT` prints the links to open; port 0 takes any free one.

use std::env;

use anyhow::{Context as _, Result};
use harness::Demo;
use tokio::signal;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let port = env::args().nth(1).context("usage: demo PORT")?;
    let demo = Demo::start(port.parse().context("the port is no number")?).await?;
    println!("Seedcast is ready, with play money in the wallet \"Play money (demo)\".");
    println!("To tip, open this, and press Tip:\n{}", demo.film());
    println!("To be paid by the byte, open this, and leave it open:\n{}", demo.seller());
    println!(
        "To pay for what is given there, open this beside it, and press \"Go faster or earn BTT\":\n{}",
        demo.buyer()
    );
    if !demo.has_seeder() {
        println!("There is no Chromium to stay here, so tips are forgotten once nobody has the page open.");
    }
    Ok(signal::ctrl_c().await?)
}
