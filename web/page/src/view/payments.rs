//! The place of payments by the byte on a torrent's page. What is drawn there is a program of its own, which is loaded when
//! somebody wants to pay or to be paid, and from then on until there is nothing left of it.

use std::rc::Rc;

use host::PAYMENTS_ON;
use js_sys::{Array, Promise};
use metainfo::InfoHash;
use protocol::Sponsorship;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use yew::prelude::*;

use crate::browser::{self, property};
use crate::controls::Controls;
use crate::session::Action;
use crate::view::program::{Calls, use_program};
use crate::words;

#[wasm_bindgen]
extern "C" {
    /// `IDBFactory` as of late.
    type Databases;

    #[wasm_bindgen(method, catch)]
    fn databases(this: &Databases) -> Result<Promise, JsValue>;
}

/// Beside the page.
const PROGRAM: &str = "seedcast-payments.js";

#[derive(Clone, PartialEq, Properties)]
pub(crate) struct PaymentsProps {
    pub(crate) controls: Controls,
    pub(crate) info_hash: InfoHash,
    pub(crate) is_complete: bool,
    pub(crate) networks: Rc<str>,
    /// Who would pay in the user's place.
    pub(crate) sponsorship: Option<Rc<Sponsorship>>,
}

#[derive(PartialEq, Properties)]
struct MountedProps {
    payments: PaymentsProps,
    /// The user wants the sponsor to pay.
    is_accepted: bool,
}

/// Whether payments were left with something to pay, to earn or to get back: the program has a database then.
pub(crate) async fn are_on() -> bool {
    let names = async || {
        let databases = browser::window().indexed_db()?.ok_or(JsValue::UNDEFINED)?;
        // Browsers of before 2024 may not say what databases there are.
        let databases = databases.unchecked_into::<Databases>().databases()?;
        JsFuture::from(databases).await.map(|databases| Array::from(&databases))
    };
    let Ok(databases) = names().await else { return false };
    databases.iter().any(|database| property(&database, "name").is_some_and(|name| name == PAYMENTS_ON))
}

/// Payments, behind a button until they are wanted.
#[component]
pub(crate) fn Payments(props: &PaymentsProps) -> Html {
    let wanted = use_state_eq(|| false);
    // By whom the user wants to be paid for.
    let accepted = use_state_eq(|| None::<Rc<Sponsorship>>);
    use_effect_with((), {
        let wanted = wanted.clone();
        move |()| {
            spawn_local(async move {
                if are_on().await {
                    wanted.set(true);
                }
            });
        }
    });
    if *wanted {
        let is_accepted = accepted.is_some() && *accepted == props.sponsorship;
        return html! { <Mounted payments={props.clone()} {is_accepted} /> };
    }
    let want = {
        let wanted = wanted.clone();
        Callback::from(move |_: MouseEvent| wanted.set(true))
    };
    let sponsorship = props.sponsorship.clone();
    let accept = Callback::from(move |_: MouseEvent| {
        accepted.set(sponsorship.clone());
        wanted.set(true);
    });
    html! {
        <div class="actions">
            if let Some(sponsorship) = &props.sponsorship {
                <button class="primary" data-testid="sponsor-open" onclick={accept}>
                    { words::sponsored(sponsorship.host()) }
                </button>
            }
            <button data-testid="payments-open" onclick={want}>{ words::PAYMENTS }</button>
        </div>
    }
}

#[component]
fn Mounted(props: &MountedProps) -> Html {
    let MountedProps { payments, is_accepted } = props;
    let controls = payments.controls;
    let place = use_program(PROGRAM, controls, &payments.networks, move || Calls {
        send: Closure::new(move |command| controls.purse_command(command)),
        people: Some(Closure::new(move |people: Array| {
            let money = people.iter().filter_map(|pair| {
                let pair: Array = pair.dyn_into().ok()?;
                Some((pair.get(0).as_f64()? as u32, pair.get(1).as_string()?))
            });
            controls.dispatch(Action::Money(money.collect()));
        })),
    });
    let program = place.program;
    use_effect_with((), {
        let program = program.clone();
        move |()| {
            controls.hear_purse(Some(Rc::new(move |news: &[u8]| {
                if let Some(program) = &*program.borrow() {
                    program.tell(news);
                }
            })));
            move || {
                controls.hear_purse(None);
                controls.dispatch(Action::Money(Vec::new()));
            }
        }
    });
    let told = (place.is_ready, payments.info_hash, payments.is_complete);
    use_effect_with(
        (told, payments.sponsorship.clone(), *is_accepted),
        move |(told, sponsorship, accepted)| {
            if let Some(program) = &*program.borrow() {
                let (_, info_hash, is_complete) = told;
                program.open(&info_hash.to_string(), *is_complete);
                let (url, ticket) =
                    sponsorship.as_ref().map_or(("", ""), |offer| (offer.url(), offer.ticket()));
                program.sponsor(url, ticket, *accepted);
            }
        },
    );
    html! { <div ref={place.root} class="tips-place"></div> }
}
