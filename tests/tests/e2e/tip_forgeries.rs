//! What a liar tells its peers of tips, who ask the chain: nothing of it is ever shown.

use std::collections::HashSet;

use anyhow::{Context as _, Result, ensure};
use btt::{CONFIRMATIONS, Memo, Note, hex};
use harness::{Chain, Files, Page, SOON, Server, Tab, until};
use metainfo::InfoHash;
use protocol::tips::TipsCommand;
use protocol::{Command, TipClaim};
use serde_json::{Value, json};

/// Which of the chain's accounts are whose.
const CREATOR: usize = 0;
const FAN: usize = 1;
const LIAR: usize = 2;
const STRANGER: usize = 3;

/// One BTT in the smallest unit.
const BTT: u128 = 1_000_000_000_000_000_000;

/// How often somebody comes who makes up 256 claims. Two hundred are heard at first, then half of them give way to as many
/// of the next flood.
const FLOODS: u8 = 5;

/// Contract code that fails whatever it is sent: `revert(0, 0)`.
const FAILS: &str = "0x60006000fd";

/// A creator, somebody who watches, and a liar, who all have the same torrent.
struct Scene {
    chain: Chain,
    server: Server,
    link: String,
    info_hash: InfoHash,
    creator: Page,
    watcher: Page,
    liar: Page,
    _files: Files,
}

impl Scene {
    async fn set() -> Result<Self> {
        let chain = Chain::start().await?;
        let tips = json!({ "networks": [chain.network()] });
        let server = Server::with_config(&json!({ "tips": tips }).to_string()).await?;
        let files = Files::new()?;
        let creator = Page::chromium("creator", &server).await?;
        let link =
            creator.share_for_tips(&files.random("song.bin", 300_000, 7)?, chain.account(CREATOR)).await?;
        let watcher = visit("watcher", &server, &link).await?;
        let liar = visit("liar", &server, &link).await?;
        let info_hash = watcher.torrent().await?.info_hash.parse()?;
        Ok(Self { chain, server, link, info_hash, creator, watcher, liar, _files: files })
    }

    /// Somebody honest who comes later.
    async fn fan(&self) -> Result<Page> {
        visit("fan", &self.server, &self.link).await
    }

    /// Has the liar leave, and come back as somebody who is heard again.
    async fn liar_returns(&self) -> Result<()> {
        let removal = Command::Remove { info_hash: self.info_hash, delete_data: true };
        Tab::open(&self.liar).await?.ask(removal).await?;
        for other in [&self.creator, &self.watcher] {
            other.wait_until("the liar to be gone", SOON, |torrent| torrent.peers == 1).await?;
        }
        self.liar.add(&self.link).await?;
        self.liar.wait_until("everybody to be met again", SOON, |torrent| torrent.peers == 2).await?;
        Ok(())
    }

    /// Sends BTT with data; the claim that this was a tip.
    async fn send(&self, from: usize, to: usize, btt: u128, data: &[u8]) -> Result<TipClaim> {
        let transaction = json!({
            "from": self.chain.account(from),
            "to": self.chain.account(to),
            "value": format!("{:#x}", btt * BTT),
            "data": hex::prefixed(data),
            "gas": "0x30d40",
            "gasPrice": "0x1ff973cafa8000",
        });
        let hash = self.chain.call("eth_sendTransaction", json!([transaction])).await?;
        let hash = hash.as_str().context("a transaction has a hash")?.to_owned();
        until("the transaction to be in a block", SOON, async || {
            let receipt = self.chain.call("eth_getTransactionReceipt", json!([hash])).await?;
            Ok((receipt != Value::Null).then_some(()))
        })
        .await?;
        let transaction = hex::decode_prefixed(&hash).context("a hash has 32 bytes")?;
        Ok(TipClaim { chain: Chain::ID, transaction })
    }

    /// Makes everything that is in a block as certain as it can be.
    async fn make_certain(&self) -> Result<()> {
        self.chain.mine(CONFIRMATIONS).await
    }

    /// Waits until the watcher is shown so much in so many tips.
    async fn wait_shown(&self, total: &str, count: &str) -> Result<()> {
        until(&format!("{total} BTT in {count} tips to be shown"), SOON, async || {
            let shown = "
                const { total, count } = document.querySelector('[data-testid=supporters]')?.dataset ?? {}
                return [total, count]";
            Ok((self.watcher.browser().run(shown, &[]).await? == json!([total, count])).then_some(()))
        })
        .await
    }
}

async fn visit(name: &str, server: &Server, link: &str) -> Result<Page> {
    let page = Page::chromium(name, server).await?;
    page.follow(link).await?;
    page.wait_complete().await?;
    Ok(page)
}

/// Has the engine of a page tell its peers of tips, as if the page had found them genuine.
async fn publish(page: &Page, info_hash: InfoHash, claims: Vec<TipClaim>) -> Result<()> {
    let command = TipsCommand::Checked { info_hash, genuine: claims, refused: Vec::new() };
    Tab::open(page).await?.ask(command).await
}

fn tip_for(info_hash: InfoHash) -> Vec<u8> {
    Memo { info_hash, note: Note::default() }.encode()
}

#[tokio::test]
async fn what_is_no_tip_for_this_torrent_is_never_shown() -> Result<()> {
    let scene = Scene::set().await?;
    let memo = tip_for(scene.info_hash);
    let wrong_payee = scene.send(LIAR, STRANGER, 1000, &memo).await?;
    let wrong_torrent = scene.send(LIAR, CREATOR, 2000, &tip_for(InfoHash::from_bytes([7; 20]))).await?;
    let of_somebody_else = scene.send(STRANGER, CREATOR, 3000, &[]).await?;
    // As long as code that fails stands at the creator's address, so does what is sent there.
    let creator = scene.chain.account(CREATOR);
    scene.chain.call("anvil_setCode", json!([creator, FAILS])).await?;
    let failed = scene.send(LIAR, CREATOR, 4000, &memo).await?;
    scene.chain.call("anvil_setCode", json!([creator, "0x"])).await?;
    let unknown = TipClaim { chain: Chain::ID, transaction: [9; 32] };
    let elsewhere = TipClaim { chain: 31337, ..wrong_payee };
    scene.make_certain().await?;
    let forged = vec![wrong_payee, wrong_torrent, of_somebody_else, failed, unknown, elsewhere];
    publish(&scene.liar, scene.info_hash, forged.clone()).await?;
    let ears = Tab::open(&scene.watcher).await?;
    ears.ask(Command::Watch(Some(scene.info_hash))).await?;
    ears.wait_for(scene.info_hash, unknown).await?;

    // What comes later and is genuine is shown, and by then the others were looked at.
    let genuine = scene.send(FAN, CREATOR, 5, &memo).await?;
    scene.make_certain().await?;
    let fan = scene.fan().await?;
    publish(&fan, scene.info_hash, vec![genuine]).await?;
    scene.wait_shown("5", "1").await?;
    let supporters = scene.watcher.supporters().await?;
    ensure!(supporters.len() == 1 && supporters[0].1 == "5", "{supporters:?}");
    Ok(())
}

#[tokio::test]
async fn a_tip_counts_once_however_many_tell_of_it_and_a_flood_drowns_none() -> Result<()> {
    let scene = Scene::set().await?;
    let memo = tip_for(scene.info_hash);
    let first = scene.send(FAN, CREATOR, 5, &memo).await?;
    scene.make_certain().await?;
    let flood = |round: u8| {
        let claim = |n: u8| TipClaim {
            chain: Chain::ID,
            transaction: [[round; 16], [n; 16]].concat().try_into().unwrap_or([0; 32]),
        };
        (0..=u8::MAX).map(claim).collect::<Vec<_>>()
    };
    let ears = Tab::open(&scene.watcher).await?;
    ears.ask(Command::Watch(Some(scene.info_hash))).await?;
    for round in 1..=FLOODS {
        publish(&scene.liar, scene.info_hash, flood(round)).await?;
        let wanted = 100 * (1 + usize::from(round));
        until(&format!("{wanted} made up claims to arrive"), SOON, async || {
            let heard: HashSet<TipClaim> = ears.claims(scene.info_hash).await?.into_iter().collect();
            Ok((heard.len() >= wanted).then_some(()))
        })
        .await?;
        scene.liar_returns().await?;
    }
    let fan = scene.fan().await?;
    publish(&fan, scene.info_hash, vec![first]).await?;
    scene.wait_shown("5", "1").await?;

    publish(&scene.liar, scene.info_hash, vec![first]).await?;
    publish(&fan, scene.info_hash, vec![first]).await?;
    let second = scene.send(FAN, CREATOR, 2, &memo).await?;
    scene.make_certain().await?;
    publish(&fan, scene.info_hash, vec![second]).await?;
    scene.wait_shown("7", "2").await
}
