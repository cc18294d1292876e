//! The page's program, started by `index.html`.

fn main() {
    page::run();
}
