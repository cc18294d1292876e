//! The pure tracker index.
