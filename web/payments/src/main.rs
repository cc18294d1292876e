//! The program of payments; everything is in the library, where tests reach it.

fn main() {
    payments::start();
}
