//! A harness for real browsers.
