//! WebTorrent tracker messages, shared by page and server.
