"""libtorrent, as the tests use it.

    peer.py create FORMAT PATH TORRENT      describes the file or folder PATH in the new file TORRENT
    peer.py inspect TORRENT                 reads a torrent file
    peer.py run SOURCE FOLDER TRACKER       shares or downloads in FOLDER what SOURCE names, a torrent file or a
                                            magnet link, until it is killed

FORMAT is v1, v2 or hybrid. The first two print what they found as JSON. The third prints what happens, and "complete"
when it has everything in its files.
"""

import json
import os
import sys

import libtorrent as lt

FORMATS = {
    "v1": lt.create_torrent.v1_only,
    "v2": lt.create_torrent.v2_only,
    "hybrid": 0,
}

SESSION = {
    # Without an address to listen on, it does not announce either.
    "listen_interfaces": "127.0.0.1:0",
    "webtorrent_stun_server": "",
    "enable_dht": False,
    "enable_lsd": False,
    "enable_upnp": False,
    "enable_natpmp": False,
    # All peers are on this machine.
    "allow_multiple_connections_per_ip": True,
    # It announces again after 60 s at the earliest, unless it is told otherwise.
    "min_websocket_announce_interval": 5,
    "alert_mask": lt.alert_category.error
    | lt.alert_category.status
    | lt.alert_category.storage
    | lt.alert_category.tracker
    | lt.alert_category.connect
    | lt.alert_category.peer,
}


def create(form, path, torrent):
    # Small pieces: few bytes make many.
    creation = lt.create_torrent(lt.list_files(path), 16 * 1024, FORMATS[form])
    lt.set_piece_hashes(creation, os.path.dirname(path))
    with open(torrent, "wb") as file:
        file.write(lt.bencode(creation.generate()))
    inspect(torrent)


def inspect(torrent):
    params = lt.load_torrent_file(torrent)
    hashes = params.info_hashes
    files = params.ti.layout()
    description = {
        "v1": str(hashes.v1) if hashes.has_v1() else None,
        "v2": str(hashes.v2) if hashes.has_v2() else None,
        "name": params.ti.name(),
        "piece_length": files.piece_length(),
        "files": [
            {"path": files.file_path(index), "length": files.file_size(index)}
            for index in range(files.num_files())
            if not files.file_flags(index) & lt.file_flags_t.flag_pad_file
        ],
        "magnet": lt.make_magnet_uri(params),
    }
    print(json.dumps(description))


def run(source, folder, tracker):
    session = lt.session(SESSION)
    if source.startswith("magnet:"):
        params = lt.parse_magnet_uri(source)
    else:
        params = lt.load_torrent_file(source)
    params.save_path = folder
    params.trackers = [tracker]
    torrent = session.add_torrent(params)
    flushing = False
    while True:
        session.wait_for_alert(100)
        for alert in session.pop_alerts():
            print(type(alert).__name__, alert.message(), flush=True)
            if flushing and isinstance(alert, lt.cache_flushed_alert):
                print("complete", flush=True)
        if torrent.status().is_seeding and not flushing:
            # It may have verified more than it has written.
            flushing = True
            torrent.flush_cache()


if __name__ == "__main__":
    {"create": create, "inspect": inspect, "run": run}[sys.argv[1]](*sys.argv[2:])
