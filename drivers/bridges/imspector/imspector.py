#!/usr/bin/env python3
"""A stedloop rig server for Imspector (Abberior) microscopes, by Abberior's package specpy (specpy, pyzmq).

    python imspector.py --config rig.json [--bind tcp://127.0.0.1:5555] [--events tcp://127.0.0.1:5556] [--lease MS] [--keys DIR]

README.md says what rig.json holds, what turns the light off, and what this cannot do.
"""

import argparse, atexit, collections, json, math, queue, signal, sys, threading, time, uuid
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import specpy
import zmq

NAME, VERSION = "stedloop imspector bridge", "1"
DEFAULT_PATHS = {"enabled": "ExpControl/gating/linesteps/laser_enabled", "x": "ExpControl/scan/range/x", "y": "ExpControl/scan/range/y"}


class ImspectorRig:
    """The active measurement of a running Imspector: its scan, its lasers by number, its first stack as the image."""

    def __init__(self, config, folder):
        host = config.get("host")
        self.app = specpy.get_application(host) if host else specpy.get_application()
        self.measurement = self.app.active_measurement()
        names = self.measurement.configuration_names()
        wanted = config.get("configuration")
        if wanted and wanted not in names:
            raise SystemExit(f"the active measurement has no configuration '{wanted}'; it has {', '.join(names)}")
        if wanted:
            self.measurement.activate(self.measurement.configuration(wanted))
        self.scan = self.measurement.active_configuration()
        self.paths = {**DEFAULT_PATHS, **config.get("paths", {})}
        self.stage = config.get("stage")
        self.stack = config.get("stack", 0)
        self.faults, self.kinds, self.limits = [], ["confocal", "sted"], config.get("limits", {})
        self.gate, self.closed, self.running, self.ended = threading.Lock(), False, False, threading.Event()
        self.sources = config["light"]
        self.light = [{"name": s["name"], "kind": s["kind"], "on": True, "powerMw": 0.0, "confirmed": False} for s in self.sources]
        extra = ("path", "calibration", "perUnit", "perPixel")
        self.parameters = [{k: v for k, v in p.items() if k not in extra} for p in config["parameters"]]
        self.targets = {p["name"]: p for p in config["parameters"]}
        self.scales = {p["name"]: Scale(p["name"], p) for p in config["parameters"]}
        for source in self.sources:
            if source.get("parameter") and source["parameter"] not in self.targets:
                raise SystemExit(f"light '{source['name']}': there is no parameter '{source['parameter']}'")
        self.lasers = len(self.get(self.paths["enabled"]))
        for source in self.sources:
            if not 0 <= source["laser"] < self.lasers:
                raise SystemExit(f"light '{source['name']}': Imspector has lasers 0 to {self.lasers - 1}")
        self.app.connect_measurement_cb(self.on_end, specpy.MeasurementSignal.end_measurement)
        self.dark()
        self.identity = {
            "name": config.get("name", "Imspector"),
            "vendor": "Abberior",
            "model": f"Imspector {self.app.version()}",
            "serial": config.get("serial", ""),
        }
        psz = [self.get(f"{self.paths[axis]}/psz") for axis in "xy"]
        if abs(psz[0] / psz[1] - 1) > 0.01:
            raise SystemExit(f"pixels must be square: Imspector scans {psz[0] * 1e9:g} x {psz[1] * 1e9:g} nm")
        self.size = [round(self.get(f"{self.paths[axis]}/len") / p) for axis, p in zip("xy", psz)]
        self.pixel_nm = round(psz[0] * 1e9, 3)
        self.regions = "stage" if self.stage else "none"
        self.moves, self.home = 0, self.position()
        self.region = self.here()

    def get(self, path):
        return self.scan.parameters(path)

    def set(self, path, value):
        self.scan.set_parameters(path, value)

    # -- place
    def position(self):
        return tuple(self.get(self.stage[axis]) * 1e6 for axis in "xy") if self.stage else (0.0, 0.0)

    def here(self):
        x, y = self.position()
        return {
            "id": f"region-{self.moves}",
            "xUm": x,
            "yUm": y,
            "widthPx": self.size[0],
            "heightPx": self.size[1],
            "pixelSizeNm": self.pixel_nm,
        }

    def move(self, params, stop):
        if params.get("move") == "next":  # a square spiral around where the bridge was started, fields a tenth apart
            pitch = 1.1 * max(self.size) * self.pixel_nm / 1000
            place = [h + pitch * s for h, s in zip(self.home, spiral(self.moves + 1))]
        else:
            place = [params["xUm"], params["yUm"]]
        for axis, value in zip("xy", place):
            low, high = self.stage.get("travelUm", {}).get(axis, (-math.inf, math.inf))
            if not low <= value <= high:
                raise Refused("OUT_OF_RANGE", f"{axis}Um: {value} is outside the stage's {low} to {high}")
        for axis, value in zip("xy", place):
            self.set(self.stage[axis], value * 1e-6)
        if stop.wait(self.stage.get("settleMs", 300) / 1000):
            raise Stopped
        self.moves += 1
        self.region = self.here()
        return self.region

    # -- exposure
    def scan_ms(self, settings):
        pixels = self.size[0] * self.size[1]
        dwell = settings.get("dwellTimeUs", 0) * settings.get("lineRepeats", 1)
        return dwell * pixels / 1000 + 500

    def expose(self, kind, settings, stop):
        used = [i for i, s in enumerate(self.sources) if kind in s.get("use", ["confocal", "sted"]) and self.is_used(s, settings)]
        for name, target in self.targets.items():
            value = self.scales[name].to_device(settings[name])
            self.set(target["path"], int(round(value)) if target.get("integer") else value)
        actual = {name: self.scales[name].to_setting(float(self.get(t["path"]))) for name, t in self.targets.items()}
        try:
            self.begin(used, settings, stop)
            limit = time.monotonic() + 2 * self.scan_ms(settings) / 1000 + 5
            while not self.ended.wait(0.005):
                if stop.is_set():
                    raise Stopped
                if time.monotonic() > limit:
                    raise Refused("TIMEOUT", "Imspector did not say that the scan has ended")
            image = np.squeeze(np.asarray(self.scan.stack(self.stack).data()))
            if stop.is_set():
                raise Stopped
        finally:
            self.dark()
        if image.ndim > 2:  # arrival times or repeated frames come first
            image = image.reshape(-1, *image.shape[-2:]).sum(axis=0)
        if list(image.shape) != [self.size[1], self.size[0]]:
            raise Refused("INTERNAL", f"the stack is {image.shape}, the scan {self.size[1]} x {self.size[0]}: is it the right stack?")
        full = np.iinfo(image.dtype).max if image.dtype.kind in "iu" else math.inf
        saturated = int((image >= full).sum())
        return np.maximum(image, 0).astype(np.uint64 if image.dtype.kind in "iu" else np.float32), actual, saturated

    def is_used(self, source, settings):
        return not source.get("parameter") or settings[source["parameter"]] > 0

    def begin(self, used, settings, stop):
        with self.gate:  # so that nothing starts after `dark` has stopped it
            if stop.is_set():
                raise Stopped
            self.set(self.paths["enabled"], [n in [self.sources[i]["laser"] for i in used] for n in range(self.lasers)])
            self.ended.clear()
            self.running = True
            for i in used:
                name = self.sources[i].get("parameter", "")
                power = settings.get(name, 0)
                self.update(i, on=True, confirmed=True, powerMw=power / 1000 if name.endswith("Uw") else power)
            self.app.start(self.measurement)

    def on_end(self, *_):
        self.running = False
        self.ended.set()

    # -- light
    def update(self, i, **change):
        self.light = [{**l, **change} if k == i else l for k, l in enumerate(self.light)]

    def dark(self):
        """The scan stopped, every laser of the configuration disabled and read back; what is not known is shown as on."""
        if self.closed:
            return
        held = self.gate.acquire(timeout=0.3)
        try:
            stopped = not self.running
            for attempt in range(3):
                try:
                    if self.running:
                        self.app.pause(self.measurement)
                        self.ended.wait(0.3)
                        stopped = not self.running
                    self.set(self.paths["enabled"], [False] * self.lasers)
                    enabled = list(self.get(self.paths["enabled"]))
                    for i, source in enumerate(self.sources):
                        off = stopped and not enabled[source["laser"]]
                        self.update(i, on=not off, confirmed=off, **({"powerMw": 0.0} if off else {}))
                    if stopped and not any(enabled):
                        break
                except Exception as error:
                    for i in range(len(self.sources)):
                        self.update(i, on=True, confirmed=False)
                    log(f"Imspector does not go dark ({error}), try {attempt + 1}")
        finally:
            if held:
                self.gate.release()

    def close(self):
        self.app.disconnect_measurement_cb(self.on_end, specpy.MeasurementSignal.end_measurement)
        self.closed = True


# ---- stedrig/1 server, the same text in every bridge ----------------------------------------------------------------
class Refused(Exception):
    """A request that is answered by an error; `code` is one of the protocol's."""

    def __init__(self, code, message, details=None):
        super().__init__(message)
        retryable = code in ("BUSY", "SAFE_STATE", "TIMEOUT", "DEVICE_LOST", "ABORTED")
        self.error = {"code": code, "message": message, "retryable": retryable, "details": details or {}}


class Stopped(Exception):
    """Raised inside `expose` and `move` once their `stop` is set."""


class Server:
    """Answers `stedrig/1` for a rig object. The main thread only talks; one worker thread touches the rig, and a third
    is started whenever light must go off, so that neither a long scan nor a stuck device keeps the others waiting.

    A rig has: identity, kinds, parameters, limits, regions ("stage", "next" or "none"), region (a dictionary or None),
    light (list of dictionaries, last known), faults (list), scan_ms(settings), expose(kind, settings, stop) -> (2-D
    array, actual, saturated), move(params, stop) -> region, dark() (every source off and read back; never raises), close().
    """

    METHODS = ("hello", "heartbeat", "status", "region", "acquire", "frame", "abort", "release", "safe", "resume")
    OWNED = ("acquire", "region", "resume", "release")

    def __init__(self, rig, commands, events, lease_ms, keys=None):
        self.rig, self.lease_s, self.start = rig, lease_ms / 1000, str(uuid.uuid4())
        self.owner, self.heard, self.safe, self.job, self.stuck = None, 0.0, False, None, None
        self.frames, self.count, self.seq, self.told = [], 0, 0, None
        self.answers, self.darkening, self.waiting, self.tried = {}, None, [], 0.0
        self.todo, self.ending, self.epoch = queue.Queue(), False, time.time() - time.monotonic()
        self.context = zmq.Context()
        if keys:
            self.guard = key_guard(self.context, keys)
        for endpoint in (commands, events):
            host = endpoint.split("://")[-1].rsplit(":", 1)[0]
            if not keys and host not in ("127.0.0.1", "localhost", "[::1]"):
                raise SystemExit(f"{endpoint} can be reached by other computers: that needs --keys (stedloop keys new)")
        self.router = self.bind(zmq.ROUTER, commands, "commands", keys)
        self.pub = self.bind(zmq.PUB, events, "events", keys)
        self.worker = threading.Thread(target=self.work, daemon=True)
        self.worker.start()

    def bind(self, kind, endpoint, domain, keys):
        socket = self.context.socket(kind)
        socket.linger, socket.maxmsgsize = 200, 1 << 20
        if keys:
            pair = json.loads((Path(keys) / "server.key").read_text())
            socket.zap_domain, socket.curve_server = domain.encode(), True
            socket.curve_publickey, socket.curve_secretkey = pair["publicKey"].encode(), pair["secretKey"].encode()
        socket.bind(endpoint)
        return socket

    # -- the main loop
    def serve(self):
        for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), lambda *_: setattr(self, "ending", True))
        where = [s.getsockopt_string(zmq.LAST_ENDPOINT) for s in (self.router, self.pub)]
        print(json.dumps({"ready": True, "commands": where[0], "events": where[1]}), flush=True)
        self.events, beat = where[1], time.monotonic()
        try:
            while not self.ending:
                if self.router.poll(5):
                    self.receive(self.router.recv_multipart())
                self.look()
                if time.monotonic() >= beat:
                    beat += 1
                    self.publish("beat", {"state": self.state()})
        finally:
            self.end()

    def end(self):
        """However the loop ended: light off first, then everything else, each step in spite of the others."""
        self.stop_job("safe")
        self.darken()
        self.darkening.join(5)
        if self.worker.is_alive():
            self.todo.put(None)
            self.worker.join(2)
        for step in (self.rig.dark, self.rig.close, lambda: self.context.destroy(linger=200)):
            try:
                step()
            except Exception as error:
                log(f"at the end: {error}")
        lit = [l["name"] for l in self.rig.light if l["on"] or not l["confirmed"]]
        log("light off and read back" if not lit else f"NOT CONFIRMED DARK: {', '.join(lit)}")

    def look(self):
        """What happens by itself: the lease, the end of a job, light that went off, a change to tell."""
        now = time.monotonic()
        if self.owner and now - self.heard > self.lease_s:
            self.owner, self.safe = None, True
            self.stop_job("lease")
            self.darken()
        job = self.job
        if job:
            while job["fresh"]:
                self.take(job, job["fresh"].popleft())
            if not job["cause"] and now > job["until"]:
                self.stop_job("timeout")
                self.darken()
            # A device that does not let go keeps no answer back, once its light is known to be off.
            if job["over"] or (job["cause"] and now - job["since"] > 0.4 and self.is_dark()):
                self.job, self.stuck = None, None if job["over"] else job
                self.finish_job(job)
        if self.stuck and self.stuck["over"]:
            self.stuck = None
        if self.waiting and (self.is_dark() and not self.job or now - self.waiting[0][2] > 3):
            for ident, method, _ in self.waiting:
                self.darkened(ident, method)
            self.waiting = []
        if (self.safe or not self.job) and not self.is_dark() and now - self.tried > 1:
            self.darken()  # again and again until it is confirmed
        seen = (self.state(), self.owner, json.dumps(self.rig.light))
        if seen != self.told:
            self.told = seen
            self.publish("state", {"state": seen[0], "owner": self.owner, "light": self.rig.light})

    def work(self):
        while (job := self.todo.get()) is not None:
            try:
                job["result"] = job["run"](job)
            except Stopped:
                pass
            except Refused as error:
                job["error"] = error
            except Exception as error:  # whatever a vendor's library throws
                log(f"{type(error).__name__}: {error}")
                job["error"] = Refused("DEVICE_LOST", f"{type(error).__name__}: {error}")
                self.rig.faults = [*self.rig.faults, {"code": "DEVICE_LOST", "message": str(error), "source": "rig"}][-20:]
            finally:
                if job["method"] == "acquire":
                    self.rig.dark()
                job["over"] = True

    def expose(self, job):
        began = time.monotonic()
        for step in job["steps"]:
            if job["stop"].is_set():
                raise Stopped
            image, actual, saturated = self.rig.expose(step["kind"], step["settings"], job["stop"])
            (h, w), (width, height) = image.shape, job["size"]
            top, left = (h - height) // 2, (w - width) // 2
            part = np.ascontiguousarray(image[top : top + height, left : left + width])
            part = part.astype("<u2" if part.dtype.kind in "bu" and part.max(initial=0) < 65536 else "<f4")
            job["fresh"].append((step, part, actual, saturated))
        return {"durationMs": (time.monotonic() - began) * 1000}

    def take(self, job, frame):
        step, image, actual, saturated = frame
        self.count += 1
        head = {
            "part": len(job["taken"]),
            "frameId": str(uuid.uuid4()),
            "dtype": "uint16" if image.dtype.kind == "u" else "float32",
            "shape": list(image.shape),
            "pixelSizeNm": job["region"]["pixelSizeNm"],
            "kind": step["kind"],
            "settings": step["settings"],
            "actual": actual,
            "region": job["region"]["id"],
            "frameSeq": self.count,
            "acquiredAt": stamp(),
            "saturated": int(saturated),
        }
        job["taken"].append((head, image.tobytes()))
        self.frames = (self.frames + [job["taken"][-1]])[-64:]
        more = {"part": 0, "origin": "request", "request": job["id"]}
        self.publish(f"frame.{step['kind']}", {**head, **more}, job["taken"][-1][1])

    def finish_job(self, job):
        while job["fresh"]:
            self.take(job, job["fresh"].popleft())
        heads, pixels = [t[0] for t in job["taken"]], [t[1] for t in job["taken"]]
        if job["cause"] == "timeout":
            self.answer(job["id"], Refused("TIMEOUT", "the acquisition took too long; light is off"))
        elif job["cause"] and (job["error"] or not job["result"]):
            self.answer(job["id"], Refused("ABORTED", f"ended by {job['cause']}", {"cause": job["cause"], "frames": heads}), pixels)
        elif job["error"]:
            self.answer(job["id"], job["error"])
        elif job["method"] == "region":
            self.answer(job["id"], {"region": job["result"]})
        else:
            self.answer(job["id"], {"frames": heads, **job["result"]}, pixels)

    # -- light
    def stop_job(self, cause):
        if self.job and not self.job["cause"]:
            self.job["cause"], self.job["since"] = cause, time.monotonic()
            self.job["stop"].set()

    def darken(self):
        self.tried = time.monotonic()
        if self.darkening is None or not self.darkening.is_alive():
            self.darkening = threading.Thread(target=self.rig.dark, daemon=True)
            self.darkening.start()

    def is_dark(self):
        running = self.darkening is not None and self.darkening.is_alive()
        return not running and all(l["confirmed"] and not l["on"] for l in self.rig.light)

    def darkened(self, ident, method):
        if not self.is_dark():
            lit = ", ".join(l["name"] for l in self.rig.light if l["on"] or not l["confirmed"])
            self.publish("fault", {"code": "DEVICE_LOST", "message": f"not confirmed dark: {lit}", "source": lit})
            return self.answer(ident, Refused("DEVICE_LOST", f"not confirmed dark: {lit}", {"light": self.rig.light}))
        if method == "release":
            self.owner = None
        self.answer(ident, {"light": self.rig.light} if method == "safe" else {})

    # -- messages
    def state(self):
        """`safe` is only said once it is dark; until then what was said last, and `fault` when light does not go off."""
        if self.job and self.job["method"] == "acquire":
            return "acquiring"
        if not self.safe:
            return "idle"
        if self.darkening is not None and self.darkening.is_alive() and self.told:
            return self.told[0]
        return "safe" if self.is_dark() else "fault"

    def now(self):
        return (self.epoch + time.monotonic()) * 1000

    def publish(self, topic, body, *pixels):
        self.seq += 1
        head = {"seq": self.seq, "start": self.start, "topic": topic, "at": stamp(), **body}
        self.pub.send_multipart([topic.encode(), json.dumps(head).encode(), *pixels])

    def receive(self, parts):
        to, word, text = parts[0], parts[1] if len(parts) > 1 else b"", parts[2] if len(parts) > 2 else b""
        ident = None
        try:
            try:
                header = json.loads(text)
            except ValueError:
                header = None
            ident = header.get("id") if isinstance(header, dict) and isinstance(header.get("id"), str) else None
            if word != b"stedrig/1":
                raise Refused("UNSUPPORTED_VERSION", "this server speaks stedrig/1", {"supported": ["stedrig/1"]})
            if ident is None or not isinstance(header.get("session"), str) or not isinstance(header.get("method"), str):
                raise Refused("BAD_PARAMS", "id, session, method: texts are needed")
            if ident in self.answers:
                entry = self.answers[ident]
                entry["to"].append(to)
                return self.flush(entry)
            method, params = header["method"], header.get("params") or {}
            if method != "hello" and not is_number(header.get("expiresAt")):
                raise Refused("BAD_PARAMS", "expiresAt: a number is needed")
            if method != "hello" and self.now() > header["expiresAt"]:
                raise Refused("EXPIRED", "the request came after its expiresAt", {"now": self.now()})
            if method not in self.METHODS:
                raise Refused("UNKNOWN_METHOD", f"no method '{method}' here")
            if not isinstance(params, dict):
                raise Refused("BAD_PARAMS", "params: an object is needed")
            if header["session"] == self.owner:
                self.heard = time.monotonic()
            self.may(method, header["session"])
            self.answers[ident] = {"to": [to], "reply": None, "at": time.monotonic()}
            result = getattr(self, "do_" + method)(params, ident, header["session"])
            if result is not None:
                self.answer(ident, *(result if isinstance(result, tuple) else (result,)))
        except Refused as error:
            self.answers.pop(ident, None)
            self.router.send_multipart([to, b"stedrig/1", json.dumps({"id": ident, "ok": False, "error": error.error}).encode()])
        except Exception as error:  # a message must never end the loop that keeps the lease
            log(f"INTERNAL {type(error).__name__}: {error}")
            self.answers.pop(ident, None)
            inside = Refused("INTERNAL", f"{type(error).__name__}: {error}").error
            self.router.send_multipart([to, b"stedrig/1", json.dumps({"id": ident, "ok": False, "error": inside}).encode()])

    def may(self, method, session):
        left = {"owner": self.owner, "leaseLeftMs": max(0, (self.lease_s - time.monotonic() + self.heard) * 1000)}
        if method in self.OWNED and self.owner not in (None, session):
            raise Refused("BUSY", "another session owns the rig", left)
        if method == "acquire" and self.safe:
            raise Refused("SAFE_STATE", "the rig is safe; an operator must resume it")
        if method in ("acquire", "region", "release") and (self.job or self.stuck):
            raise Refused("BUSY", "the rig is busy with another request", left)

    def answer(self, ident, result, pixels=()):
        entry = self.answers.setdefault(ident, {"to": [], "reply": None, "at": time.monotonic()})
        body = {"ok": False, "error": result.error} if isinstance(result, Refused) else {"ok": True, "result": result}
        entry["reply"] = [b"stedrig/1", json.dumps({"id": ident, **body}).encode(), *pixels]
        self.flush(entry)
        done = [k for k, v in self.answers.items() if v["reply"]]
        for old in done[:-16]:
            if time.monotonic() - self.answers[old]["at"] > 300 or len(self.answers[old]["reply"]) > 2 or len(done) > 5000:
                del self.answers[old]

    def flush(self, entry):
        while entry["reply"] and entry["to"]:
            self.router.send_multipart([entry["to"].pop(), *entry["reply"]])

    # -- methods
    def do_hello(self, params, ident, session):
        rig = self.rig
        capabilities = {
            "kinds": rig.kinds,
            "parameters": rig.parameters,
            "limits": rig.limits,
            "channels": [],
            "regions": rig.regions,
            "focus": False,
            "progress": False,
            "observe": False,
            "concurrent": True,
        }
        return {
            "rig": rig.identity,
            "server": {"name": NAME, "version": VERSION},
            "protocol": "stedrig/1",
            "start": self.start,
            "session": session,
            "now": self.now(),
            "leaseMs": self.lease_s * 1000,
            "events": self.events,
            "capabilities": capabilities,
        }

    def do_heartbeat(self, params, ident, session):
        return {"state": self.state(), "leaseMs": self.lease_s * 1000, "now": self.now()}

    def do_status(self, params, ident, session):
        owner = {"owner": self.owner} if self.owner else {}
        return {"state": self.state(), **owner, "light": self.rig.light, "faults": self.rig.faults, "region": self.rig.region}

    def do_region(self, params, ident, session):
        place = is_number(params.get("xUm")) and is_number(params.get("yUm"))
        if self.rig.regions == "none":
            raise Refused("BAD_PARAMS", "move: this rig cannot change its region")
        if not place and params.get("move") != "next" or place and self.rig.regions != "stage":
            raise Refused("BAD_PARAMS", 'move: "next" is needed' if self.rig.regions == "next" else 'xUm, yUm: a place, or move: "next"')
        self.claim(session)
        self.begin(ident, "region", lambda job: self.rig.move(params, job["stop"]), 60)

    def do_acquire(self, params, ident, session):
        steps, size = self.check(params)
        self.claim(session)
        scan_s = sum(self.rig.scan_ms(step["settings"]) for step in steps) / 1000
        wait = params["timeoutMs"] / 1000 if is_number(params.get("timeoutMs")) else 2 * scan_s + 10
        self.begin(ident, "acquire", self.expose, wait, steps=steps, size=size, region=self.rig.region)

    def do_frame(self, params, ident, session):
        if not ("frameSeq" in params or "frameId" in params):
            raise Refused("BAD_PARAMS", "frameSeq or frameId is needed")
        for head, pixels in self.frames:
            if head["frameSeq"] == params.get("frameSeq") or head["frameId"] == params.get("frameId"):
                return {"frames": [{**head, "part": 0}]}, [pixels]
        raise Refused("GONE", "this frame is not among the last 64")

    def do_abort(self, params, ident, session):
        if not self.job or self.job["method"] != "acquire" or params.get("id", self.job["id"]) != self.job["id"]:
            return {"aborted": []}
        self.stop_job("abort")
        self.darken()
        return {"aborted": [self.job["id"]]}

    def do_safe(self, params, ident, session):
        log(f"safe: {params.get('reason', '')}")
        self.safe = True
        self.stop_job("safe")
        self.wait_dark(ident, "safe")

    def do_release(self, params, ident, session):
        self.wait_dark(ident, "release")

    def do_resume(self, params, ident, session):
        if self.safe:
            self.claim(session)
            self.safe = False
        return {"state": self.state()}

    def wait_dark(self, ident, method):
        self.darken()
        self.waiting.append((ident, method, time.monotonic()))

    def claim(self, session):
        self.owner, self.heard = session, time.monotonic()

    def begin(self, ident, method, run, seconds, **more):
        self.job = {
            "id": ident,
            "method": method,
            "run": run,
            "stop": threading.Event(),
            "cause": None,
            "since": 0.0,
            "over": False,
            "error": None,
            "result": None,
            "taken": [],
            "fresh": collections.deque(),
            "until": time.monotonic() + seconds,
            **more,
        }
        self.todo.put(self.job)

    def check(self, params):
        """Steps with every setting filled in: all BAD_PARAMS first, then OUT_OF_RANGE."""
        given_steps, outside, steps = params.get("steps"), None, []
        if not isinstance(given_steps, list) or not given_steps:
            raise Refused("BAD_PARAMS", "steps: a list of steps is needed")
        for i, step in enumerate(given_steps):
            kind, given = (step.get("kind"), step.get("settings", {})) if isinstance(step, dict) else (None, None)
            if kind not in self.rig.kinds or not isinstance(given, dict):
                raise Refused("BAD_PARAMS", f"steps.{i}: kind ({' or '.join(self.rig.kinds)}) and settings are needed")
            at, names = f"steps.{i}.settings", {spec["name"] for spec in self.rig.parameters}
            for name, value in given.items():
                if name not in names and {"lineRepeats": 1, "depletionPowerMw": 0}.get(name) != value:
                    raise Refused("BAD_PARAMS", f"{at}.{name}: this rig has no such parameter")
            settings = {}
            for spec in self.rig.parameters:
                name = spec["name"]
                value = given.get(name, {"lineRepeats": 1, "depletionPowerMw": 0}.get(name, spec.get("default")))
                if not is_number(value) or spec.get("integer") and value != int(value):
                    raise Refused("BAD_PARAMS", f"{at}.{name}: a {'whole ' if spec.get('integer') else ''}number is needed")
                off = name == "depletionPowerMw" and (kind == "confocal" or value == 0)
                top = min(spec["max"], self.rig.limits.get(name, spec)["max"])
                if not off and not spec["min"] <= value <= top:
                    outside = outside or Refused("OUT_OF_RANGE", f"{at}.{name}: {value} is outside {spec['min']} to {top}")
                settings[name] = 0 if off else value
            steps.append({"kind": kind, "settings": settings})
        region = self.rig.region
        size = params.get("widthPx", region["widthPx"]), params.get("heightPx", region["heightPx"])
        if params.get("region", region["id"]) != region["id"]:
            raise Refused("BAD_PARAMS", f"region: '{params['region']}' is not the current one ({region['id']})")
        if not all(isinstance(v, int) and not isinstance(v, bool) for v in size):
            raise Refused("BAD_PARAMS", "widthPx, heightPx: whole numbers are needed")
        if not (1 <= size[0] <= region["widthPx"] and 1 <= size[1] <= region["heightPx"]):
            outside = outside or Refused("OUT_OF_RANGE", f"widthPx, heightPx: {size[0]} x {size[1]} is not inside the region")
        if outside:
            raise outside
        return steps, size


def key_guard(context, folder):
    """Only keys in controllers/ may command, those in viewers/ may listen too (files of `stedloop keys new`)."""
    from zmq.auth.thread import ThreadAuthenticator

    class Known:
        def __init__(self, roles):
            self.roles = roles

        def callback(self, domain, key):
            files = [f for role in self.roles for f in (Path(folder) / role).glob("*.pub")]
            return key.decode() in {f.read_text().strip() for f in files}

    guard = ThreadAuthenticator(context)
    guard.start()
    guard.configure_curve_callback("commands", Known(["controllers"]))
    guard.configure_curve_callback("events", Known(["controllers", "viewers"]))
    return guard


class Scale:
    """A device's own value for a setting: `perUnit` times it, or a measured table [[device value, setting], ...]
    between whose rows a straight line is drawn; outside the table nothing is guessed."""

    def __init__(self, name, spec):
        table = spec.get("calibration")
        self.device, self.setting = zip(*table) if table else ((0.0, spec.get("perUnit", 1.0)), (0.0, 1.0))
        rising = all(a < b for a, b in zip(self.setting, self.setting[1:])) and len(set(np.sign(np.diff(self.device)))) == 1
        if not rising:
            raise SystemExit(f"{name}: calibration must rise row by row, and the device's value be monotone")
        if table and not self.setting[0] <= spec.get("min", 0) <= spec.get("max", 0) <= self.setting[-1]:
            raise SystemExit(f"{name}: min and max must lie inside the calibration ({self.setting[0]} to {self.setting[-1]})")
        self.table = bool(table)

    def to_device(self, value):
        if not self.table:
            return value * self.device[1]
        return float(np.interp(value, self.setting, self.device))

    def to_setting(self, value):
        if not self.table:
            return value / self.device[1]
        order = np.argsort(self.device)
        return float(np.interp(value, np.array(self.device)[order], np.array(self.setting)[order]))


def spiral(n):
    """Place n of a square spiral: (0, 0), (1, 0), (1, 1), (0, 1), (-1, 1), ..."""
    x = y = 0
    dx, dy, run, left, turns = 1, 0, 1, 1, 0
    for _ in range(n):
        x, y, left = x + dx, y + dy, left - 1
        if left == 0:
            dx, dy, turns = -dy, dx, turns + 1
            run += turns % 2 == 0
            left = run
    return x, y


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def stamp():
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def log(text):
    print(f"{stamp()} {text}", file=sys.stderr, flush=True)


def run(make_rig):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", required=True, help="JSON file, see README.md")
    parser.add_argument("--bind", default="tcp://127.0.0.1:5555", help="commands")
    parser.add_argument("--events", default="tcp://127.0.0.1:5556")
    parser.add_argument("--lease", type=int, default=3000, help="ms without a word from the owner until light goes off")
    parser.add_argument("--keys", help="folder of `stedloop keys new`; needed off loopback")
    options = parser.parse_args()
    path = Path(options.config)
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SystemExit(f"{path}: cannot be read: {error}") from None
    try:
        rig = make_rig(config, path.parent)
    except KeyError as error:
        raise SystemExit(f"{path}: {error} is missing") from None
    except Exception as error:  # whatever a vendor's library throws
        raise SystemExit(f"the microscope cannot be opened: {type(error).__name__}: {error}") from None
    atexit.register(rig.dark)  # for an end before or outside the server's own
    Server(rig, options.bind, options.events, options.lease, options.keys).serve()


# ---- end of the stedrig/1 server -------------------------------------------------------------------------------------

if __name__ == "__main__":
    run(ImspectorRig)
