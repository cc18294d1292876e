//! Deterministic swarm simulator over the real engine and tracker index.
