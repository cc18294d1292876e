//! The page on this machine with play money, and a film to tip for, until it is interrupted.
//!
//! `demo PORT` prints the link to open; port 0 takes any free one.

use std::env;

use anyhow::{Context as _, Result};
use harness::Demo;
use tokio::signal;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let port = env::args().nth(1).context("usage: demo PORT")?;
    let demo = Demo::start(port.parse().context("the port is no number")?).await?;
    println!(
        "Seedcast is ready, with play money. Open this, press Tip, and choose the wallet \"Play money (demo)\":"
    );
    println!("{}", demo.link());
    if !demo.has_seeder() {
        println!("There is no Chromium to stay here, so tips are forgotten once nobody has the page open.");
    }
    Ok(signal::ctrl_c().await?)
}
