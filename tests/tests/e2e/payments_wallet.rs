//! Payments by the byte and the wallet that a deposit is asked of. Rows are those of docs/payments-matrix.md.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use btt::{Address, Amount, hex};
use harness::{
    Browser, Chain, Files, Page, PageServer, SLOW, SOON, Server, Torrent, Wallet, magnet_of, tools, until,
};
use pay::abi::Call;
use pay::seller::SlotStatus;
use pay::{SessionId, SlotId};
use serde_json::{Value, json};

use crate::accessibility::expect_accessible;

/// Whose wallet buys, and whose is another one in the same browser.
const BUYER: usize = 1;
const OTHER: usize = 2;

/// BTT in all, and for a GB.
const BUDGET: u32 = 40;
const PRICE: u32 = 20;

const WEEK: u64 = 7 * 24 * 60 * 60;

/// One BTT in the smallest unit.
const BTT: u128 = 1_000_000_000_000_000_000;

/// What a deposit for the budget takes: nine quarters of it.
const DEPOSIT: u128 = 9 * 10 * BTT;

/// A chain, a contract, and a site that names it.
struct Scene {
    chain: Chain,
    contract: Address,
    server: Server,
    files: Files,
}

impl Scene {
    async fn set() -> Result<Self> {
        let chain = Chain::start().await?;
        let contract = chain.create_contract().await?;
        let server = Server::with_config(&config(&chain, contract)).await?;
        Ok(Self { chain, contract, server, files: Files::new()? })
    }

    /// A browser's page with something that could go faster, if anybody had it.
    async fn payer(&self, browser: Browser) -> Result<Page> {
        let page = Page::open(browser, &self.server).await?;
        page.share(&[&self.files.random("film.bin", 300_000, 15)?]).await?;
        let copied = |torrent: &Torrent| torrent.source == "browser";
        page.wait_until("the file to be copied into the browser", SLOW, copied).await?;
        page.open_payments().await?;
        page.offer_to_pay(BUDGET, PRICE).await?;
        Ok(page)
    }

    /// The same with the buyer's wallet.
    async fn buyer(&self) -> Result<Page> {
        let browser = Browser::chromium("buyer").await?;
        Wallet::inject(&browser, &self.chain, BUYER).await?;
        self.payer(browser).await
    }

    /// What is in the contract.
    async fn deposited(&self) -> Result<u128> {
        self.chain.balance(&self.contract.to_string()).await
    }

    /// What the contract says of a session.
    async fn session(&self, session: SessionId) -> Result<SlotStatus> {
        let slot = SlotId { session, slot: 0 };
        let question =
            json!({ "to": self.contract.to_string(), "data": hex::prefixed(&Call::Status(slot).encode()) });
        let answer = self.chain.call("eth_call", json!([question, "latest"])).await?;
        Ok(SlotStatus::parse(slot, &bytes(&answer)?)?)
    }

    /// The session that a transaction has opened for the owner of an account.
    async fn opened(&self, hash: &str, account: usize) -> Result<SessionId> {
        let transaction = self.chain.call("eth_getTransactionByHash", json!([hash])).await?;
        let data = bytes(&transaction["input"])?;
        let key: [u8; 20] = data.get(16..36).context("an opening")?.try_into()?;
        Ok(SessionId::of(self.chain.account(account).parse()?, Address::from_bytes(key)))
    }
}

fn config(chain: &Chain, contract: Address) -> String {
    let mut network = chain.network();
    network["pay"] = json!(contract.to_string());
    json!({ "tips": { "networks": [network] } }).to_string()
}

fn bytes(quantity: &Value) -> Result<Vec<u8>> {
    let digits = quantity.as_str().and_then(|text| text.strip_prefix("0x"));
    digits.and_then(hex::decode).with_context(|| format!("{quantity} is no bytes"))
}

/// Sets what the wallet does: a JavaScript object.
async fn policy(page: &Page, policy: &str) -> Result<()> {
    page.browser().run(&format!("wallet.policy = {policy}"), &[]).await?;
    Ok(())
}

/// Waits until the page says that nothing came of a transaction, and why.
async fn fails(page: &Page, why: &str) -> Result<()> {
    let status = "[data-testid=payments-status][data-state=failed]";
    page.wait_text_of(status, |text| text.contains(why)).await?;
    Ok(())
}

/// Presses what may be below what the page says of a transaction, which stays at the bottom of the window.
async fn press_in_view(page: &Page, selector: &str) -> Result<()> {
    page.wait_for_element(selector, selector).await?;
    let center = "document.querySelector(arguments[0]).scrollIntoView({ block: 'center' })";
    page.browser().run(center, &[json!(selector)]).await?;
    page.press(selector).await
}

async fn confirmed(page: &Page) -> Result<()> {
    page.wait_for_element("a transaction", "[data-testid=payments-status][data-state=confirmed]").await
}

/// Waits until there is no such element.
async fn gone(page: &Page, selector: &str) -> Result<()> {
    let none = "return document.querySelector(arguments[0]) === null";
    until(&format!("no {selector}"), SLOW, async || {
        Ok((page.browser().run(none, &[json!(selector)]).await? == true).then_some(()))
    })
    .await
}

/// Payments, row 34.
#[tokio::test]
async fn whoever_wants_to_pay_without_a_wallet_is_told_what_one_is() -> Result<()> {
    let scene = Scene::set().await?;
    let page = scene.payer(Browser::chromium("buyer").await?).await?;
    page.wait_text_of("[data-testid=pay-no-wallet]", |text| text.contains("install one")).await?;
    page.wait_for_element("what it would take", "[data-testid=pay-locked]").await?;
    page.wait_for_element("a button that waits", "[data-testid=pay-confirm]:disabled").await?;
    expect_accessible(&page, "paying without a wallet").await
}

/// Payments, row 34: a deposit of the second wallet could not be extended after a reload, since nobody could choose it.
#[tokio::test]
async fn a_deposit_of_the_second_wallet_is_extended_after_a_reload() -> Result<()> {
    let scene = Scene::set().await?;
    let Scene { chain, .. } = &scene;
    let browser = Browser::chromium("buyer").await?;
    let hostile = "<img src=x onerror='window.hacked=1'>\u{202e}Wallet";
    for (account, name, rdns) in [(OTHER, "First", "org.first"), (BUYER, hostile, "org.second")] {
        let names = json!([{ "uuid": rdns, "name": name, "icon": "", "rdns": rdns }]);
        Wallet::inject_as(&browser, chain, account, names).await?;
    }
    let page = scene.payer(browser).await?;
    let names = page.wait_text_of("[data-testid=pay-wallets]", |text| text.contains("Wallet")).await?;
    ensure!(names.contains("<img src=x") && !names.contains('\u{202e}'), "{names}");
    ensure!(page.browser().run("return window.hacked ?? 0", &[]).await? == 0);
    expect_accessible(&page, "a choice of wallets").await?;
    page.press("[name=pay-wallet][value='1']").await?;
    page.confirm_paying().await?;
    let session = scene.opened(&page.wait_sent().await?, BUYER).await?;
    page.wait_paying().await?;
    let before = scene.session(session).await?;
    ensure!((before.slots, scene.deposited().await?) == (8, DEPOSIT), "{before:?}");

    page.home().await?;
    page.press("[data-testid=open-torrent]").await?;
    page.press("[data-testid=deposit] summary").await?;
    page.wait_for_element("the first wallet", "[name=pay-wallet][value='0']:checked").await?;
    let label = page.attribute("[data-testid=pay-longer]", "aria-label").await?;
    ensure!(label.as_deref() == Some("A week longer: deposit 1, of 90 BTT"), "{label:?}");
    press_in_view(&page, "[data-testid=pay-longer]:enabled").await?;
    fails(&page, "another account").await?;
    page.press("[name=pay-wallet][value='1']").await?;
    press_in_view(&page, "[data-testid=pay-longer]").await?;
    confirmed(&page).await?;
    let longer = scene.session(session).await?;
    ensure!(longer.expiry.since(before.expiry).as_secs() == WEEK, "{longer:?}");
    // The page hears of it as soon as it is certain.
    let lasts = "return document.querySelector('[data-testid=deposit] .hint').textContent";
    let told = page.browser().run(lasts, &[]).await?;
    until("the page to show that it lasts longer", SOON, async || {
        Ok((page.browser().run(lasts, &[]).await? != told).then_some(()))
    })
    .await?;

    press_in_view(&page, "[data-testid=pay-more]:enabled").await?;
    until("more shares", SOON, async || {
        Ok(Some(scene.session(session).await?.slots).filter(|slots| *slots == 16))
    })
    .await?;
    ensure!(scene.deposited().await? == DEPOSIT + 8 * 10 * BTT);
    ensure!(page.times_asked("eth_sendTransaction").await? == 2, "the buyer's wallet, since the reload");
    Ok(())
}

/// Payments, row 35.
#[tokio::test]
async fn whatever_a_wallet_refuses_there_is_no_deposit_and_the_next_click_makes_one() -> Result<()> {
    let scene = Scene::set().await?;
    let page = scene.buyer().await?;
    for (refusal, words) in [
        ("{ eth_requestAccounts: 4001 }", "you said no"),
        ("{ eth_requestAccounts: -32002 }", "already asks you"),
        ("{ eth_requestAccounts: 4100 }", "no account"),
        ("{ wallet_switchEthereumChain: 4001 }; wallet.chain = '0xc7'", "on another network"),
        ("{}; wallet.chain = '0x405'; wallet.policy.eth_sendTransaction = 4001", "you said no"),
        ("{ eth_sendTransaction: -32002 }", "already asks you"),
    ] {
        policy(&page, refusal).await?;
        page.confirm_paying().await?;
        fails(&page, words).await.with_context(|| refusal.to_owned())?;
    }
    ensure!(scene.deposited().await? == 0, "something was deposited");
    gone(&page, "[data-testid=deposit]").await?;
    // A network that it does not know it is told of.
    policy(&page, "{ unknownChain: true }; wallet.chain = '0xc7'").await?;
    page.confirm_paying().await?;
    page.wait_paying().await?;
    ensure!(page.browser().run("return wallet.added", &[]).await? == "0x405");
    ensure!(scene.deposited().await? == DEPOSIT);
    Ok(())
}

/// Payments, row 35.
#[tokio::test]
async fn a_change_of_account_or_network_in_between_stops_the_deposit() -> Result<()> {
    let scene = Scene::set().await?;
    let page = scene.buyer().await?;
    let other = scene.chain.account(OTHER);
    for turn in [format!("wallet.account = '{other}'"), "wallet.change('chainChanged', '0x1')".to_owned()] {
        policy(&page, &format!("{{ before: method => {{ if (method === 'eth_accounts') {turn} }} }}"))
            .await?;
        page.confirm_paying().await?;
        fails(&page, "turned to another account or network").await?;
        gone(&page, "[data-testid=deposit]").await?;
    }
    ensure!(page.times_asked("eth_sendTransaction").await? == 0 && scene.deposited().await? == 0);
    Ok(())
}

/// Payments, row 36.
#[tokio::test]
async fn too_little_money_and_a_deposit_that_the_chain_refuses_are_told() -> Result<()> {
    let scene = Scene::set().await?;
    let page = scene.buyer().await?;
    let chain = &scene.chain;
    let has = chain.call("eth_getBalance", json!([chain.account(BUYER), "latest"])).await?;
    let less = Amount::from_units(DEPOSIT - 1).to_quantity();
    chain.call("anvil_setBalance", json!([chain.account(BUYER), less])).await?;
    page.confirm_paying().await?;
    fails(&page, "and it takes").await?;
    ensure!(page.times_asked("eth_sendTransaction").await? == 0);
    chain.call("anvil_setBalance", json!([chain.account(BUYER), has])).await?;

    // The wallet sends something that cannot succeed: code that reverts whatever it is called with.
    let trap = "0x00000000000000000000000000000000000000ff";
    chain.call("anvil_setCode", json!([trap, "0x60006000fd"])).await?;
    policy(&page, &format!("{{ change: {{ to: '{trap}', gas: '0x30000' }} }}")).await?;
    page.confirm_paying().await?;
    fails(&page, "The chain refused it").await?;
    page.wait_for_element("nothing to be paid", "[data-testid=pay-meter][data-state=off]").await?;
    gone(&page, "[data-testid=deposit]").await?;
    ensure!(scene.deposited().await? == 0);
    Ok(())
}

/// Payments, row 38. The server keeps the page out of frames; here it comes from one that does not.
#[tokio::test]
async fn a_frame_shows_no_payments() -> Result<()> {
    let chain = Chain::start().await?;
    let contract = chain.create_contract().await?;
    let site = tools::copied_dist()?;
    fs::write(site.path().join("config.json"), config(&chain, contract))?;
    let site = PageServer::of(site.path()).await?;
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    let files = Files::new()?;
    let link = sharer.share(&[&files.random("film.bin", 300_000, 15)?]).await?;
    let address = site.url(&format!("#{}", magnet_of(&link)?));

    let browser = Browser::chromium("viewer").await?;
    let has =
        |document: &str, name: &str| format!("return !!{document}?.querySelector('[data-testid={name}]')");
    let shows = async |document: &str, name: &str| {
        until(&format!("{name} in {document}"), SOON, async || {
            Ok((browser.run(&has(document, name), &[]).await? == true).then_some(()))
        })
        .await
    };
    browser.web()?.goto(&address).await?;
    shows("document", "payments-open").await?;
    browser.web()?.goto(&site.url("config.json")).await?;
    let frame = "
        const frame = document.createElement('iframe')
        frame.src = arguments[0]
        document.body.append(frame)";
    browser.run(frame, &[json!(address)]).await?;
    let framed = "document.querySelector('iframe').contentDocument";
    shows(framed, "torrent").await?;
    ensure!(browser.run(&has(framed, "payments-open"), &[]).await? == false, "it offers payments");
    ensure!(browser.run(&has(framed, "payments"), &[]).await? == false, "it shows payments");
    Ok(())
}
