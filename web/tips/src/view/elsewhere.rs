//! How to pay with what is not in this browser: which wallets there are, where the coins come from, and the app of a wallet
//! on a phone, be it this one or another.

use btt::{Chain, PaymentRequest};
use language::Word;
use yew::prelude::*;

use crate::state::State;
use crate::trust::Payee;
use crate::{browser, words};

/// Wallets that know a chain, and the sites of those who make them.
const EVM_WALLETS: &[(&str, &str)] = &[
    ("MetaMask", "https://metamask.io/download/"),
    ("TokenPocket", "https://www.tokenpocket.pro/"),
    ("Trust Wallet", "https://trustwallet.com/download"),
];
const TRON_WALLETS: &[(&str, &str)] =
    &[("TronLink", "https://www.tronlink.org/"), ("TokenPocket", "https://www.tokenpocket.pro/")];

/// What to do where no wallet is in the browser.
pub(super) fn no_wallet(app: &State, payee: &Payee) -> Html {
    let chain = payee.network.chain;
    let (title, wallets, coins) = match chain {
        Chain::Eip155(_) if chain.is_test() => (words::NO_WALLET, EVM_WALLETS, words::GET_PLAY_MONEY),
        Chain::Eip155(_) => (words::NO_WALLET, EVM_WALLETS, words::GET_BTT),
        Chain::Tron(_) => (words::NO_TRON_WALLET, TRON_WALLETS, words::GET_BTT_TRON),
    };
    html! {
        <div class="panel" data-testid="tip-no-wallet">
            <div>
                <h3>{ title }</h3>
                <p>{ words::NO_WALLET_WHY }</p>
                <ul class="wallet-links" data-testid="tip-wallets">
                    { for wallets.iter().map(|(name, site)| html! {
                        <li><a href={*site} target="_blank" rel="noopener noreferrer">{ *name }</a></li>
                    }) }
                </ul>
                <p data-testid="tip-coins">{ coins }</p>
                { match chain {
                    Chain::Eip155(_) => by_phone(app.request(payee).as_ref()),
                    Chain::Tron(_) => in_tronlink(),
                } }
            </div>
        </div>
    }
}

/// A code for the camera of a phone; on a phone, which cannot scan what it shows, links that open the app of a wallet.
pub(super) fn by_phone(request: Option<&PaymentRequest>) -> Html {
    let Some((request, link)) = request.and_then(|request| Some((request, request.erc681()?))) else {
        return Html::default();
    };
    html! {
        <>
            <div class="for-desks">
                <p>{ words::PHONE_SCAN }</p>
                { code(&link) }
            </div>
            <div class="for-phones">
                <p>{ words::PHONE_OPEN }</p>
                <div class="actions">
                    { app_link("tip-app", link, words::OPEN_APP) }
                    if let Some(link) = request.metamask() { { app_link("tip-metamask", link, words::OPEN_METAMASK) } }
                </div>
            </div>
        </>
    }
}

/// A link that opens this page in the app that has a wallet for TRON. Such wallets have no links that pay.
fn in_tronlink() -> Html {
    html! {
        <div class="for-phones">
            <p>{ words::PHONE_OPEN_PAGE }</p>
            <div class="actions">{ app_link("tip-tronlink", tronlink(&browser::address()), words::OPEN_TRONLINK) }</div>
        </div>
    }
}

fn app_link(id: &'static str, link: String, text: Word) -> Html {
    html! { <a class="button" data-testid={id} href={link}>{ text }</a> }
}

/// Opens a page in TronLink's own browser: <https://docs.tronlink.org/mobile/deeplink/>.
fn tronlink(page: &str) -> String {
    let open = serde_json::json!({ "url": page, "action": "open", "protocol": "TronLink", "version": "1.0" });
    let open = String::from(js_sys::encode_uri_component(&open.to_string()));
    format!("tronlinkoutside://pull.activity?param={open}")
}

/// A code for the camera of a phone.
fn code(link: &str) -> Html {
    let Some(drawing) = qr::draw(link) else { return Html::default() };
    html! {
        <svg class="qr" data-testid="tip-qr" data-link={link.to_owned()} viewBox={format!("0 0 {0} {0}", drawing.side)} role="img" aria-label={words::PHONE}>
            <rect width="100%" height="100%" fill="#fff" />
            <path d={drawing.path} fill="#000" />
        </svg>
    }
}
