"""Makes the torrents beside this file with libtorrent 2.1.1 (pip install libtorrent==2.1.1)."""

import os
import tempfile

import libtorrent

FILES = {
    "folder/B/c.bin": 65536,
    "folder/B/d.bin": 16384,
    "folder/a.txt": 5,
    "folder/b.bin": 100000,
    "folder/empty": 0,
    "folder/z.bin": 40000,
    "one.bin": 200000,
}
VERSIONS = {
    "v2": libtorrent.create_torrent.v2_only,
    "hybrid": 0,
}


def content(length):
    """What version_two.rs fills files of this length with."""
    state, made = length, bytearray()
    for _ in range(length):
        state = (state * 1103515245 + 12345) % 2**31
        made.append(state >> 16 & 255)
    return bytes(made)


here = os.path.dirname(os.path.abspath(__file__))
with tempfile.TemporaryDirectory() as place:
    for path, length in FILES.items():
        path = os.path.join(place, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content(length))
    for name in ["folder", "one.bin"]:
        for version, flags in VERSIONS.items():
            for piece_length in [16384, 65536]:
                files = libtorrent.file_storage()
                libtorrent.add_files(files, os.path.join(place, name))
                torrent = libtorrent.create_torrent(files, piece_size=piece_length, flags=flags)
                libtorrent.set_piece_hashes(torrent, place)
                made = torrent.generate()
                made.pop(b"creation date", None)
                label = f"{name.split('.')[0]}-{version}-{piece_length >> 10}.torrent"
                with open(os.path.join(here, label), "wb") as file:
                    file.write(libtorrent.bencode(made))
                hashes = libtorrent.torrent_info(made).info_hashes()
                print(label, hashes.v1, hashes.v2)
