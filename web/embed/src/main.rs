//! The player's program, started by `embed.html`.

fn main() {
    embed::run();
}
