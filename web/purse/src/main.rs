//! The purse's program; everything is in the library, where tests reach it.

fn main() {
    seedcast_purse::start();
}
