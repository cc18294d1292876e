//! The place of payments by the byte on a torrent's page. What is drawn there is a program of its own, which is loaded when
//! somebody wants to pay or to be paid, and from then on until there is nothing left of it.

use std::cell::RefCell;
use std::rc::Rc;

use host::browser::load_program;
use js_sys::{Array, Promise};
use metainfo::InfoHash;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Element;
use yew::prelude::*;

use crate::browser::{self, property};
use crate::controls::Controls;
use crate::session::Action;
use crate::words;

#[wasm_bindgen]
extern "C" {
    /// The program's module.
    type Module;

    #[wasm_bindgen(method)]
    fn speak(this: &Module, tag: &str) -> Promise;

    #[wasm_bindgen(method, catch)]
    fn mount(
        this: &Module,
        root: &Element,
        networks: &str,
        send: &JsValue,
        people: &JsValue,
    ) -> Result<Program, JsValue>;

    /// The program where it is drawn.
    type Program;

    #[wasm_bindgen(method)]
    fn tell(this: &Program, news: &[u8]);

    #[wasm_bindgen(method)]
    fn open(this: &Program, info_hash: &str, is_complete: bool);

    #[wasm_bindgen(method)]
    fn unmount(this: &Program);

    /// `IDBFactory` as of late.
    type Databases;

    #[wasm_bindgen(method, catch)]
    fn databases(this: &Databases) -> Result<Promise, JsValue>;
}

/// A database that says by being there that payments are on.
const ON: &str = "seedcast-payments";

/// Beside the page.
const PROGRAM: &str = "seedcast-payments.js";

#[derive(PartialEq, Properties)]
pub(crate) struct PaymentsProps {
    pub(crate) controls: Controls,
    pub(crate) info_hash: InfoHash,
    pub(crate) is_complete: bool,
    pub(crate) networks: Rc<str>,
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
    databases.iter().any(|database| property(&database, "name").is_some_and(|name| name == ON))
}

/// Payments, behind a button until they are wanted.
#[component]
pub(crate) fn Payments(props: &PaymentsProps) -> Html {
    let wanted = use_state_eq(|| false);
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
        let PaymentsProps { controls, info_hash, is_complete, networks } = props;
        return html! { <Mounted controls={*controls} info_hash={*info_hash} is_complete={*is_complete} networks={networks.clone()} /> };
    }
    let want = Callback::from(move |_: MouseEvent| wanted.set(true));
    html! {
        <div class="actions"><button class="quiet" data-testid="payments-open" onclick={want}>{ words::PAYMENTS }</button></div>
    }
}

#[component]
fn Mounted(props: &PaymentsProps) -> Html {
    let root = use_node_ref();
    let program = use_mut_ref(|| None::<Program>);
    let ready = use_state_eq(|| false);
    use_effect_with((), {
        let (controls, networks) = (props.controls, props.networks.clone());
        let (root, program, ready) = (root.clone(), program.clone(), ready.clone());
        move |()| {
            let send = Closure::<dyn Fn(Vec<u8>)>::new(move |command| controls.purse_command(command));
            let people = Closure::<dyn Fn(Array)>::new(move |people: Array| {
                let money = people.iter().filter_map(|pair| {
                    let pair: Array = pair.dyn_into().ok()?;
                    Some((pair.get(0).as_f64()? as u32, pair.get(1).as_string()?))
                });
                controls.dispatch(Action::Money(money.collect()));
            });
            let mounted = Rc::new(RefCell::new(root.cast::<Element>()));
            let still = Rc::clone(&mounted);
            let functions = [&send.as_ref().clone(), people.as_ref()].map(JsValue::clone);
            let slot = program.clone();
            spawn_local(async move {
                let module = load().await;
                // The user may have left meanwhile.
                let Some(place) = still.borrow().clone() else { return };
                let [send, people] = functions;
                match module.and_then(|module| module.mount(&place, &networks, &send, &people)) {
                    Ok(mounted) => {
                        slot.replace(Some(mounted));
                        ready.set(true);
                    }
                    Err(_unreachable) => controls.complain(words::TIPS_NOT_LOADED),
                }
            });
            let heard = program.clone();
            controls.hear_purse(Some(Rc::new(move |news: &[u8]| {
                if let Some(program) = &*heard.borrow() {
                    program.tell(news);
                }
            })));
            move || {
                controls.hear_purse(None);
                controls.dispatch(Action::Money(Vec::new()));
                mounted.replace(None);
                if let Some(program) = program.take() {
                    program.unmount();
                }
                drop((send, people));
            }
        }
    });
    use_effect_with((*ready, props.info_hash, props.is_complete), move |(_, info_hash, is_complete)| {
        if let Some(program) = &*program.borrow() {
            program.open(&info_hash.to_string(), *is_complete);
        }
    });
    html! { <div ref={root} class="tips-place"></div> }
}

async fn load() -> Result<Module, JsValue> {
    let module: Module = JsFuture::from(load_program(PROGRAM)).await?.unchecked_into();
    JsFuture::from(module.speak(language::spoken().tag())).await?;
    Ok(module)
}
