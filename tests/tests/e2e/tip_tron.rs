//! Tips on TRON, whose wallets sign what a node built: row 41 of docs/payments-matrix.md.
//!
//! There is no such node to be had for tests. The wallet that stands in for it builds what tronWeb builds, which the first
//! test looks at, and changes it where a test says so.

use anyhow::{Context as _, Result, ensure};
use harness::{Browser, Files, Page, SOON, Server, TronWallet, until};
use serde_json::{Value, json};

const CREATOR: &str = "TBvJUBXorwBPzqvV38vjDgegj5Eh6g2Tsq";
const VIEWER: &str = "TCLBgkbfVkJroVBJVqBEsxtPNQEQMTQCLQ";

/// Twenty bytes of somebody else, as on TRON.
const THIEF: &str = "415cbdd86a2fa8dc4bddd8a8f69dba48572eec07fb";

/// Everything that may come between the page's click and money on its way.
const STEPS: [&str; 2] = ["sign", "sendRawTransaction"];

/// A creator's share that takes tips on TRON.
struct Scene {
    server: Server,
    link: String,
    _creator: Page,
    _files: Files,
}

impl Scene {
    async fn set() -> Result<Self> {
        let tips = json!({ "mainnet": true, "networks": [TronWallet::network()] });
        let server = Server::with_config(&json!({ "tips": tips }).to_string()).await?;
        let files = Files::new()?;
        let creator = Page::chromium("creator", &server).await?;
        let link = creator.share_for_tips(&files.random("song.bin", 300_000, 7)?, CREATOR).await?;
        Ok(Self { server, link, _creator: creator, _files: files })
    }

    /// Somebody with a wallet who has opened the dialog.
    async fn viewer(&self, announces: bool) -> Result<Page> {
        let browser = Browser::chromium("viewer").await?;
        TronWallet::inject(&browser, VIEWER, announces).await?;
        let page = Page::open(browser, &self.server).await?;
        page.follow(&self.link).await?;
        page.wait_complete().await?;
        page.open_tip().await?;
        Ok(page)
    }
}

/// Sets what the wallet and its node do: a JavaScript object.
async fn policy(page: &Page, policy: &str) -> Result<()> {
    page.browser().run(&format!("wallet.policy = {policy}"), &[]).await?;
    Ok(())
}

/// The transactions that were sent.
async fn sent(page: &Page) -> Result<Vec<Value>> {
    Ok(serde_json::from_value(page.browser().run("return wallet.sent()", &[]).await?)?)
}

/// Tips, sees that it fails, and goes back; what the page said.
async fn fail(page: &Page) -> Result<String> {
    page.tip("2.5").await?;
    let told = page.wait_tip("failed").await?;
    // There where it may have been paid.
    page.browser().run("document.querySelector('[data-testid=tip-again]')?.click()", &[]).await?;
    Ok(told)
}

async fn ensure_untouched(page: &Page, after: &str) -> Result<()> {
    for step in STEPS {
        ensure!(page.times_asked(step).await? == 0, "{after}: the wallet was asked to {step}");
    }
    ensure!(sent(page).await?.is_empty(), "{after}: something was sent");
    Ok(())
}

/// Payments, row 41.
#[tokio::test]
async fn what_the_wallet_of_these_tests_builds_is_what_tronweb_builds() -> Result<()> {
    let server = Server::start().await?;
    let browser = Browser::chromium("viewer").await?;
    TronWallet::inject(&browser, VIEWER, false).await?;
    let page = Page::open(browser, &server).await?;
    let vectors: Value = serde_json::from_str(include_str!("../../../crates/btt/vectors/tronweb.json"))?;
    let transfers = vectors["transfers"].as_array().context("transfers")?;
    ensure!(!transfers.is_empty());
    let build = "
        const { token, owner, to, units, feeLimit, data, rawDataHex: _, txID: __, ...blockHeader } = arguments[0]
        const parameters = [{ type: 'address', value: to }, { type: 'uint256', value: units }]
        const { transactionBuilder } = wallet.tronWeb
        const options = { feeLimit, callValue: 0, blockHeader }
        const { transaction } = await transactionBuilder.triggerSmartContract(
          token, 'transfer(address,uint256)', options, parameters, owner)
        const { raw_data_hex, txID } = await transactionBuilder.addUpdateData(transaction, data, 'hex')
        return [raw_data_hex, txID]";
    for transfer in transfers {
        let built = page.browser().run_async(build, std::slice::from_ref(transfer)).await?;
        ensure!(built == json!([transfer["rawDataHex"], transfer["txID"]]), "{built} of {transfer}");
    }
    Ok(())
}

/// Payments, row 41.
#[tokio::test]
async fn a_tip_that_is_built_as_asked_for_is_signed_and_sent_once() -> Result<()> {
    let scene = Scene::set().await?;
    let viewer = scene.viewer(true).await?;
    let network = async |name| viewer.attribute("[data-testid=tip-network]", name).await;
    ensure!(network("data-chain").await?.as_deref() == Some("tron:0x2b6653dc"));
    ensure!(network("data-test").await?.as_deref() == Some("false"), "TRON is no test network");
    ensure!(viewer.attribute("[data-testid=tip-payee]", "data-address").await?.as_deref() == Some(CREATOR));
    // Others hear only of tips that every node tells of alike.
    ensure!(
        viewer
            .browser()
            .run("return document.querySelector('[data-testid=tip-publish]')", &[])
            .await?
            .is_null()
    );

    viewer.fill("[data-testid=tip-note]", "Thank you ♪").await?;
    ensure!(viewer.asked().await?.is_empty(), "the wallet was asked before anybody clicked");
    viewer.tip("12.000000000000000345").await?;
    let words = viewer.wait_tip("confirmed").await?;
    ensure!(words.contains("12.000000000000000345 BTT arrived"), "{words}");

    let transactions = sent(&viewer).await?;
    let [transaction] = &transactions[..] else { anyhow::bail!("{transactions:?}") };
    let call = &transaction["raw_data"]["contract"][0]["parameter"]["value"];
    // 12000000000000000345 in hexadecimal digits, behind the last of the payee's.
    ensure!(call["data"].as_str().is_some_and(|data| data.ends_with(
        "1563915e194d8cfba1943570603f7606a3115508000000000000000000000000000000000000000000000000a688906bd8b00159"
    )), "{call}");
    let info_hash =
        viewer.attribute("[data-testid=torrent]", "data-info-hash").await?.context("a torrent")?;
    let note: String = "Thank you ♪".bytes().map(|byte| format!("{byte:02x}")).collect();
    ensure!(transaction["raw_data"]["data"] == format!("6274742d74697031{info_hash}{note}"), "{transaction}");
    ensure!(transaction["raw_data"]["fee_limit"] == 100_000_000);
    ensure!(
        viewer.attribute("[data-testid=tip-status]", "data-transaction").await?.as_deref()
            == transaction["txID"].as_str()
    );
    ensure!(viewer.asked().await?.iter().all(|(_, clicked)| *clicked));
    until("the address to be known", SOON, async || {
        let level = viewer.attribute("[data-testid=tip-trust]", "data-level").await?;
        Ok((level.as_deref() == Some("4")).then_some(()))
    })
    .await
}

/// Payments, row 41.
#[tokio::test]
async fn a_transaction_that_a_node_changed_is_never_shown_to_the_wallet() -> Result<()> {
    let scene = Scene::set().await?;
    let viewer = scene.viewer(true).await?;
    let value = "raw.contract[0].parameter.value";
    let thief =
        format!("raw => {{ {value}.data = {value}.data.replace(/.{{40}}(?=.{{64}}$)/, '{}') }}", &THIEF[2..]);
    let amount = format!("raw => {{ {value}.data = {value}.data.slice(0, -1) + '1' }}");
    let all = format!("raw => {{ {value}.data = {value}.data.slice(0, -64) + 'f'.repeat(64) }}");
    let approve = format!("raw => {{ {value}.data = '095ea7b3' + {value}.data.slice(8) }}");
    let token = format!("raw => {{ {value}.contract_address = '{THIEF}' }}");
    let payer = format!("raw => {{ {value}.owner_address = '{THIEF}' }}");
    let coins = format!("raw => {{ {value}.call_value = 1_000_000 }}");
    for (change, part) in [
        (format!("change: {{ build: {thief} }}"), "who is paid"),
        (format!("change: {{ note: {thief} }}"), "who is paid"),
        (format!("change: {{ build: {amount} }}"), "the amount"),
        (format!("change: {{ build: {all} }}"), "the amount"),
        (format!("change: {{ build: {token} }}"), "the token"),
        (format!("change: {{ build: {payer} }}"), "who pays"),
        (format!("change: {{ build: {approve} }}"), "what it does"),
        (
            "change: { build: raw => { raw.contract[0].type = 'TransferContract' } }".to_owned(),
            "what it does",
        ),
        ("change: { build: raw => { raw.contract[0].Permission_id = 2 } }".to_owned(), "what it does"),
        (format!("change: {{ build: {coins} }}"), "an additional payment"),
        ("change: { build: raw => { raw.fee_limit += 1 } }".to_owned(), "the fee"),
        ("change: { note: raw => { raw.data += '21' } }".to_owned(), "the note"),
        (
            "change: { note: raw => { raw.data = raw.data.replace(/.{40}$/, '0'.repeat(40)) } }".to_owned(),
            "the note",
        ),
        ("change: { note: raw => { delete raw.data } }".to_owned(), "the note"),
        ("rename: { note: made => { made.txID = '00'.repeat(32) } }".to_owned(), "its id"),
        ("rename: { note: made => { made.raw_data_hex += '4a00' } }".to_owned(), "its id"),
        ("rename: { note: made => { made.raw_data_hex = '' } }".to_owned(), "its id"),
        ("rename: { note: made => { delete made.raw_data_hex } }".to_owned(), "its id"),
        ("rename: { note: made => { made.raw_data_hex = 'ff'.repeat(1 << 20) } }".to_owned(), "its form"),
    ] {
        policy(&viewer, &format!("{{ {change} }}")).await?;
        let told = fail(&viewer).await?;
        ensure!(told.contains(&format!("not the one you asked for ({part})")), "{change}: {told}");
        ensure!(told.contains("It was not signed and nothing was paid"), "{change}: {told}");
        ensure_untouched(&viewer, &change).await?;
    }
    // The same page, wallet and tip go through once nobody changes anything.
    policy(&viewer, "{}").await?;
    viewer.tip("2.5").await?;
    viewer.wait_tip("confirmed").await?;
    ensure!(sent(&viewer).await?.len() == 1);
    Ok(())
}

/// Payments, row 41.
#[tokio::test]
async fn a_wallet_that_signs_something_else_is_told_and_nothing_is_sent() -> Result<()> {
    let scene = Scene::set().await?;
    let viewer = scene.viewer(true).await?;
    policy(&viewer, "{ change: { sign: raw => { raw.fee_limit *= 2 } } }").await?;
    let told = fail(&viewer).await?;
    ensure!(told.contains("signed another transaction than the one you asked for (the fee)"), "{told}");
    ensure!(viewer.times_asked("sendRawTransaction").await? == 0 && sent(&viewer).await?.is_empty());
    // The wallet has the signature, and may have sent it by itself: that is not forgotten.
    viewer.wait_for_element("a word of caution", "[data-testid=tip-unanswered]").await
}

/// Payments, row 41.
#[tokio::test]
async fn whatever_a_wallet_of_tron_refuses_is_told_and_nothing_is_paid() -> Result<()> {
    let scene = Scene::set().await?;
    // One that stands in the window, as old ones do.
    let viewer = scene.viewer(false).await?;
    for (refusal, words) in [
        ("{ eth_requestAccounts: 4001 }", "You said no"),
        ("{ eth_requestAccounts: -32002 }", "already waiting for you"),
        (
            "{ triggerSmartContract: 'class org.tron.core.exception.ContractValidateException' }",
            "ContractValidateException",
        ),
        ("{ sign: 'Confirmation declined by user' }", "You said no"),
        ("{ sign: 4001 }", "You said no"),
        ("{ refuses: true }", "The network did not take it."),
        // It is locked meanwhile, or shows another account.
        (
            "{ before: method => { if (method === 'addUpdateData') wallet.account = [] } }",
            "shows this page no account",
        ),
        (
            "{ before: method => { if (method === 'triggerSmartContract') wallet.account = 'TJRabPrwbZy45sbavfcjinPJC18kjpRTv8' } }",
            "changed in your wallet",
        ),
    ] {
        policy(&viewer, refusal).await?;
        viewer.browser().run("wallet.account = arguments[0]", &[json!(VIEWER)]).await?;
        let told = fail(&viewer).await?;
        ensure!(told.contains(words), "{refusal}: {told}");
        ensure!(sent(&viewer).await?.is_empty(), "{refusal}: something was sent");
    }
    Ok(())
}

/// Payments, row 41.
#[tokio::test]
async fn a_wallet_on_another_network_of_tron_is_led_to_the_right_one() -> Result<()> {
    let scene = Scene::set().await?;
    let viewer = scene.viewer(true).await?;
    let nile = "; wallet.chain = '0xcd8690dc'";
    for refusal in ["{ wallet_switchEthereumChain: 4001 }", "{ wallet_switchEthereumChain: 4902 }"] {
        policy(&viewer, &format!("{refusal}{nile}")).await?;
        let told = fail(&viewer).await?;
        ensure!(told.contains("stayed on another network"), "{refusal}: {told}");
        ensure!(viewer.times_asked("triggerSmartContract").await? == 0, "it was asked to build on Nile");
        ensure_untouched(&viewer, refusal).await?;
    }
    // It goes there in between, although it was on the right one at first.
    let turns = "{ before: method => { if (method === 'addUpdateData') wallet.chain = '0xcd8690dc' } }";
    policy(&viewer, &format!("{turns}; wallet.chain = '{}'", TronWallet::CHAIN)).await?;
    let told = fail(&viewer).await?;
    ensure!(told.contains("changed in your wallet"), "{told}");
    ensure_untouched(&viewer, turns).await?;

    policy(&viewer, &format!("{{}}{nile}")).await?;
    viewer.tip("1").await?;
    viewer.wait_tip("confirmed").await?;
    ensure!(viewer.times_asked("wallet_switchEthereumChain").await? == 3 && sent(&viewer).await?.len() == 1);
    Ok(())
}

/// Payments, row 41.
#[tokio::test]
async fn a_transfer_that_the_network_does_not_carry_out_is_told() -> Result<()> {
    let scene = Scene::set().await?;
    let viewer = scene.viewer(true).await?;
    policy(&viewer, "{ result: 'OUT_OF_ENERGY' }").await?;
    let told = fail(&viewer).await?;
    ensure!(told.contains("did not carry it out"), "{told}");
    Ok(())
}

/// Payments, row 41.
#[tokio::test]
async fn a_tip_of_an_earlier_visit_is_watched_once_its_wallet_is_there() -> Result<()> {
    let scene = Scene::set().await?;
    let viewer = scene.viewer(true).await?;
    // A node that is out of reach knows nothing, which is not to say that the tip is lost.
    policy(&viewer, "{ before: method => { if (method === 'getTransactionInfo') throw new Error('gone') } }")
        .await?;
    viewer.tip("1").await?;
    until("the page to say that the network is out of reach", SOON, async || {
        Ok(viewer.wait_tip("pending").await?.contains("does not answer just now").then_some(()))
    })
    .await?;
    viewer.browser().web()?.refresh().await?;
    viewer.open_tip().await?;
    viewer.wait_tip("confirmed").await?;
    ensure!(viewer.asked().await?.is_empty(), "the wallet was asked again");
    ensure!(sent(&viewer).await?.len() == 1);
    Ok(())
}

/// Payments, row 34.
#[tokio::test]
async fn without_a_wallet_of_tron_there_is_an_explanation_and_no_code() -> Result<()> {
    let scene = Scene::set().await?;
    let viewer = Page::chromium("viewer", &scene.server).await?;
    viewer.follow(&scene.link).await?;
    viewer.open_tip().await?;
    viewer.wait_for_element("what a wallet is", "[data-testid=tip-no-wallet]").await?;
    viewer.fill("[data-testid=tip-amount]", "2.5").await?;
    let shown = "
        const { textContent } = document.querySelector('[data-testid=tip-no-wallet]')
        return [textContent, document.querySelector('[data-testid=tip-qr]')]";
    let shown = viewer.browser().run(shown, &[]).await?;
    let words = shown[0].as_str().context("words")?;
    ensure!(words.contains("TRON") && !words.contains("code") && shown[1].is_null(), "{shown}");

    // Issue 13, B: a phone opens the page in the app that has a wallet.
    let href = viewer.attribute("[data-testid=tip-tronlink]", "href").await?.context("a link")?;
    let opens = "
        const [app, param] = arguments[0].split('?param=')
        return [app, JSON.parse(decodeURIComponent(param)).url === location.href]";
    let opens = viewer.browser().run(opens, &[json!(href)]).await?;
    ensure!(opens == json!(["tronlinkoutside://pull.activity", true]), "{href}");
    Ok(())
}
