//! The map of a torrent's pieces, on a canvas: thousands of elements would be slow.

use wasm_bindgen::prelude::*;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};
use yew::functional::{Hook, HookContext};
use yew::prelude::*;

use crate::browser::window;
use crate::pieces::{self, Cell};
use crate::view::part::Part;
use crate::words;

/// Side of a cell in CSS pixels, with the gap to the next.
const CELL: f64 = 10.0;
const GAP: f64 = 2.0;
/// More rows than this are drawn as fewer cells that stand for more pieces each.
const MOST_ROWS: u32 = 16;

/// Which pieces are here, and which are on their way.
#[derive(PartialEq)]
pub(crate) struct PieceMap {
    pub(crate) pieces: protocol::PieceMap,
}

impl Part for PieceMap {
    const NAME: &'static str = "pieces";

    fn draw(&self, hooks: &mut HookContext) -> Html {
        use_piece_map(self).run(hooks)
    }
}

#[hook]
fn use_piece_map(props: &PieceMap) -> Html {
    let canvas = use_node_ref();
    let pieces = &props.pieces;
    let here: u32 = pieces.have.iter().map(|byte| byte.count_ones()).sum();
    use_effect_with((canvas.clone(), pieces.clone()), |(canvas, pieces)| redraw(canvas, pieces));
    // The colour of the canvas passes into another one when the theme changes, be it here or in the system.
    let on_theme_change = {
        let (canvas, pieces) = (canvas.clone(), pieces.clone());
        Callback::from(move |_: TransitionEvent| redraw(&canvas, &pieces))
    };
    let described = words::pieces(here, pieces.count, pieces.piece_length);
    html! {
        <figure class="pieces">
            <canvas ref={canvas} class="map" role="img" aria-label={described.clone()}
                ontransitionend={on_theme_change} />
            <figcaption class="hint">{ described }</figcaption>
        </figure>
    }
}

fn redraw(canvas: &NodeRef, pieces: &protocol::PieceMap) {
    if let Some(canvas) = canvas.cast::<HtmlCanvasElement>() {
        // A canvas that cannot be drawn on still has its description.
        let _ = draw(&canvas, pieces);
    }
}

fn draw(canvas: &HtmlCanvasElement, pieces: &protocol::PieceMap) -> Result<(), JsValue> {
    let width = f64::from(canvas.client_width());
    let columns = ((width + GAP) / CELL).max(1.0) as u32;
    let cells = pieces::cells(pieces, columns * MOST_ROWS);
    let rows = (cells.len() as u32).div_ceil(columns).max(1);
    let height = f64::from(rows) * CELL - GAP;
    let sharpness = window().device_pixel_ratio();
    canvas.set_width((width * sharpness) as u32);
    canvas.set_height((height * sharpness) as u32);
    canvas.style().set_property("height", &format!("{}px", height as u32))?;
    let context: CanvasRenderingContext2d =
        canvas.get_context("2d")?.ok_or(JsValue::UNDEFINED)?.unchecked_into();
    context.scale(sharpness, sharpness)?;
    // The style sheet gives the canvas its colours by properties that it does not otherwise need.
    let style = window().get_computed_style(canvas)?.ok_or(JsValue::UNDEFINED)?;
    let missing = style.get_property_value("outline-color")?;
    let here = style.get_property_value("color")?;
    let coming = style.get_property_value("border-top-color")?;
    for (index, cell) in (0..).zip(&cells) {
        let (x, y) = (f64::from(index % columns) * CELL, f64::from(index / columns) * CELL);
        let fill = |colour: &str, opacity: f64| {
            context.set_fill_style_str(colour);
            context.set_global_alpha(opacity);
            context.fill_rect(x, y, CELL - GAP, CELL - GAP);
        };
        let Cell { here: share, coming: arriving } = *cell;
        fill(&missing, 1.0);
        fill(&here, f64::from(share));
        if arriving > 0.0 && share < 1.0 {
            fill(&coming, 0.35 + 0.65 * f64::from(arriving));
        }
    }
    Ok(())
}
