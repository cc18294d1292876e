//! Tips, on a real chain of play money. Rows are those of docs/payments-matrix.md.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use btt::CONFIRMATIONS;
use harness::{Browser, Chain, Files, Page, SOON, Server, Wallet, magnet_of, tools, until};
use metainfo::Metainfo;
use serde_json::json;

use crate::accessibility::expect_accessible;

/// Which of the chain's accounts are the creator's and the viewer's.
const CREATOR: usize = 0;
const VIEWER: usize = 1;

/// One BTT in the smallest unit.
const BTT: u128 = 1_000_000_000_000_000_000;

/// A creator's share that takes tips, and the chain on which it does.
struct Scene {
    chain: Chain,
    server: Server,
    creator: Page,
    link: String,
    _files: Files,
}

impl Scene {
    async fn set() -> Result<Self> {
        Self::on(Chain::start().await?).await
    }

    async fn on(chain: Chain) -> Result<Self> {
        let tips = json!({ "networks": [chain.network()] });
        let server = Server::with_config(&json!({ "tips": tips }).to_string()).await?;
        let files = Files::new()?;
        let creator = Page::chromium("creator", &server).await?;
        let link =
            creator.share_for_tips(&files.random("song.bin", 300_000, 7)?, chain.account(CREATOR)).await?;
        Ok(Self { chain, server, creator, link, _files: files })
    }

    /// Somebody with a wallet who has opened the link.
    async fn viewer(&self) -> Result<Page> {
        let browser = Browser::chromium("viewer").await?;
        Wallet::inject(&browser, &self.chain, VIEWER).await?;
        let page = Page::open(browser, &self.server).await?;
        page.follow(&self.link).await?;
        page.wait_complete().await?;
        Ok(page)
    }

    async fn balance(&self) -> Result<u128> {
        self.chain.balance(self.chain.account(CREATOR)).await
    }

    /// Sets what the viewer's wallet does: a JavaScript object.
    async fn policy(&self, page: &Page, policy: &str) -> Result<()> {
        page.browser().run(&format!("wallet.policy = {policy}"), &[]).await?;
        Ok(())
    }
}

fn same(address: &str, other: &str) -> bool {
    address.eq_ignore_ascii_case(other)
}

/// The dialog is drawn by one program in the midst of what another draws.
#[tokio::test]
async fn a_click_on_the_dialog_is_nothing_to_the_page_around_it() -> Result<()> {
    let scene = Scene::set().await?;
    let viewer = scene.viewer().await?;
    viewer.open_tip().await?;
    for amount in ["100", "1000", "10000"] {
        viewer.press(&format!("[data-testid=tip-preset][data-amount=\"{amount}\"]")).await?;
        let chosen = viewer.value("[data-testid=tip-amount]").await?;
        ensure!(chosen == amount, "{amount} BTT were chosen, and the field has {chosen}");
    }
    viewer.press("[data-testid=tip-help] summary").await?;
    viewer
        .wait_for_element("the answers", "[data-testid=tip-dialog][open] [data-testid=tip-help][open]")
        .await?;
    viewer.press("[data-testid=tip-dialog] .card-head button").await?;
    viewer.wait_for_element("a closed dialog", "body:not(:has([data-testid=tip-dialog][open]))").await
}

#[tokio::test]
async fn a_tip_arrives_to_the_last_digit_and_others_see_who_gave_it() -> Result<()> {
    let scene = Scene::on(Chain::at_true_pace().await?).await?;
    let viewer = scene.viewer().await?;
    let before = scene.balance().await?;
    viewer.open_tip().await?;
    viewer.fill("[data-testid=tip-note]", "Thank you for the song ♪").await?;
    viewer.tip("12.000000000000000345").await?;
    let words = viewer.wait_tip("confirmed").await?;
    ensure!(words.contains("12.000000000000000345 BTT"), "{words}");
    ensure!(scene.balance().await? - before == 12 * BTT + 345, "another amount arrived");
    ensure!(viewer.times_asked("eth_sendTransaction").await? == 1);

    // The creator, who is connected, and somebody who comes later hear of it from the viewer, and ask the chain.
    let late = Page::chromium("latecomer", &scene.server).await?;
    late.follow(&scene.link).await?;
    for page in [&scene.creator, &late] {
        let supporters = until("the supporter to be shown", SOON, async || {
            Ok(page.supporters().await.ok().filter(|supporters| !supporters.is_empty()))
        })
        .await?;
        let [(from, amount)] = &supporters[..] else { anyhow::bail!("{supporters:?}") };
        ensure!(
            same(from, scene.chain.account(VIEWER)) && amount == "12.000000000000000345",
            "{supporters:?}"
        );
    }
    ensure!(late.text().await?.contains("Thank you for the song ♪"), "the note did not travel");
    Ok(())
}

/// Trackers do not bring those together who have everything. Whoever comes next is brought to both, and passes it on.
#[tokio::test]
async fn who_tips_on_a_later_visit_is_heard_of_once_somebody_new_comes() -> Result<()> {
    let scene = Scene::set().await?;
    let viewer = scene.viewer().await?;
    viewer.browser().web()?.refresh().await?;
    viewer.wait_complete().await?;
    viewer.open_tip().await?;
    viewer.tip("3").await?;
    viewer.wait_tip("confirmed").await?;
    let newcomer = Page::chromium("newcomer", &scene.server).await?;
    newcomer.follow(&scene.link).await?;
    for page in [&newcomer, &scene.creator] {
        until("the supporter to be shown", SOON, async || {
            let supporters = page.supporters().await?;
            Ok(supporters.iter().any(|(_, amount)| amount == "3").then_some(()))
        })
        .await?;
    }
    Ok(())
}

/// Payments, row 38.
#[tokio::test]
async fn the_embedded_player_has_no_payment_code_and_leads_to_a_page_that_has() -> Result<()> {
    let scene = Scene::set().await?;
    for entry in fs::read_dir(tools::dist()?)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.contains("embed") || name.contains("engine") {
            let contents = fs::read(&path)?;
            for word in ["eth_sendTransaction", "eip6963", "btt-tip1"] {
                let found = contents.windows(word.len()).any(|window| window == word.as_bytes());
                ensure!(!found, "{name} knows {word}");
            }
        }
    }
    // The song is no film, so the link is taken as the embedded player gives it.
    let magnet = magnet_of(&scene.link)?;
    let browser = Browser::chromium("viewer").await?;
    Wallet::inject(&browser, &scene.chain, VIEWER).await?;
    browser.web()?.goto(&format!("{}/?tip#{magnet}", scene.server.origin())).await?;
    let viewer = Page::adopt(browser, &scene.server);
    viewer.wait_for_element("the dialog to open by itself", "[data-testid=tip-dialog][open]").await?;
    ensure!(viewer.asked().await?.is_empty(), "the wallet was asked before anybody clicked");
    let payee = viewer.attribute("[data-testid=tip-payee]", "data-address").await?.context("a payee")?;
    ensure!(same(&payee, scene.chain.account(CREATOR)), "{payee}");
    let before = scene.balance().await?;
    viewer.tip("3").await?;
    viewer.wait_tip("confirmed").await?;
    ensure!(scene.balance().await? - before == 3 * BTT);
    let torrent = viewer.torrent().await?;
    ensure!(torrent.downloaded == 0, "whoever came to tip downloaded {torrent:?}");
    Ok(())
}

/// Payments, row 38.
#[tokio::test]
async fn a_frame_shows_no_tips() -> Result<()> {
    let scene = Scene::set().await?;
    let frame = format!(
        "const frame = document.createElement('iframe'); frame.src = {:?}; document.body.append(frame);
         await new Promise(resolve => {{ frame.onload = frame.onerror = resolve }});
         try {{ return frame.contentDocument?.querySelector('[data-testid=tip]') ? 'tips' : 'nothing' }} catch {{ return 'nothing' }}",
        scene.link
    );
    let shown = scene.creator.browser().run_async(&frame, &[]).await?;
    ensure!(shown == "nothing", "{shown}");
    Ok(())
}

/// Payments, row 34.
#[tokio::test]
async fn without_a_wallet_there_is_an_explanation_and_a_code() -> Result<()> {
    let scene = Scene::set().await?;
    let viewer = Page::chromium("viewer", &scene.server).await?;
    viewer.follow(&scene.link).await?;
    viewer.open_tip().await?;
    viewer.wait_for_element("what a wallet is", "[data-testid=tip-no-wallet]").await?;
    viewer.fill("[data-testid=tip-amount]", "2.5").await?;
    viewer.wait_for_element("a code", "[data-testid=tip-qr]").await?;
    let link = viewer.attribute("[data-testid=tip-qr]", "data-link").await?.context("a link")?;
    let (payee, amount) = link
        .strip_prefix("ethereum:")
        .and_then(|link| link.split_once("@1029?value="))
        .with_context(|| link.clone())?;
    ensure!(same(payee, scene.chain.account(CREATOR)) && amount == "2500000000000000000", "{link}");

    // Issue 13, B: which wallets there are, where the coins come from, and the address to take along.
    let makers = "return [...document.querySelectorAll('[data-testid=tip-wallets] a')].map(a => a.protocol)";
    let makers = viewer.browser().run(makers, &[]).await?;
    ensure!(makers.as_array().is_some_and(|makers| makers.len() > 1), "{makers}");
    viewer.wait_text_of("[data-testid=tip-coins]", |text| text.contains("cost nothing")).await?;
    viewer.press("[data-testid=tip-copy]").await?;
    viewer.wait_text_of("[data-testid=tip-copy]", |text| text == "Copied").await?;

    // Issue 13, B: a phone was shown a code that it cannot scan.
    let shown = async |name| {
        let shown = "return document.querySelector(arguments[0]).checkVisibility()";
        viewer.browser().run(shown, &[json!(format!("[data-testid={name}]"))]).await
    };
    ensure!(shown("tip-qr").await? == true && shown("tip-app").await? == false, "on a desk");
    viewer.browser().cdp("Emulation.setTouchEmulationEnabled", json!({ "enabled": true })).await?;
    viewer.dress("[data-testid=tip-no-wallet]", [390, 800], "light").await?;
    ensure!(shown("tip-qr").await? == false && shown("tip-app").await? == true, "on a phone");
    ensure!(viewer.attribute("[data-testid=tip-app]", "href").await?.as_deref() == Some(link.as_str()));
    let metamask = viewer.attribute("[data-testid=tip-metamask]", "href").await?.context("a link")?;
    let expected = link.replace("ethereum:", "https://link.metamask.io/send/");
    ensure!(metamask == expected, "{metamask}");
    expect_accessible(&viewer, "a tip without a wallet, on a phone").await
}

/// Payments, row 34. Issue 13, B: in Firefox, too, one is told what a wallet is, hears of a fee that is above the smallest
/// tip, and can try another amount after saying no.
#[tokio::test]
async fn firefox_explains_what_a_wallet_is_and_lets_one_tip_after_a_refusal() -> Result<()> {
    let scene = Scene::set().await?;
    let viewer = Page::firefox("viewer", &scene.server).await?;
    viewer.follow(&scene.link).await?;
    viewer.open_tip().await?;
    viewer.fill("[data-testid=tip-amount]", "2.5").await?;
    viewer.wait_for_element("a code", "[data-testid=tip-no-wallet] [data-testid=tip-qr]").await?;
    viewer.press("[data-testid=tip-copy]").await?;
    viewer.wait_text_of("[data-testid=tip-copy]", |text| text == "Copied").await?;

    Wallet::inject(viewer.browser(), &scene.chain, VIEWER).await?;
    viewer.home().await?;
    viewer.follow(&scene.link).await?;
    viewer.wait_complete().await?;
    let before = scene.balance().await?;
    viewer.open_tip().await?;
    viewer.wait_for_element("the wallet", "[data-testid=tip-wallet]").await?;
    scene.policy(&viewer, "{ eth_sendTransaction: 4001 }").await?;
    viewer.tip("0.5").await?;
    viewer.wait_text_of("[data-testid=tip-fee-high]", |text| text.contains("more than the tip")).await?;
    viewer.wait_tip("failed").await?;
    let place = "return document.querySelector('[data-testid=tip-confirm]').getBoundingClientRect().bottom";
    let place = viewer.browser().run(place, &[]).await?;
    ensure!(place.as_f64().is_some_and(|place| place <= 800.0), "the button ends at {place}");
    scene.policy(&viewer, "{}").await?;
    viewer.tip("250").await?;
    viewer.wait_tip("confirmed").await?;
    ensure!(scene.balance().await? - before == 250 * BTT, "another amount arrived");
    Ok(())
}

/// Payments, row 34.
#[tokio::test]
async fn the_user_chooses_among_wallets_and_what_they_say_is_shown_as_text() -> Result<()> {
    let scene = Scene::set().await?;
    let browser = Browser::chromium("viewer").await?;
    let hostile = "<img src=x onerror='window.hacked=1'>\u{202e}Wallet";
    let names = json!([
        { "uuid": "1", "name": "First", "icon": "data:image/svg+xml,<svg/>", "rdns": "org.first" },
        { "uuid": "2", "name": hostile, "icon": "javascript:window.hacked=1", "rdns": "org.second" },
    ]);
    Wallet::inject_as(&browser, &scene.chain, VIEWER, names).await?;
    let viewer = Page::open(browser, &scene.server).await?;
    viewer.follow(&scene.link).await?;
    viewer.open_tip().await?;
    viewer.wait_for_element("the second wallet", "[data-testid=tip-wallet][data-rdns='org.second']").await?;
    let looks = viewer
        .browser()
        .run(
            "const wallets = [...document.querySelectorAll('[data-testid=tip-wallet]')]
             return [wallets.length, wallets.map(wallet => wallet.querySelectorAll('img').length), wallets[1].textContent, window.hacked ?? 0]",
            &[],
        )
        .await?;
    ensure!(looks[0] == 2 && looks[1] == json!([1, 0]) && looks[3] == 0, "{looks}");
    ensure!(
        looks[2].as_str().is_some_and(|name| name.contains("<img src=x") && !name.contains('\u{202e}')),
        "{looks}"
    );
    Ok(())
}

/// Payments, row 35.
#[tokio::test]
async fn whatever_the_wallet_refuses_is_told_and_nothing_is_paid() -> Result<()> {
    let scene = Scene::set().await?;
    let viewer = scene.viewer().await?;
    let before = scene.balance().await?;
    viewer.open_tip().await?;
    for (policy, words) in [
        ("{ eth_requestAccounts: 4001 }", "You said no"),
        ("{ eth_requestAccounts: -32002 }", "already waiting for you"),
        ("{ eth_requestAccounts: 4100 }", "shows this page no account"),
        ("{ eth_sendTransaction: 4001 }", "You said no"),
        (
            "{ before: method => { if (method === 'eth_sendTransaction') throw Object.assign(new Error('x'), { code: -32002 }) } }",
            "already waiting",
        ),
    ] {
        scene.policy(&viewer, policy).await?;
        viewer.tip("1").await?;
        let told = viewer.wait_tip("failed").await?;
        ensure!(told.contains(words), "{policy}: {told}");
    }
    ensure!(scene.balance().await? == before, "something was paid");
    // Issue 13, B: no new amount could be sent.
    scene.policy(&viewer, "{}").await?;
    viewer.tip("2").await?;
    viewer.wait_tip("confirmed").await?;
    ensure!(scene.balance().await? - before == 2 * BTT, "another amount was paid");
    Ok(())
}

/// Payments, row 35.
#[tokio::test]
async fn a_wallet_on_another_chain_is_led_to_the_right_one() -> Result<()> {
    let scene = Scene::set().await?;
    let viewer = scene.viewer().await?;
    viewer.open_tip().await?;
    // It refuses to go there.
    scene.policy(&viewer, "{ wallet_switchEthereumChain: 4001 }; wallet.chain = '0xc7'").await?;
    viewer.tip("1").await?;
    ensure!(viewer.wait_tip("failed").await?.contains("stayed on another network"));
    ensure!(viewer.times_asked("eth_sendTransaction").await? == 0, "it was asked to pay on chain 199");
    // It does not know it, and learns.
    scene.policy(&viewer, "{ unknownChain: true }; wallet.chain = '0xc7'").await?;
    let before = scene.balance().await?;
    viewer.tip("1").await?;
    viewer.wait_tip("confirmed").await?;
    ensure!(scene.balance().await? - before == BTT);
    ensure!(viewer.browser().run("return wallet.added", &[]).await? == "0x405");
    Ok(())
}

/// Payments, row 35.
#[tokio::test]
async fn a_change_of_account_in_between_stops_the_tip() -> Result<()> {
    let scene = Scene::set().await?;
    let viewer = scene.viewer().await?;
    let before = scene.balance().await?;
    viewer.open_tip().await?;
    let other = scene.chain.account(2);
    // Between being connected and being asked again.
    let policy =
        format!("{{ before: method => {{ if (method === 'eth_accounts') wallet.account = '{other}' }} }}");
    scene.policy(&viewer, &policy).await?;
    viewer.tip("1").await?;
    let told = viewer.wait_tip("failed").await?;
    ensure!(told.contains("changed in your wallet"), "{told}");
    scene
        .policy(
            &viewer,
            "{ before: method => { if (method === 'eth_accounts') wallet.change('chainChanged', '0x1') } }",
        )
        .await?;
    viewer.tip("1").await?;
    viewer.wait_tip("failed").await?;
    ensure!(viewer.times_asked("eth_sendTransaction").await? == 0 && scene.balance().await? == before);
    Ok(())
}

/// Payments, row 36.
#[tokio::test]
async fn too_little_money_and_a_failed_transaction_are_told() -> Result<()> {
    let scene = Scene::set().await?;
    let viewer = scene.viewer().await?;
    viewer.open_tip().await?;
    viewer.tip("999999999999").await?;
    let told = viewer.wait_tip("failed").await?;
    ensure!(told.contains("Choose a smaller amount"), "{told}");
    ensure!(viewer.times_asked("eth_sendTransaction").await? == 0);

    // A wallet that sends something that cannot succeed: code that reverts whatever it is called with.
    let trap = "0x00000000000000000000000000000000000000ff";
    scene.chain.call("anvil_setCode", json!([trap, "0x60006000fd"])).await?;
    scene.policy(&viewer, &format!("{{ change: {{ to: '{trap}', gas: '0x30000' }} }}")).await?;
    viewer.tip("1").await?;
    let told = viewer.wait_tip("failed").await?;
    ensure!(told.contains("did not carry it out"), "{told}");
    ensure!(scene.creator.supporters().await?.is_empty(), "a failed tip is shown");
    Ok(())
}

/// Payments, row 33.
#[tokio::test]
async fn a_chain_that_does_not_answer_is_told_and_nothing_is_sent() -> Result<()> {
    let scene = Scene::set().await?;
    let viewer = scene.viewer().await?;
    viewer.browser().run(
        "const { fetch } = window
         window.fetch = (url, ...rest) => String(url).includes(arguments[0]) ? Promise.reject(new TypeError('gone')) : fetch(url, ...rest)",
        &[json!(scene.chain.url())],
    ).await?;
    viewer.open_tip().await?;
    viewer.tip("1").await?;
    let told = viewer.wait_tip("failed").await?;
    ensure!(told.contains("does not answer"), "{told}");
    ensure!(viewer.times_asked("eth_sendTransaction").await? == 0);
    Ok(())
}

/// Payments, row 32.
#[tokio::test]
async fn a_reorganised_chain_takes_confirmations_back_and_the_tip_still_arrives() -> Result<()> {
    let scene = Scene::set().await?;
    let viewer = scene.viewer().await?;
    let before = scene.balance().await?;
    scene.chain.stop().await?;
    viewer.open_tip().await?;
    viewer.tip("4").await?;
    viewer.wait_tip("pending").await?;
    scene.chain.mine(4).await?;
    until("some confirmations", SOON, async || {
        let shown = viewer.attribute("[data-testid=tip-status]", "data-confirmations").await?;
        Ok((shown.as_deref() == Some("4")).then_some(()))
    })
    .await?;
    // The blocks since are made anew, without the transaction.
    scene.chain.call("anvil_reorg", json!([6, []])).await?;
    ensure!(scene.balance().await? == before, "the chain did not forget the tip");
    let transaction = viewer
        .browser()
        .run("return wallet.log.find(({ method }) => method === 'eth_sendTransaction').params[0]", &[])
        .await?;
    // Whoever made the new blocks takes it up again, as the network does with what it knows.
    scene.chain.call("eth_sendTransaction", json!([transaction])).await?;
    scene.chain.mine(CONFIRMATIONS).await?;
    viewer.wait_tip("confirmed").await?;
    ensure!(scene.balance().await? - before == 4 * BTT, "it was paid more than once");
    ensure!(viewer.times_asked("eth_sendTransaction").await? == 1, "the wallet was asked again");
    Ok(())
}

/// Payments, row 32.
#[tokio::test]
async fn a_dropped_transaction_is_told() -> Result<()> {
    let scene = Scene::set().await?;
    let viewer = scene.viewer().await?;
    scene.chain.stop().await?;
    viewer.open_tip().await?;
    viewer.tip("1").await?;
    viewer.wait_tip("pending").await?;
    let transaction = viewer.attribute("[data-testid=tip-status]", "data-transaction").await?;
    scene.chain.call("anvil_dropTransaction", json!([transaction.context("a transaction")?])).await?;
    let told = viewer.wait_tip("failed").await?;
    ensure!(told.contains("has forgotten the transaction"), "{told}");
    Ok(())
}

/// Payments, row 32.
#[tokio::test]
async fn a_transaction_that_is_replaced_is_followed_or_told() -> Result<()> {
    let scene = Scene::set().await?;
    let viewer = scene.viewer().await?;
    let before = scene.balance().await?;
    viewer.open_tip().await?;
    scene.chain.stop().await?;
    for same_tip in [true, false] {
        viewer.tip("2").await?;
        viewer.wait_tip("pending").await?;
        let asked = "
            const { params } = wallet.log.findLast(({ method }) => method === 'eth_sendTransaction')
            return params[0]";
        let mut other = viewer.browser().run(asked, &[]).await?;
        let sent =
            viewer.attribute("[data-testid=tip-status]", "data-transaction").await?.context("a hash")?;
        let sent = scene.chain.call("eth_getTransactionByHash", json!([sent])).await?;
        // What wallets do to speed up, or to cancel: the same number, a higher price.
        other["nonce"] = sent["nonce"].clone();
        other["gasPrice"] = json!("0x3ff2e795f50000");
        if !same_tip {
            other["to"] = json!(scene.chain.account(VIEWER));
            other["value"] = json!("0x0");
        }
        scene.chain.call("eth_sendTransaction", json!([other])).await?;
        scene.chain.mine(CONFIRMATIONS).await?;
        if same_tip {
            viewer.wait_tip("confirmed").await?;
            viewer.press("[data-testid=tip-again]").await?;
        } else {
            let told = viewer.wait_tip("failed").await?;
            ensure!(told.contains("took this one's place"), "{told}");
        }
    }
    ensure!(scene.balance().await? - before == 2 * BTT);
    Ok(())
}

#[tokio::test]
async fn a_tip_of_an_earlier_visit_is_watched_to_its_end() -> Result<()> {
    let scene = Scene::set().await?;
    let viewer = scene.viewer().await?;
    scene.chain.stop().await?;
    viewer.open_tip().await?;
    viewer.tip("1").await?;
    viewer.wait_tip("pending").await?;
    viewer.browser().web()?.refresh().await?;
    viewer.open_tip().await?;
    viewer.wait_tip("pending").await?;
    scene.chain.mine(CONFIRMATIONS).await?;
    viewer.wait_tip("confirmed").await?;
    ensure!(viewer.asked().await?.is_empty(), "the wallet was asked again");
    Ok(())
}

/// Payments, row 37.
#[tokio::test]
async fn what_vouches_for_an_address_is_told_and_a_change_is_loud() -> Result<()> {
    let scene = Scene::set().await?;
    let viewer = scene.viewer().await?;
    viewer.open_tip().await?;
    let level = async || viewer.attribute("[data-testid=tip-trust]", "data-level").await;
    ensure!(level().await?.as_deref() == Some("1"));
    ensure!(viewer.attribute("[data-testid=tip-network]", "data-test").await?.as_deref() == Some("true"));
    viewer.tip("1").await?;
    viewer.wait_tip("confirmed").await?;
    until("the address to be known", SOON, async || {
        Ok((level().await?.as_deref() == Some("4")).then_some(()))
    })
    .await?;

    // A torrent of the same name pays somebody else.
    let impostor = Page::chromium("impostor", &scene.server).await?;
    let files = Files::new()?;
    let fake = impostor.share_for_tips(&files.random("song.bin", 1000, 9)?, scene.chain.account(3)).await?;
    viewer.follow(&fake).await?;
    viewer.open_tip().await?;
    viewer.wait_for_element("a warning", "[data-testid=tip-warning]").await?;
    ensure!(level().await?.as_deref() == Some("1"));
    Ok(())
}

/// Payments, row 37.
#[tokio::test]
async fn a_creator_signs_a_torrent_and_the_torrent_file_carries_it() -> Result<()> {
    let scene = Scene::set().await?;
    let browser = Browser::chromium("creator with a wallet").await?;
    Wallet::inject(&browser, &scene.chain, CREATOR).await?;
    let creator = Page::open(browser, &scene.server).await?;
    let files = Files::new()?;
    creator.share_for_tips(&files.random("signed.bin", 1000, 3)?, scene.chain.account(CREATOR)).await?;
    creator.open_tip().await?;
    creator.wait_for_element("the wallet", "[data-testid=tip-wallet]").await?;
    creator
        .browser()
        .run("document.querySelector('[data-testid=tip-endorse]').closest('details').open = true", &[])
        .await?;
    creator.press("[data-testid=tip-endorse]").await?;
    until("the signature to count", SOON, async || {
        Ok((creator.attribute("[data-testid=tip-trust]", "data-level").await?.as_deref() == Some("2"))
            .then_some(()))
    })
    .await?;
    creator.press("[data-testid=tip-dialog] form button").await?;
    let file = creator.save_torrent_file().await?;
    let metainfo = Metainfo::parse(&fs::read(&file)?)?;
    ensure!(metainfo.endorsements.len() == 1, "the torrent file has no signature");

    let viewer = Page::chromium("viewer", &scene.server).await?;
    viewer.add_torrent_file(&file).await?;
    viewer.open_tip().await?;
    ensure!(viewer.attribute("[data-testid=tip-trust]", "data-level").await?.as_deref() == Some("2"));

    // The same signature on another torrent is worth nothing.
    let other =
        creator.share_for_tips(&files.random("other.bin", 1000, 4)?, scene.chain.account(CREATOR)).await?;
    ensure!(!other.is_empty());
    let mut forged = Metainfo::parse(&fs::read(creator.save_torrent_file().await?)?)?;
    forged.endorsements = metainfo.endorsements;
    let path = files.path().join("forged.torrent");
    fs::write(&path, forged.to_bytes())?;
    viewer.home().await?;
    viewer.add_torrent_file(&path).await?;
    viewer.open_tip().await?;
    ensure!(viewer.attribute("[data-testid=tip-trust]", "data-level").await?.as_deref() == Some("1"));
    Ok(())
}

/// Payments, row 39.
#[tokio::test]
async fn no_wallet_is_asked_without_a_click() -> Result<()> {
    let scene = Scene::set().await?;
    let viewer = scene.viewer().await?;
    ensure!(viewer.asked().await?.is_empty(), "opening a torrent asks the wallet");
    viewer.open_tip().await?;
    viewer.wait_for_element("the wallet", "[data-testid=tip-wallet]").await?;
    viewer.fill("[data-testid=tip-amount]", "1").await?;
    ensure!(viewer.asked().await?.is_empty(), "opening the dialog asks the wallet");
    viewer.tip("1").await?;
    viewer.wait_tip("confirmed").await?;
    let asked = viewer.asked().await?;
    ensure!(asked.iter().all(|(_, clicked)| *clicked), "{asked:?}");
    Ok(())
}

/// Payments, row 40.
#[tokio::test]
async fn nothing_goes_beyond_this_machine_and_no_key_is_anywhere() -> Result<()> {
    let scene = Scene::set().await?;
    let viewer = scene.viewer().await?;
    viewer.open_tip().await?;
    viewer.tip("1").await?;
    viewer.wait_tip("confirmed").await?;
    let fetched = "return performance.getEntriesByType('resource').map(({ name }) => name)";
    let fetched: Vec<String> = serde_json::from_value(viewer.browser().run(fetched, &[]).await?)?;
    let local = |url: &String| {
        ["http://127.0.0.1:", "http://localhost:", "data:", "blob:"]
            .iter()
            .any(|start| url.starts_with(start))
    };
    let outside: Vec<&String> = fetched.iter().filter(|url| !local(url)).collect();
    ensure!(outside.is_empty() && !fetched.is_empty(), "{outside:?}");
    // The keys of anvil's accounts are known to everybody; the page has no way to come by them.
    let kept = "return JSON.stringify({ ...localStorage }) + document.documentElement.outerHTML";
    let kept = viewer.browser().run(kept, &[]).await?.to_string();
    ensure!(!kept.contains("59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"));
    ensure!(!kept.to_lowercase().contains("mnemonic") && !kept.to_lowercase().contains("privatekey"));
    Ok(())
}

#[tokio::test]
async fn a_tip_that_only_a_liars_chain_knows_is_never_shown() -> Result<()> {
    let scene = Scene::set().await?;
    // A chain of the liar's own, where the tip is genuine; the liar's page tells everybody of it.
    let invented = Chain::start().await?;
    let config = json!({
        "trackers": [scene.server.announce()],
        "tips": { "networks": [invented.network()] },
    });
    let server = Server::with_config(&config.to_string()).await?;
    let browser = Browser::chromium("liar").await?;
    Wallet::inject(&browser, &invented, VIEWER).await?;
    let liar = Page::open(browser, &server).await?;
    liar.follow(&scene.link.replace(&scene.server.origin(), &server.origin())).await?;
    liar.wait_complete().await?;
    liar.open_tip().await?;
    liar.tip("1000000").await?;
    liar.wait_tip("confirmed").await?;
    until("the liar's own page to believe it", SOON, async || {
        Ok((liar.supporters().await?.len() == 1).then_some(()))
    })
    .await?;

    // A genuine tip, made afterwards, comes through, and the lie does not.
    let viewer = scene.viewer().await?;
    viewer.open_tip().await?;
    viewer.tip("5").await?;
    viewer.wait_tip("confirmed").await?;
    let late = Page::chromium("latecomer", &scene.server).await?;
    late.follow(&scene.link).await?;
    until("the genuine tip", SOON, async || Ok((!late.supporters().await?.is_empty()).then_some(()))).await?;
    for page in [&late, &scene.creator, &viewer] {
        let supporters = page.supporters().await?;
        ensure!(supporters.iter().all(|(_, amount)| amount == "5"), "{supporters:?}");
    }
    Ok(())
}
