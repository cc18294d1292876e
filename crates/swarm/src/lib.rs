//! The sans-IO piece engine.
