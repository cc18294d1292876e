//! The swarms of docs/swarm.md keep the rules and stay within what their files expect.

use std::fs;
use std::path::Path;

use sim::{Scenario, simulate};

fn expect_as_documented(name: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name).with_extension("json");
    let json = fs::read_to_string(file).expect("every scenario has a file");
    let scenario = Scenario::parse(&json).expect("its file is a scenario");
    let report = simulate(&scenario).expect("the numbers make a torrent");
    assert_eq!(report.broken_rules(&scenario), [""; 0]);
    assert_eq!(report.missed(&scenario), [""; 0]);
}

/// A test for each scenario, so that they run side by side.
macro_rules! scenarios {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            expect_as_documented(stringify!($name));
        })*

        #[test]
        fn none_is_left_out() {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
            let files = fs::read_dir(folder).expect("there is a folder of scenarios").count();
            assert_eq!(files, [$(stringify!($name)),*].len());
        }
    };
}

scenarios!(
    crowd equal film_after_a_kill film_again film_alone film_places free_riders homes liars liars_hybrid market orphans pair
    playback slow_seed strangers ten trickle
);
