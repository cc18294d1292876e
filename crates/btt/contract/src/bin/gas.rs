//! Prints what each call of the contract costs, as a table for documents.

use btt_contract::gas::{HEAD, costs};

fn main() {
    println!("{HEAD}");
    for cost in costs() {
        println!("{cost}");
    }
}
