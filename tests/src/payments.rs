use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::page::Page;
use crate::wait::{SLOW, until};

/// An amount that the page shows of payments, in the smallest unit of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// What was spent by the budget that there is.
    Spent,
    /// What was earned and is not on the chain yet.
    Unredeemed,
    /// What was earned and is on the chain.
    Redeemed,
}

impl Figure {
    /// The element that has it, and the attribute that it is.
    const fn place(self) -> (&'static str, &'static str) {
        match self {
            Self::Spent => ("[data-testid=pay-meter]", "data-spent"),
            Self::Unredeemed => ("[data-testid=earned]", "data-unredeemed"),
            Self::Redeemed => ("[data-testid=earned]", "data-redeemed"),
        }
    }
}

impl Page {
    /// Opens the place of payments on a page that shows a torrent.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn open_payments(&self) -> Result<()> {
        self.press("[data-testid=payments-open]").await?;
        self.wait_for_element("payments", "[data-testid=earn]").await
    }

    /// Has what is given paid to `payee`, at `price` BTT for a GB at least.
    ///
    /// # Errors
    /// If the place of payments is not open, or does not take it.
    pub async fn earn(&self, payee: &str, price: u32) -> Result<()> {
        self.offer_to_earn(payee, price).await?;
        self.confirm_earning().await
    }

    /// Types who is to be paid, and how many BTT for a GB at least. Nothing is earned before that is confirmed.
    ///
    /// # Errors
    /// If the place of payments is not open.
    pub async fn offer_to_earn(&self, payee: &str, price: u32) -> Result<()> {
        self.fill("[data-testid=earn-address]", payee).await?;
        self.fill("[data-testid=earn-price]", &price.to_string()).await
    }

    /// Confirms it.
    ///
    /// # Errors
    /// If it cannot be confirmed.
    pub async fn confirm_earning(&self) -> Result<()> {
        self.wait_for_element("a switch", "[data-testid=earn]:enabled").await?;
        self.press("[data-testid=earn]").await?;
        self.wait_for_element("a seller", "[data-testid=earned]").await
    }

    /// Types how much is to be paid at most, in BTT: in all, and for a GB. Nothing is paid before that is confirmed.
    ///
    /// # Errors
    /// If the place of payments is not open.
    pub async fn offer_to_pay(&self, budget: u32, price: u32) -> Result<()> {
        self.press("[data-testid=pay]").await?;
        self.fill("[data-testid=pay-budget]", &budget.to_string()).await?;
        self.fill("[data-testid=pay-price]", &price.to_string()).await
    }

    /// Confirms it, which asks the wallet for a deposit if there is none that will do.
    ///
    /// # Errors
    /// If it cannot be confirmed.
    pub async fn confirm_paying(&self) -> Result<()> {
        self.wait_for_element("a button", "[data-testid=pay-confirm]:enabled").await?;
        self.press("[data-testid=pay-confirm]").await
    }

    /// Waits until there is a budget, and a deposit that can be paid from.
    ///
    /// # Errors
    /// If there is none in time.
    pub async fn wait_paying(&self) -> Result<()> {
        self.wait_for_element("an open deposit", "[data-testid=pay-meter][data-state=open]").await
    }

    /// An amount that the page shows, once it is one that passes.
    ///
    /// # Errors
    /// If that takes too long.
    pub async fn wait_figure(&self, figure: Figure, passes: impl Fn(u128) -> bool) -> Result<u128> {
        let mut last = None;
        let what = format!("{figure:?} in the browser of {}", self.browser().name());
        let amount = until(&what, SLOW, async || {
            last = self.figure(figure).await?;
            Ok(last.filter(|amount| passes(*amount)))
        })
        .await;
        amount.with_context(|| format!("the page said {last:?}"))
    }

    /// Waits until what was spent here is what others have earned, and both have not changed for a while; how much that is.
    ///
    /// # Errors
    /// If it does not come to that.
    pub async fn wait_all_paid(&self, sellers: &[&Self]) -> Result<u128> {
        let mut told = None;
        let spent = until("what was spent to be what was earned", SLOW, async || {
            let mut now = vec![self.figure(Figure::Spent).await?.unwrap_or(0)];
            for seller in sellers {
                now.push(seller.figure(Figure::Unredeemed).await?.unwrap_or(0));
            }
            let is_still = told.as_ref() == Some(&now);
            let agreed = now.first().copied().filter(|spent| is_still && *spent == now.iter().skip(1).sum());
            told = Some(now);
            // Pages are told of amounts once a second.
            tokio::time::sleep(STILL).await;
            Ok(agreed)
        })
        .await;
        spent.with_context(|| format!("spent, and what each has earned: {told:?}"))
    }

    /// The hash of the transaction that the wallet sent last, once there is one since the page was loaded.
    ///
    /// # Errors
    /// If there is none in time.
    pub async fn wait_sent(&self) -> Result<String> {
        let what = format!("a transaction in the browser of {}", self.browser().name());
        until(&what, SLOW, async || {
            let hash = self.browser().run("return wallet.sent", &[]).await?;
            Ok(hash.as_str().map(str::to_owned))
        })
        .await
    }

    async fn figure(&self, figure: Figure) -> Result<Option<u128>> {
        let (element, attribute) = figure.place();
        let read = "return document.querySelector(arguments[0])?.getAttribute(arguments[1])";
        let text = self.browser().run(read, &[element.into(), attribute.into()]).await?;
        Ok(text.as_str().and_then(|text| text.parse().ok()))
    }
}

/// For how long amounts have not changed that will not change any more.
const STILL: Duration = Duration::from_secs(2);
