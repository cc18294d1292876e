//! The program of tips; everything is in the library, where tests reach it.

fn main() {
    tips::start();
}
