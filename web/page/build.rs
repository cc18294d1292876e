//! Makes Rust of `web/words/en/page.txt`.

fn main() -> std::io::Result<()> {
    language::rust_of("page")
}
