//! Parts of the page with a state of their own.

use std::any::Any;
use std::fmt::Display;
use std::rc::Rc;

use yew::functional::{Hook, HookContext};
use yew::prelude::*;
use yew::virtual_dom::{Key, VComp};

/// A part of the page that is drawn with hooks, and drawn anew when it is not equal to what stood there before.
///
/// For Yew, all of them are one component: what surrounds a component is compiled anew for each type of it, and downloaded
/// by every visitor.
pub(crate) trait Part: PartialEq + 'static {
    /// Tells it from all other parts.
    const NAME: &'static str;

    fn draw(&self, hooks: &mut HookContext) -> Html;

    /// The part, where none like it stands beside it.
    fn html(self) -> Html
    where
        Self: Sized,
    {
        place(Rc::new(self), Self::NAME.into())
    }

    /// The part, whose state is that of this key.
    fn keyed(self, key: impl Display) -> Html
    where
        Self: Sized,
    {
        place(Rc::new(self), format!("{} {key}", Self::NAME).into())
    }
}

/// A part of any type.
trait AnyPart: Any {
    fn draw(&self, hooks: &mut HookContext) -> Html;
    fn is_equal(&self, other: &dyn Any) -> bool;
}

impl<P: Part> AnyPart for P {
    fn draw(&self, hooks: &mut HookContext) -> Html {
        Part::draw(self, hooks)
    }

    fn is_equal(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<Self>().is_some_and(|other| self == other)
    }
}

/// Yew keeps the state of what has the same key, which therefore begins with the part's name.
fn place(part: Rc<dyn AnyPart>, key: Key) -> Html {
    VComp::new::<Place>(Rc::new(PlaceProps { part }), Some(key)).into()
}

#[derive(Properties)]
struct PlaceProps {
    part: Rc<dyn AnyPart>,
}

impl PartialEq for PlaceProps {
    fn eq(&self, other: &Self) -> bool {
        let other: &dyn Any = &*other.part;
        self.part.is_equal(other)
    }
}

#[component]
fn Place(props: &PlaceProps) -> Html {
    use_part(&*props.part)
}

/// The hooks of a part.
fn use_part(part: &dyn AnyPart) -> impl Hook<Output = Html> {
    struct Drawn<'a>(&'a dyn AnyPart);

    impl Hook for Drawn<'_> {
        type Output = Html;

        fn run(self, hooks: &mut HookContext) -> Html {
            self.0.draw(hooks)
        }
    }

    Drawn(part)
}
