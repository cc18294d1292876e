//! The choice of when to download a file.

use language::Word;
use protocol::Priority;
use web_sys::HtmlSelectElement;
use yew::functional::{Hook, HookContext};
use yew::prelude::*;

use crate::view::part::Part;
use crate::words;

/// What can be chosen, in order.
const CHOICES: [(Priority, Word); 4] = [
    (Priority::High, words::PRIORITY_HIGH),
    (Priority::Normal, words::PRIORITY_NORMAL),
    (Priority::Low, words::PRIORITY_LOW),
    (Priority::Skip, words::PRIORITY_SKIP),
];

/// Shows the user's choice at once, and then what the engine made of it.
#[derive(PartialEq)]
pub(crate) struct PriorityChoice {
    /// What the engine says.
    pub(crate) priority: Priority,
    /// The file's path.
    pub(crate) path: AttrValue,
    /// The user wants this.
    pub(crate) onchange: Callback<Priority>,
}

impl Part for PriorityChoice {
    const NAME: &'static str = "priority";

    fn draw(&self, hooks: &mut HookContext) -> Html {
        use_priority_choice(self).run(hooks)
    }
}

#[hook]
fn use_priority_choice(props: &PriorityChoice) -> Html {
    let field = use_node_ref();
    // An option's attribute would say what is chosen at first, and nothing of later.
    use_effect_with(props.priority, {
        let field = field.clone();
        move |priority: &Priority| {
            let place = CHOICES.iter().position(|(choice, _)| choice == priority);
            if let (Some(field), Some(place)) = (field.cast::<HtmlSelectElement>(), place) {
                field.set_selected_index(place as i32);
            }
        }
    });
    let onchange = props.onchange.reform(|event: Event| {
        let place = event.target_unchecked_into::<HtmlSelectElement>().selected_index();
        CHOICES.get(place as usize).map_or(Priority::Normal, |(priority, _)| *priority)
    });
    html! {
        <select ref={field} class="priority" data-testid="file-priority"
            aria-label={words::when_to_download(&props.path)} {onchange}>
            { for CHOICES.map(|(_, name)| html! { <option>{ name }</option> }) }
        </select>
    }
}
