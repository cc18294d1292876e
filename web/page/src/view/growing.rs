//! Lists that are drawn as far as they are seen: thousands of lines would make every change slow.

use wasm_bindgen::prelude::*;
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit};
use yew::prelude::*;

/// Lines that are drawn at first, and how many more whenever their end comes near.
const STEP: usize = 60;

/// How many of `total` lines are to be drawn, and what stands at the end of these if there are more. All anew when `name`
/// changes. The lines have keys, too: if not each part of a list has one, all are drawn anew when it grows, and the browser
/// keeps the end in view instead of what the user looks at, which makes it grow again, to the last line.
#[hook]
pub(crate) fn use_growing<T: PartialEq + 'static>(total: usize, name: T) -> (usize, Option<Html>) {
    let drawn = use_state_eq(|| STEP);
    let end = use_node_ref();
    use_effect_with(name, {
        let drawn = drawn.clone();
        move |_| drawn.set(STEP)
    });
    use_effect_with((*drawn, *drawn < total), {
        let (drawn, end) = (drawn.clone(), end.clone());
        move |(count, more): &(usize, bool)| {
            let count = *count;
            let watch = more.then(|| {
                let near = Closure::<dyn Fn(Vec<IntersectionObserverEntry>)>::new(
                    move |entries: Vec<IntersectionObserverEntry>| {
                        if entries.iter().any(IntersectionObserverEntry::is_intersecting) {
                            drawn.set(count + STEP);
                        }
                    },
                );
                let options = IntersectionObserverInit::new();
                options.set_root_margin("600px");
                let function = near.as_ref().unchecked_ref();
                let observer = IntersectionObserver::new_with_options(function, &options).ok();
                if let (Some(observer), Some(end)) = (&observer, end.cast::<Element>()) {
                    observer.observe(&end);
                }
                (observer, near)
            });
            move || {
                if let Some((Some(observer), _near)) = watch {
                    observer.disconnect();
                }
            }
        }
    });
    let shown = total.min(*drawn);
    let more = || html! { <li key="more" ref={end} class="more" aria-hidden="true" /> };
    (shown, (shown < total).then(more))
}
