//! Issue 11, A2.3: whoever shares something is told when those who came have it.

use anyhow::{Result, ensure};
use harness::{Browser, Files, Page, SLOW, SOON, Server, until};
use serde_json::json;

const THROUGH: &str = "[data-testid=through]";

/// Counts the questions for permission, and keeps what would be shown.
const NOTIFICATIONS: &str = "
    window.asked = 0
    const request = Notification.requestPermission
    Notification.requestPermission = function () {
        window.asked += 1
        return request.call(Notification)
    }
    window.shown = []
    ServiceWorkerRegistration.prototype.showNotification = async (text, { tag }) => { window.shown.push({ text, tag }) }";

/// Counts the locks that are held.
const LOCKS: &str = "
    window.locks = { taken: 0, held: 0 }
    const request = WakeLock.prototype.request
    WakeLock.prototype.request = async function (kind) {
        const lock = await request.call(this, kind)
        window.locks.taken += 1
        window.locks.held += 1
        lock.addEventListener('release', () => { window.locks.held -= 1 })
        return lock
    }";

#[tokio::test]
async fn a_friend_who_has_everything_is_said_to_have_it() -> Result<()> {
    let files = Files::new()?;
    let file = files.random("file.bin", 20_000_000, 1)?;
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share(&[&file]).await?;
    sharer.press("[data-testid=limits]").await?;
    sharer.fill("[data-testid=limit-up]", "2000").await?;
    let friend = Page::chromium("friend", &server).await?;
    friend.follow(&link).await?;
    // It hears how far the friend is, who says so though the sharer has all of it.
    let in_part = |text: &str| text.ends_with('%') && !text.starts_with("0\u{a0}");
    sharer.wait_text_of("[data-testid=peer-has]", in_part).await?;
    ensure!(
        !sharer.text().await?.contains("You can close this page"),
        "the sharer may close the page too early"
    );
    friend.wait_complete().await?;
    sharer.wait_text_of("[data-testid=peer-has]", |text| text == "Everything").await?;
    let told = sharer.wait_text_of(THROUGH, |text| !text.is_empty()).await?;
    ensure!(
        told.contains("Everyone who came has everything. You can close this page"),
        "the sharer is told \"{told}\""
    );
    sharer.wait_until("the last rate to be over", SOON, |torrent| torrent.up == 0).await?;
    ensure!(
        sharer.text().await?.contains("1 person connected, 1 with everything"),
        "others are counted as they were"
    );
    Ok(())
}

#[tokio::test]
async fn whoever_looks_away_is_notified_if_they_asked_for_it() -> Result<()> {
    let files = Files::new()?;
    let file = files.random("file.bin", 1_000_000, 1)?;
    let server = Server::start().await?;
    let browser = Browser::chromium("sharer").await?;
    browser.inject(NOTIFICATIONS).await?;
    let sharer = Page::open(browser, &server).await?;
    let link = sharer.share(&[&file]).await?;
    let asked = sharer.browser().run("return window.asked", &[]).await?;
    ensure!(asked == 0, "the page asks unasked");
    let granted = json!({ "permissions": ["notifications"], "origin": server.origin() });
    sharer.browser().cdp("Browser.grantPermissions", granted).await?;
    sharer.press("[data-testid=notify]").await?;
    sharer.wait_for_element("the wish to be noted", "[data-testid=notify]:checked").await?;
    let title = sharer.browser().web()?.title().await?;
    sharer.browser().hide().await?;
    let friend = Page::chromium("friend", &server).await?;
    friend.follow(&link).await?;
    friend.wait_complete().await?;
    until("the title to tell", SOON, async || {
        Ok((sharer.browser().web()?.title().await? == "✓ Everyone has file.bin").then_some(()))
    })
    .await?;
    let info_hash = sharer.torrent().await?.info_hash;
    let shown = until("a notification", SOON, async || {
        let shown = sharer.browser().run("return window.shown", &[]).await?;
        Ok(shown.as_array().is_some_and(|shown| !shown.is_empty()).then_some(shown))
    })
    .await?;
    ensure!(shown == json!([{ "text": "Everyone has file.bin", "tag": info_hash }]), "{shown} is shown");
    sharer.browser().show().await?;
    until("the title to be as before", SOON, async || {
        Ok((sharer.browser().web()?.title().await? == title).then_some(()))
    })
    .await
}

#[tokio::test]
async fn a_phone_stays_awake_while_bytes_flow_and_no_longer() -> Result<()> {
    let files = Files::new()?;
    let file = files.random("file.bin", 8_000_000, 1)?;
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share(&[&file]).await?;
    sharer.press("[data-testid=limits]").await?;
    sharer.fill("[data-testid=limit-up]", "500").await?;
    let browser = Browser::chromium("phone").await?;
    browser.inject(LOCKS).await?;
    let phone = Page::open(browser, &server).await?;
    let size = json!({ "width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": true });
    phone.browser().cdp("Emulation.setDeviceMetricsOverride", size).await?;
    phone.browser().cdp("Emulation.setTouchEmulationEnabled", json!({ "enabled": true })).await?;
    let held = async |count: u32| {
        until(&format!("{count} locks to be held"), SLOW, async || {
            let locks = phone.browser().run("return window.locks", &[]).await?;
            Ok((locks.get("held") == Some(&json!(count))).then_some(locks))
        })
        .await
    };
    let idle = held(0).await?;
    ensure!(idle == json!({ "taken": 0, "held": 0 }), "an idle page keeps the phone awake: {idle}");
    phone.add(&link).await?;
    held(1).await?;
    ensure!(phone.torrent().await?.progress < 1.0, "the lock came late");
    sharer.fill("[data-testid=limit-up]", "").await?;
    phone.wait_complete().await?;
    held(0).await?;
    Ok(())
}
