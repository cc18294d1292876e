//! Makes Rust of `web/words/en/embed.txt`.

fn main() -> std::io::Result<()> {
    language::rust_of("embed")
}
