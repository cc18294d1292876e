//! The door to programs that are drawn on the page and loaded when they are first needed: tips and payments.

use std::cell::RefCell;
use std::rc::Rc;

use host::browser::load_program;
use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Element;
use yew::prelude::*;

use crate::controls::Controls;
use crate::words;

#[wasm_bindgen]
extern "C" {
    /// A program's module.
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

    /// A program where it is drawn.
    pub(crate) type Program;

    /// Takes bytes of a message.
    #[wasm_bindgen(method)]
    pub(crate) fn tell(this: &Program, news: &[u8]);

    /// Payments alone: which torrent is open.
    #[wasm_bindgen(method)]
    pub(crate) fn open(this: &Program, info_hash: &str, is_complete: bool);

    /// Payments alone: who would pay, by the link that led to that torrent, and whether the user wants that.
    #[wasm_bindgen(method)]
    pub(crate) fn sponsor(this: &Program, url: &str, ticket: &str, is_accepted: bool);

    #[wasm_bindgen(method)]
    fn unmount(this: &Program);
}

/// What a program calls.
pub(crate) struct Calls {
    /// Takes bytes of a message.
    pub(crate) send: Closure<dyn Fn(Vec<u8>)>,
    /// Of payments alone: takes what is said of people.
    pub(crate) people: Option<Closure<dyn Fn(Array)>>,
}

/// A program on the page.
#[derive(Clone)]
pub(crate) struct Place {
    /// The element that it is drawn into.
    pub(crate) root: NodeRef,
    /// The program, while it is there.
    pub(crate) program: Rc<RefCell<Option<Program>>>,
    /// Whether it is.
    pub(crate) is_ready: bool,
}

/// Loads the program of this file, beside the page, and draws it for as long as the component is there.
#[hook]
pub(crate) fn use_program(
    file: &'static str,
    controls: Controls,
    networks: &Rc<str>,
    calls: impl FnOnce() -> Calls + 'static,
) -> Place {
    let root = use_node_ref();
    let program = use_mut_ref(|| None::<Program>);
    let ready = use_state_eq(|| false);
    let place = Place { root: root.clone(), program: program.clone(), is_ready: *ready };
    let networks = networks.clone();
    use_effect_with((), move |()| {
        let Calls { send, people } = calls();
        let to_people = people.as_ref().map_or(JsValue::UNDEFINED, |people| people.as_ref().clone());
        let functions = [send.as_ref().clone(), to_people];
        let mounted = Rc::new(RefCell::new(root.cast::<Element>()));
        let (still, slot) = (Rc::clone(&mounted), program.clone());
        spawn_local(async move {
            let module = load(file).await;
            // The user may have left meanwhile.
            let Some(place) = still.borrow().clone() else { return };
            let [send, people] = functions;
            match module.and_then(|module| module.mount(&place, &networks, &send, &people)) {
                Ok(mounted) => {
                    slot.replace(Some(mounted));
                    ready.set(true);
                }
                Err(_unreachable) => controls.complain(words::PART_NOT_LOADED),
            }
        });
        move || {
            mounted.replace(None);
            if let Some(program) = program.take() {
                program.unmount();
            }
            drop((send, people));
        }
    });
    place
}

async fn load(file: &str) -> Result<Module, JsValue> {
    let module: Module = JsFuture::from(load_program(file)).await?.unchecked_into();
    JsFuture::from(module.speak(language::spoken().tag())).await?;
    Ok(module)
}
