//! The speeds of the last two minutes, as lines.

use std::collections::VecDeque;
use std::fmt::Write as _;

use yew::prelude::*;

use crate::session::{HISTORY_SECONDS, History};
use crate::words;

/// Height of the chart in its own units; its width is one per second.
const HEIGHT: u64 = 200;
/// Room above and below the lines, for their width.
const MARGIN: u64 = 4;
/// A quiet line must not fill the chart: the scale is at least so many bytes per second.
const LEAST_SCALE: u64 = 50_000;

/// Speeds down and up of the last two minutes.
pub(crate) fn chart(history: &History) -> Html {
    let History { down, up } = history;
    let peak = down.iter().chain(up).copied().max().unwrap_or(0);
    let scale = peak.max(LEAST_SCALE);
    let width = HISTORY_SECONDS - 1;
    html! {
        <figure class="chart">
            <svg viewBox={format!("0 0 {width} {HEIGHT}")} preserveAspectRatio="none" role="img"
                aria-label={words::chart(peak)}>
                <path class="grid" d={format!("M0 {0}H{width}M0 {1}H{width}", HEIGHT / 3, HEIGHT * 2 / 3)} />
                <path class="area" d={area(down, scale)} />
                <path class="line down" d={line(down, scale)} />
                <path class="line up" d={line(up, scale)} />
            </svg>
            <figcaption class="hint"><span>{ words::TWO_MINUTES }</span><span>{ words::peak(peak) }</span></figcaption>
        </figure>
    }
}

/// The line through `speeds`, whose last one is at the right edge.
fn line(speeds: &VecDeque<u64>, scale: u64) -> String {
    let mut path = String::new();
    let start = HISTORY_SECONDS.saturating_sub(speeds.len());
    for (x, speed) in (start..).zip(speeds) {
        let y = HEIGHT - MARGIN - speed.saturating_mul(HEIGHT - 2 * MARGIN) / scale;
        let step = if path.is_empty() { 'M' } else { 'L' };
        // Writing to a string cannot fail.
        let _ = write!(path, "{step}{x} {y}");
    }
    path
}

/// The area under that line.
fn area(speeds: &VecDeque<u64>, scale: u64) -> String {
    let start = HISTORY_SECONDS.saturating_sub(speeds.len());
    match line(speeds, scale) {
        line if line.is_empty() => line,
        line => format!("{line}V{HEIGHT}H{start}z"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_speed_is_at_the_right_edge() {
        let path = line(&VecDeque::from([0, 100_000]), 100_000);
        assert_eq!(path, "M118 196L119 4");
    }

    #[test]
    fn nothing_is_drawn_before_the_first_second() {
        assert_eq!(area(&VecDeque::new(), 100_000), "");
    }
}
