#!/usr/bin/env python3
"""Acquires a useq plan with pymmcore-plus and publishes every frame, so that stedloop scores it (rig kind zmq-frames).

    python acquire_useq.py PLAN --config scope.cfg [--bind tcp://127.0.0.1:5557] [--pixel-size NM] [--wait S]

PLAN is a useq MDASequence (.json, .yaml) or a JSON list of MDAEvents. It begins when somebody listens; README.md says more.
"""

import argparse
import json
import sys
import threading
import time
from pathlib import Path

import numpy as np
import useq
import zmq
from pymmcore_plus import CMMCorePlus


def load_plan(path):
    """The events in order. @raise SystemExit naming what is wrong with the file"""
    try:
        if path.suffix == ".json" and isinstance(events := json.loads(path.read_text(encoding="utf-8")), list):
            return [useq.MDAEvent.model_validate(event) for event in events]
        return list(useq.MDASequence.from_file(path))
    except (OSError, ValueError) as error:
        raise SystemExit(f"{path}: no useq plan: {error}")


def known(core, event):
    """The event without what this microscope does not have: the settings of another rig are kept as metadata alone."""
    devices, changes = set(core.getLoadedDevices()), {}
    if event.properties:
        changes["properties"] = [p for p in event.properties if p[0] in devices]
    channel = event.channel
    if channel and channel.config not in (
        core.getAvailableConfigs(channel.group) if channel.group in core.getAvailableConfigGroups() else ()
    ):
        print(f"no preset '{channel.config}' in group '{channel.group}': taken as the microscope stands", file=sys.stderr)
        changes["channel"] = None
    return event.model_copy(update=changes)


def header(image, event, planned, meta, pixel_nm):
    """The JSON part of a frame. `planned` is the event as the file has it, with the channel's name in any case."""
    name = planned.channel.config if planned.channel else ""
    told = planned.metadata.get("stedloop", {})
    settings = told.get("settings") or {p[1]: p[2] for p in planned.properties or [] if isinstance(p[2], (int, float))}
    nm = pixel_nm or 1000 * meta.get("pixel_size_um", 0)
    return {
        "dtype": image.dtype.str,
        "shape": list(image.shape),
        **({"pixelSizeNm": nm} if nm else {}),
        "kind": told.get("kind") or ("confocal" if "conf" in name.lower() or name in ("before", "after") else "sted"),
        "settings": {**settings, **({"exposureMs": event.exposure} if event.exposure else {})},
        "index": {str(k): v for k, v in event.index.items()},
        "position": event.pos_name,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("plan", type=Path)
    parser.add_argument("--config", required=True, help="Micro-Manager's .cfg file")
    parser.add_argument("--bind", default="tcp://127.0.0.1:5557", help="loopback: a publisher has no locks")
    parser.add_argument("--pixel-size", type=float, help="nm; default Micro-Manager's")
    parser.add_argument("--wait", type=float, default=60, help="seconds until somebody must listen")
    options = parser.parse_args()
    planned = load_plan(options.plan)
    core = CMMCorePlus()
    core.loadSystemConfiguration(options.config)
    events = [known(core, event) for event in planned]
    socket = zmq.Context().socket(zmq.XPUB)
    socket.sndhwm, socket.linger = 0, 5000
    socket.bind(options.bind)
    address = socket.getsockopt_string(zmq.LAST_ENDPOINT)
    print(json.dumps({"ready": True, "frames": address, "events": len(events)}), flush=True)
    if not socket.poll(options.wait * 1000):
        raise SystemExit(f"nobody listened to {address} within {options.wait:g} s")
    socket.recv()
    sent, lock = 0, threading.Lock()

    def publish(image, event, meta):
        nonlocal sent
        image = np.ascontiguousarray(image)
        with lock:
            head = header(image, event, planned[sent], meta, options.pixel_size)
            topic = f"useq/{head['kind']}/{event.pos_name or sent}"
            socket.send_multipart([topic.encode(), json.dumps(head).encode(), image.tobytes()])
            sent += 1

    core.mda.events.frameReady.connect(publish)
    try:
        core.mda.run(events)
    finally:
        # The engine shuts after each exposure; once more, in case it was interrupted in one.
        for device in core.getLoadedDevices():
            if core.getDeviceType(device).name == "ShutterDevice":
                core.setShutterOpen(device, False)
        core.mda.events.frameReady.disconnect(publish)
    print(json.dumps({"acquired": sent}), flush=True)
    core.unloadAllDevices()
    time.sleep(0.2)
    socket.close()
    return 0 if sent == len(events) else 1


if __name__ == "__main__":
    sys.exit(main())
