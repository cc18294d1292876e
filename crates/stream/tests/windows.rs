//! What is fetched ahead of a reader.

use std::time::Duration;

use metainfo::{FileSpan, Geometry};
use proptest::prelude::*;
use stream::{Window, opening};

const MIB: u64 = 1 << 20;

fn geometry() -> Geometry {
    Geometry::new(100 * MIB, MIB as u32).expect("neither length is zero")
}

/// First megabytes of what is due, and when, in seconds.
fn due(window: &mut Window) -> Vec<(u64, u64)> {
    let due = window.next(&geometry());
    due.into_iter().map(|(span, wait)| (span.offset / MIB, wait.as_secs())).collect()
}

fn seconds(megabytes: std::ops::Range<u64>) -> Vec<(u64, u64)> {
    megabytes.clone().map(|at| (at, at - megabytes.start)).collect()
}

#[test]
fn pieces_are_due_when_the_player_comes_to_them() {
    let mut window = Window::new(10 * MIB..100 * MIB, Some(MIB));
    assert_eq!(due(&mut window), seconds(10..30));
    let mut window = Window::new(10 * MIB..100 * MIB, Some(MIB / 2));
    assert_eq!(due(&mut window).last(), Some(&(19, 18)));
}

#[test]
fn the_window_moves_on_with_the_reader_in_large_steps() {
    let mut window = Window::new(0..100 * MIB, Some(MIB));
    due(&mut window);
    window.advance(4 * MIB);
    assert_eq!(due(&mut window), [], "small steps are saved up");
    window.advance(MIB);
    assert_eq!(due(&mut window), [(20, 15), (21, 16), (22, 17), (23, 18), (24, 19)]);
}

#[test]
fn nothing_behind_the_end_is_due() {
    let mut window = Window::new(98 * MIB..99 * MIB, None);
    assert_eq!(due(&mut window), [(98, 0)]);
    assert_eq!(due(&mut window), []);
}

#[test]
fn the_tail_comes_right_after_the_head() {
    let mut window = Window::new(0..100 * MIB, Some(MIB)).with_tail();
    assert_eq!(due(&mut window)[..3], [(0, 0), (99, 0), (1, 1)]);
}

#[test]
fn what_was_not_read_is_taken_back() {
    let mut window = Window::new(0..100 * MIB, Some(MIB)).with_tail();
    due(&mut window);
    window.advance(3 * MIB);
    let pending: Vec<_> = window.pending().collect();
    let tail = 64 * 1024;
    assert_eq!(
        pending,
        [FileSpan { offset: 3 * MIB, length: 17 * MIB }, FileSpan { offset: 100 * MIB - tail, length: tail }]
    );
}

#[test]
fn a_window_that_another_reader_took_back_is_due_anew() {
    let mut window = Window::new(0..100 * MIB, Some(MIB));
    due(&mut window);
    window.advance(2 * MIB);
    window.renew();
    assert_eq!(due(&mut window), seconds(2..22));
}

proptest! {
    #[test]
    fn a_reader_always_finds_the_next_bytes_due(
        start in 0..100 * MIB,
        rate in prop::option::of(0..u64::MAX),
        steps in prop::collection::vec(0..5 * MIB, 0..40),
    ) {
        let geometry = geometry();
        let mut window = Window::new(start..100 * MIB, rate);
        let mut covered = start;
        let mut at = start;
        for step in steps {
            let mut last = Duration::ZERO;
            for (span, wait) in window.next(&geometry) {
                prop_assert!(span.offset <= covered && span.end() >= covered, "no gap");
                prop_assert!(wait >= last, "in order");
                (covered, last) = (span.end(), wait);
            }
            prop_assert!(covered >= (at + 3 * MIB).min(100 * MIB), "enough ahead");
            prop_assert!(covered <= (at + 33 * MIB).min(100 * MIB), "not too much");
            window.advance(step);
            at = (at + step).min(100 * MIB);
            covered = covered.max(at);
            prop_assert_eq!(window.rest(), at..100 * MIB);
        }
    }
}

#[test]
fn the_opening_of_a_film_is_its_start_and_where_its_index_may_be() {
    let film = FileSpan { offset: 300, length: 100 << 20 };
    let start = FileSpan { offset: 300, length: 1 << 20 };
    let tail = FileSpan { offset: film.end() - (64 << 10), length: 64 << 10 };
    assert_eq!(opening(film, "video/mp4").collect::<Vec<_>>(), [start, tail]);
    assert_eq!(opening(film, "video/webm").collect::<Vec<_>>(), [start]);

    let short = FileSpan { offset: 300, length: 20 };
    assert_eq!(opening(short, "video/mp4").collect::<Vec<_>>(), [short, short]);
}
