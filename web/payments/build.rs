//! Makes Rust of `web/words/en/payments.txt`.

fn main() -> std::io::Result<()> {
    language::rust_of("payments")
}
