//! Makes Rust of `web/words/en/tips.txt`.

fn main() -> std::io::Result<()> {
    language::rust_of("tips")
}
