//! A picture of an address, to tell two of them apart at a glance. It proves nothing.

use btt::Address;
use yew::prelude::*;

/// Squares on each side; the right half mirrors the left.
const SIDE: usize = 5;

/// Draws an address.
pub(crate) fn identicon(address: Address) -> Html {
    let bytes = address.as_bytes();
    let hue = (u32::from(bytes[18]) << 8 | u32::from(bytes[19])) % 360;
    let columns = SIDE.div_ceil(2);
    let squares = (0..SIDE * columns).filter(|place| bytes[place % bytes.len()] & 1 == 1).flat_map(|place| {
        let (x, y) = (place / SIDE, place % SIDE);
        [(x, y), (SIDE - 1 - x, y)]
    });
    let path: String = squares.map(|(x, y)| format!("M{x} {y}h1v1h-1z")).collect();
    html! {
        <svg class="identicon" viewBox="-0.5 -0.5 6 6" aria-hidden="true">
            <path d={path} fill={format!("hsl({hue} 60% 45%)")} />
        </svg>
    }
}
