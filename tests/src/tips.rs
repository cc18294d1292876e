use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::chain::Chain;
use crate::page::Page;
use crate::wait::{SLOW, until};

/// A wallet that a test has in a browser, and decides for (`tests/pages/wallet.js`).
#[derive(Clone, Copy, Debug)]
pub struct Wallet;

impl Wallet {
    /// Puts a wallet with an account of `chain` into every document of a browser from now on.
    ///
    /// # Errors
    /// If the browser refuses it.
    pub async fn inject(browser: &Browser, chain: &Chain, account: usize) -> Result<()> {
        let names = json!([{ "uuid": "1", "name": "Test wallet", "icon": "data:image/svg+xml,<svg/>", "rdns": "org.test" }]);
        Self::inject_as(browser, chain, account, names).await
    }

    /// The same for one that announces itself under these names (EIP-6963's `info`), or not at all.
    ///
    /// # Errors
    /// If the browser refuses it.
    pub async fn inject_as(browser: &Browser, chain: &Chain, account: usize, names: Value) -> Result<()> {
        let settings = json!({
            "rpc": chain.url(),
            "account": chain.account(account),
            "chain": format!("{:#x}", Chain::ID),
            "names": names,
        });
        let script = include_str!("../pages/wallet.js").replace("SETTINGS", &settings.to_string());
        browser.inject(&script).await
    }
}

/// A wallet of TRON that a test has in a browser, and decides for, and the node behind it (`tests/pages/tron-wallet.js`).
#[derive(Clone, Copy, Debug)]
pub struct TronWallet;

impl TronWallet {
    /// The number by which wallets know the network.
    pub const CHAIN: &str = "0x2b6653dc";

    /// The contract of BTT.
    pub const TOKEN: &str = "TAFjULxiVgT4qWk6UZwjqwZXTSaGaqnVp4";

    /// Puts a wallet with this account into every document of a browser from now on: one that announces itself (TIP-6963),
    /// or one that stands in the window.
    ///
    /// # Errors
    /// If the browser refuses it.
    pub async fn inject(browser: &Browser, account: &str, announces: bool) -> Result<()> {
        let settings = json!({ "account": account, "chain": Self::CHAIN, "announces": announces });
        let script = include_str!("../pages/tron-wallet.js").replace("SETTINGS", &settings.to_string());
        browser.inject(&script).await
    }

    /// What a server's configuration says of the network.
    #[must_use]
    pub fn network() -> Value {
        json!({ "chain": format!("tron:{}", Self::CHAIN), "name": "TRON", "token": Self::TOKEN })
    }
}

impl Page {
    /// Shares a file whose torrent takes tips at `account`; its link.
    ///
    /// # Errors
    /// If there is no link in time.
    pub async fn share_for_tips(&self, file: &std::path::Path, account: &str) -> Result<String> {
        let link = self.share(&[file]).await?;
        // The page remembers the address of the share before.
        if self.value("[data-testid=tip-address]").await? == account {
            return Ok(link);
        }
        self.share_with_tips_to(account).await
    }

    /// Names the account that takes tips for the share that is shown, and gives back its new link.
    ///
    /// # Errors
    /// If there is no field for it, or no new link appears.
    pub async fn share_with_tips_to(&self, account: &str) -> Result<String> {
        let before = self.share_link().await?;
        // Where nothing can be tipped, the field is among what is folded away.
        self.browser().run("document.querySelector('.choices details').open = true", &[]).await?;
        self.fill("[data-testid=tip-address]", account).await?;
        self.press(".choices button[type=submit]").await?;
        self.share_link_other_than(&before).await
    }

    /// Opens the dialog, and waits until its button can be pressed once there is an amount.
    ///
    /// # Errors
    /// If it does not open.
    pub async fn open_tip(&self) -> Result<()> {
        self.wait_for_element("the tip button", "[data-testid=tip]").await?;
        self.press("[data-testid=tip]").await?;
        self.wait_for_element("the tip dialog", "[data-testid=tip-dialog][open]").await
    }

    /// Types an amount and presses the button that asks the wallet.
    ///
    /// # Errors
    /// If there is no such button in time.
    pub async fn tip(&self, amount: &str) -> Result<()> {
        self.fill("[data-testid=tip-amount]", amount).await?;
        self.wait_for_element("a button to press", "[data-testid=tip-confirm]:enabled").await?;
        self.press("[data-testid=tip-confirm]").await
    }

    /// Waits until the tip is in this state; what the page says then.
    ///
    /// # Errors
    /// If it does not come to that.
    pub async fn wait_tip(&self, state: &str) -> Result<String> {
        let read = "
            const status = document.querySelector('[data-testid=tip-status]')
            return status && [status.dataset.state, status.textContent]";
        let mut last = Value::Null;
        let words = until(&format!("the tip to be {state}"), SLOW, async || {
            last = self.browser().run(read, &[]).await?;
            let words = last.get(1).and_then(Value::as_str).map(str::to_owned);
            Ok(words.filter(|_| last.get(0).and_then(Value::as_str) == Some(state)))
        })
        .await;
        words.with_context(|| format!("the page said {last}"))
    }

    /// An attribute of an element.
    ///
    /// # Errors
    /// If there is no such element.
    pub async fn attribute(&self, selector: &str, name: &str) -> Result<Option<String>> {
        let read = "return document.querySelector(arguments[0]).getAttribute(arguments[1])";
        let value = self.browser().run(read, &[json!(selector), json!(name)]).await?;
        Ok(value.as_str().map(str::to_owned))
    }

    /// Whom the page shows as supporters, and what they gave.
    ///
    /// # Errors
    /// If the browser does not answer.
    pub async fn supporters(&self) -> Result<Vec<(String, String)>> {
        let read = "
            return [...document.querySelectorAll('[data-testid=supporter]')]
                .map(({ dataset }) => [dataset.from, dataset.amount])";
        Ok(serde_json::from_value(self.browser().run(read, &[]).await?)?)
    }

    /// What the wallet was asked: each method, and whether somebody had just clicked.
    ///
    /// # Errors
    /// If there is no wallet.
    pub async fn asked(&self) -> Result<Vec<(String, bool)>> {
        let read = "return wallet.log.map(({ method, clicked }) => [method, clicked])";
        Ok(serde_json::from_value(self.browser().run(read, &[]).await?)?)
    }

    /// How often the wallet was asked for something.
    ///
    /// # Errors
    /// As [`Page::asked`].
    pub async fn times_asked(&self, method: &str) -> Result<usize> {
        Ok(self.asked().await?.iter().filter(|(other, _)| other == method).count())
    }
}
