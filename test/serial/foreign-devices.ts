/**
 * Devices as other people may simulate them: written from the protocol facts alone, each with liberties that the facts
 * leave. They answer in their own spelling, leave out what the facts do not promise, and come in pieces.
 */
export interface ForeignDevice {
  readonly kind: string;
  readonly name: string;
  readonly channel?: number;
  /** The whole answer with its ends; undefined = silence. */
  readonly answer: (command: string) => string | undefined;
  readonly emits: () => boolean;
  readonly setMw: () => number;
  readonly askMw?: number;
}
type Make = () => ForeignDevice;

const mpb: Make = () => {
  let [mw, on, polls] = [199.9, false, 0];
  const ok = (text: string): string => `\r\n ${text}\r\nD > `;
  return {
    kind: "mpb-vfl",
    name: "blanks, CR LF, fractions, units, no flags, no key, no model, sets answered by the bare prompt",
    emits: () => on,
    setMw: () => mw,
    askMw: 500,
    answer(command) {
      const [word = "", ...args] = command.toLowerCase().split(/\s+/);
      if (word === "getsn") return ok("0012345");
      if (word === "getlaserstate") return ok(on ? (polls++ < 2 ? "31" : "42.0") : "00");
      if (word === "getldenable") return ok(on ? "01" : "00");
      if (word === "getpowerenable") return ok("1");
      if (word === "getpowersetptlim") return ok("199.90 mW  3050.00 mW");
      if (word === "getpower") return ok(`${mw.toFixed(2)} mW`);
      if (word === "power") return ok(on ? `${mw.toFixed(2)}` : "-0.3");
      if (word === "setpower" && args[0] === "0") {
        mw = Number(args[1]);
        return "D >";
      }
      if (word === "setldenable") {
        on = args[0] === "1";
        return "D >";
      }
      return "RS232.C 1 UNKNOWN_COMMAND\r\nF >";
    },
  };
};

const cobolt: Make = () => {
  let [w, on] = [0.01, false];
  return {
    kind: "cobolt-06",
    name: "echo, a line feed and a blank before values, watts with three decimals, gsn? and @cobasks? only, no gam?",
    emits: () => on,
    setMw: () => w * 1000,
    answer(command) {
      const say = (text: string): string => `${command}\r\n\n ${text}\r\n`;
      const power = /^p (.+)$/.exec(command)?.[1];
      if (power !== undefined) {
        w = Number(power);
        return say("OK");
      }
      if (command === "@cob1" || command === "l0" || command === "@cob0") {
        on = command === "@cob1";
        return say("ok");
      }
      const values: Record<string, string> = {
        "?": "OK",
        "gsn?": "4711",
        "gfv?": "CAP-1004-01.00",
        "glm?": "0561-06-01-0100-100",
        "gmlp?": "0100.0",
        "p?": w.toFixed(3),
        "pa?": (on ? w : 0).toFixed(4),
        "l?": on ? "1" : "0",
        "f?": "0",
        "ilk?": "0",
        "@cobasks?": "1",
        "gom?": on ? "2" : "0",
        cp: "OK",
      };
      return say(values[command] ?? "SYNTAX ERROR: illegal command");
    },
  };
};

const coboltTree: Make = () => {
  let [mw, on, mode] = [5, false, "ConstantCurrent"];
  return {
    kind: "cobolt-06",
    name: "the new firmware: the tree alone, faults in words",
    emits: () => on && mode === "ConstantPower",
    setMw: () => mw,
    answer(command) {
      const lower = command.toLowerCase();
      const set = /^laser:cp:power:setpoint ([\d.]+)$/.exec(lower)?.[1];
      if (set !== undefined) mw = Number(set);
      if (lower.startsWith("laser:runmode ")) mode = command.slice(14);
      if (lower === "@cob1") on = true;
      if (lower === "l0") on = false;
      if (set !== undefined || /^(laser:runmode |@cob1$|l0$)/.test(lower)) return "OK\r\n";
      const values: Record<string, string> = {
        "?": "OK",
        "sn?": "31337",
        "gfv?": "IMP-1011-02",
        "laser:cp:power:setpoint?": `${mw.toFixed(1)}`,
        "laser:cp:power:setpoint? max": "120.0",
        "laser:power:reading?": (on ? mw : 0).toFixed(2),
        "state?": on ? "AutostartLaserOn" : "AutostartOff",
        "fault?": "No fault",
        "l?": on ? "1" : "0",
        "gkses?": "1",
        "ilk?": "0",
      };
      return `${values[lower] ?? "Syntax error: illegal command"}\r\n`;
    },
  };
};

const skyra: Make = () => {
  let [mw, on, active] = [5, false, false];
  return {
    kind: "skyra",
    name: "line 2, set point told in mW only, `2l1` only once the line is active",
    channel: 2,
    emits: () => on,
    setMw: () => mw,
    answer(command) {
      const power = /^2p ([\d.]+)$/.exec(command)?.[1];
      if (power !== undefined) mw = Number(power) * 1000;
      if (/^2sla [01]$/.test(command)) active = command.endsWith("1");
      if (command === "2l1" && !active) return "Syntax error: not active\r\n";
      if (command === "2l1") on = true;
      if (command === "2l0") on = false;
      if (power !== undefined || /^2(sla [01]|l[01])$/.test(command)) return "OK\r\n";
      const values: Record<string, string> = {
        "?": "OK",
        "sn?": "77",
        "gfv?": "9.001",
        "2gmlp?": "50",
        "2glp?": mw.toFixed(1),
        "2pa?": on ? (mw / 1000).toFixed(5) : "0.00000",
        "2l?": on ? "1" : "0",
        "2gam?": "1",
        "f?": "00",
        "gom?": on ? "4" : "8",
        "ilk?": "0",
        "gkses?": "1",
      };
      return `${values[command] ?? "Syntax error: illegal command"}\r\n`;
    },
  };
};

const obis: Make = () => {
  let [w, on, shake, asks] = [0.01, false, false, 0];
  return {
    kind: "obis",
    name: "behind a remote that answers for itself, handshake off at first, watts with four decimals, CDRH delay, lock in words",
    emits: () => on,
    setMw: () => w * 1000,
    answer(command) {
      const text = command.toUpperCase();
      const end = (): string => (shake ? "OK\r\n" : "");
      if (text === "SYST:COMM:HAND ON") {
        shake = true;
        return end();
      }
      if (text === "SYST:COMM:PROM OFF") return end() || undefined;
      const power = /^SOUR1:POW:LEV:IMM:AMPL ([\d.]+)$/.exec(text)?.[1];
      if (power !== undefined) w = Number(power);
      if (/^SOUR1:AM:STAT O(N|FF)$/.test(text)) on = text.endsWith("ON");
      if (power !== undefined || /^SOUR1:AM:STAT O/.test(text)) {
        asks = 0;
        return end() || undefined;
      }
      const values: Record<string, string> = {
        "*IDN?": "Coherent, Inc. - OBIS Remote - 1.3",
        "SYST:INF:SNUM?": "REMOTE9",
        "SYST1:INF:SNUM?": "LASER5",
        "SYST1:INF:MOD?": "OBIS 561nm LS 100mW",
        "SOUR1:AM:STAT?": on ? "ON" : "OFF",
        "SOUR1:POW:LEV:IMM:AMPL?": w.toFixed(4),
        "SOUR1:POW:LEV?": on ? `${w.toFixed(5)}` : "0.00000",
        "SOUR1:POW:LIM:LOW?": "0.00500",
        "SOUR1:POW:LIM:HIGH?": "1.1e-1",
        "SYST1:STAT?": on ? (asks++ < 2 ? "c8001010" : "c8001002") : "c8001004",
        "SYST1:LOCK?": "CLOSED",
        "SYST1:FAUL?": "00000000",
        "SOUR1:AM:SOUR?": "CWP",
      };
      const value = values[text];
      if (value === undefined) return shake ? "ERR-100\r\n" : undefined;
      return `${value}\r\n${end()}`;
    },
  };
};

const aa: Make = () => {
  let [dbm, on] = [10, false];
  return {
    kind: "aa-mpds",
    name: "four channels, temperature and supply lines first, NULs and blanks in the table, no name",
    channel: 4,
    emits: () => on,
    setMw: () => 10 ** (dbm / 10),
    answer(command) {
      const fast = /^L4(?:D([\d.]+))?(I1)?(?:O([01]))?$/i.exec(command);
      if (fast !== null) {
        if (fast[1] !== undefined) dbm = Number(fast[1]);
        if (fast[3] !== undefined) on = fast[3] === "1";
        return `l4F 98.500P${dbm.toFixed(2).padStart(6)}S${Number(on)} \n\r`;
      }
      if (/^S$/i.test(command)) {
        const row = (n: number, p: number, lit: boolean): string =>
          `l${n} F= 98.500 P=${p.toFixed(3).padStart(7)} - ${lit ? "ON" : "OFF"} INTERNAL\0`;
        const rows = [row(1, 0, false), row(2, 0, false), row(3, 0, false), row(4, dbm, on)];
        return `\n\rTemp=31.5\n\rAlim=24.1V\n\r${rows.join("\n\r")}\n\rBlanking  ON  INTERNAL\n\r?`;
      }
      return "\n\r?";
    },
  };
};

const luxx: Make = () => {
  let [level, on, asks] = [0, false, 0];
  const news = "$MDP012.3\r";
  return {
    kind: "luxx",
    name: "ad-hoc lines, lower-case hex, NULs, no POn, no MDP, light some looks later",
    emits: () => on,
    setMw: () => (level / 4095) * 120,
    answer(command) {
      const set = /^\?SLP([0-9a-f]{3})$/i.exec(command)?.[1];
      if (set !== undefined) level = Number.parseInt(set, 16);
      if (command === "?LOn" || command === "?LOf") {
        on = command === "?LOn";
        asks = 0;
      }
      const values: Record<string, string> = {
        "?GFw": "PhoxX\xa712\xa7V3.1",
        "?GSN": "P-0815",
        "?GMP": "120.0",
        "?GLP": level.toString(16).padStart(3, "0"),
        "?GAS": on && asks++ > 1 ? "00c2" : "00c0",
        "?GFB": "0000",
        "?LOn": ">",
        "?LOf": ">",
      };
      const value = set !== undefined ? ">" : values[command];
      return value === undefined ? `${news}!UK\r` : `\0${news}!${command.slice(1, 4)}${value}\r`;
    },
  };
};

const ibeam: Make = () => {
  let [mw, on, echo, prompt] = [1, false, true, true];
  return {
    kind: "ibeam-smart",
    name: "a shell with echo and prompt, information and warnings, wide columns, `Pmax =`",
    emits: () => on,
    setMw: () => mw,
    answer(command) {
      const before = `${prompt ? "CMD> " : ""}${echo ? `${command}\r\n` : ""}`;
      const micro = /^ch\w* 2 pow\w* (\d+) mic/.exec(command)?.[1];
      if (micro !== undefined) mw = Number(micro) / 1000;
      if (/^la\w* o/.test(command)) on = command.endsWith("on");
      if (command === "echo off") echo = false;
      if (command === "prompt off") prompt = false;
      const values: Record<string, string> = {
        "sh serial": "  SN: iBEAM-000123",
        "sta la": on ? "ON " : "OFF ",
        "sh level pow": `CH1, PWR:   0.000 mW\r\nCH2, PWR:  ${mw.toFixed(3)} mW`,
        "sh pow": `PIC  = ${Math.round(on ? mw * 1000 : 0)} uW  `,
        "sh sat": "Wavelength: 640 nm\r\nPmax =  150 mW\r\nVersion: 3",
        "la on": "%SYS-W-021, check the sample",
        "ch 2 pow 20000 mic": "%SYS-I-077, done",
      };
      const known = /^(echo|prompt|talk|en 2|la o|ch 2)/.test(command);
      const text = values[command] ?? (known ? "" : "%SYS-E-020, what?");
      return `${before}${text === "" ? "" : `\r\n${text}`}\r\n[OK]\r\n`;
    },
  };
};

const sc10: Make = () => {
  let [open, first] = [false, true];
  return {
    kind: "sc10",
    name: "its first exchange fails, no mode?, CR LF, blanks",
    emits: () => open,
    setMw: () => 0,
    answer(command) {
      const error = `${command}\r\nCommand error CMD_NOT_DEFINED\r\n\r\n> `;
      if (first) {
        first = false;
        return error;
      }
      if (command === "ens") {
        open = !open;
        return `${command}\r\n> `;
      }
      if (command === "mode=1") return `${command}\r> `;
      if (command === "ens?") return `${command}\r\n ${Number(open)}\r\n> `;
      return command.toLowerCase() === "*idn?" ? `${command}\rTHORLABS SC10 VERSION 1.10\r\r> ` : error;
    },
  };
};

const oxxius: Make = () => {
  let [mw, on] = [1, false];
  return {
    kind: "oxxius",
    name: "an LBX that repeats the question and the value, tells no greatest power",
    emits: () => on,
    setMw: () => mw,
    answer(command) {
      const power = /^p ([\d.]+)$/.exec(command)?.[1];
      if (power !== undefined) mw = Number(power);
      if (/^dl [01]$/.test(command)) on = command === "dl 1";
      if (power !== undefined || /^(dl|apc) /.test(command)) return `${command.replace(" ", "=")}\r\n`;
      const values: Record<string, string> = {
        "inf?": "LBX-488-100-CSB-PPA",
        "hid?": "LAS-04711",
        "?sta": `?sta=${on ? 3 : 2}`,
        "?f": "?f=0",
        "?int": "?int=1",
        "?sp": `?sp=${mw.toFixed(1)}`,
        "?p": `?p=${on ? mw.toFixed(2) : "0.00"}`,
      };
      return `${values[command] ?? "????"}\r\n`;
    },
  };
};

const oxxiusDpss: Make = () => {
  let [percent, on] = [0, false];
  return {
    kind: "oxxius",
    name: "an LCX: power in per cent",
    emits: () => on,
    setMw: () => (percent / 100) * 300,
    answer(command) {
      const power = /^ip ([\d.]+)$/.exec(command)?.[1];
      if (power !== undefined) percent = Number(power);
      if (/^dl [01]$/.test(command)) on = command === "dl 1";
      if (power !== undefined || /^dl /.test(command)) return "OK\r\n";
      const values: Record<string, string> = {
        "inf?": "LCX-561-300",
        "hid?": "L1",
        "?sta": on ? "3" : "2",
        "?f": "0",
        "?int": "1",
        ip: percent.toFixed(1),
        "?p": on ? (percent * 3).toFixed(1) : "0",
      };
      return `${values[command] ?? "????"}\r\n`;
    },
  };
};

const katana: Make = () => {
  let [w, on] = [0.2, false];
  return {
    kind: "katana",
    name: "`done` after sets, debug chatter, a stray byte, emission in words",
    emits: () => on,
    setMw: () => w * 1000,
    askMw: 800,
    answer(command) {
      const power = /^lp=([\d.]+)$/.exec(command)?.[1];
      if (power !== undefined) w = Number(power);
      if (/^le=[01]$/.test(command)) on = command === "le=1";
      if (/=/.test(command)) return "dbg tec ok\r\ndone\r\n ";
      const values: Record<string, string> = {
        "lp?": `lp=${w.toFixed(3)}`,
        "lpa?": `lpa=${on ? w.toFixed(3) : "0.000"}`,
        "le?": `laser enable status: ${Number(on)}`,
      };
      return `dbg tec ok\r\n${values[command] ?? "unknown (Error 3)"}\r\n `;
    },
  };
};

export const foreignDevices: readonly Make[] = [
  mpb,
  cobolt,
  coboltTree,
  skyra,
  obis,
  aa,
  luxx,
  ibeam,
  sc10,
  oxxius,
  oxxiusDpss,
  katana,
];
