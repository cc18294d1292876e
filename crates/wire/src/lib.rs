//! The BitTorrent peer wire protocol as a streaming codec.
