//! What the engines of two browsers do for tips, which are nothing to them but numbers to pass on and to keep.

use std::fs;

use anyhow::{Result, ensure};
use harness::{Files, Page, SLOW, Server, Tab, Torrent, magnet_of};
use metainfo::InfoHash;
use protocol::tips::TipsCommand;
use protocol::{Command, TipClaim};

/// A network whose node cannot be reached: the pages themselves find nothing out.
const CONFIG: &str = r#"{ "tips": { "networks": [
    { "chain": "eip155:31337", "name": "Play money", "rpc": "http://127.0.0.1:9/" }
] } }"#;

const ACCOUNT: &str = "eip155:31337:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";

#[tokio::test]
async fn a_tip_that_one_page_found_genuine_arrives_at_another() -> Result<()> {
    let server = Server::with_config(CONFIG).await?;
    let files = Files::new()?;
    let file = files.path().join("song.txt");
    fs::write(&file, "la la la")?;
    let sharer = Page::chromium("sharer", &server).await?;
    sharer.share(&[&file]).await?;
    let link = sharer.share_with_tips_to(ACCOUNT).await?;
    let viewer = Page::chromium("viewer", &server).await?;
    viewer.follow(&link).await?;
    let info_hash: InfoHash = viewer.wait_complete().await?.info_hash.parse()?;
    let (sharers, viewers) = (Tab::open(&sharer).await?, Tab::open(&viewer).await?);
    viewers.ask(Command::Watch(Some(info_hash))).await?;
    ensure!(viewers.claims(info_hash).await?.is_empty(), "there is a tip before anyone gave one");

    let claim = TipClaim { chain: 31337, transaction: [7; 32] };
    sharers.ask(TipsCommand::Checked { info_hash, genuine: vec![claim], refused: Vec::new() }).await?;
    viewers.wait_for(info_hash, claim).await?;

    // It outlasts the visit.
    sharer.browser().web()?.refresh().await?;
    sharer.wait_for_element("the shared file to appear", "[data-testid=torrent]").await?;
    let sharers = Tab::open(&sharer).await?;
    sharers.ask(Command::Watch(Some(info_hash))).await?;
    sharers.wait_for(info_hash, claim).await
}

#[tokio::test]
async fn the_page_for_tips_fetches_no_file_until_it_is_wanted() -> Result<()> {
    let server = Server::with_config(CONFIG).await?;
    let files = Files::new()?;
    let file = files.path().join("song.txt");
    fs::write(&file, "la la la")?;
    let sharer = Page::chromium("sharer", &server).await?;
    sharer.share(&[&file]).await?;
    let link = sharer.share_with_tips_to(ACCOUNT).await?;
    let magnet = magnet_of(&link)?;
    let tipper = Page::chromium("tipper", &server).await?;
    tipper.follow(&format!("{}/?tip#{magnet}", server.origin())).await?;
    let described = |torrent: &Torrent| torrent.state == "seeding";
    let torrent = tipper.wait_until("the description to arrive", SLOW, described).await?;
    ensure!(torrent.downloaded == 0, "it fetched what nobody wanted");

    // Whoever adds the torrent later, to have it, gets it.
    tipper.home().await?;
    ensure!(tipper.wait_until("the torrent to be listed", SLOW, described).await?.downloaded == 0);
    tipper.add(magnet).await?;
    tipper.wait_until("the file to arrive", SLOW, |torrent| torrent.downloaded > 0).await?;
    tipper.expect_saved("song.txt", &file).await
}
