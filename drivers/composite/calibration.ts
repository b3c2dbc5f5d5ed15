import { readFileSync } from "node:fs";
import { ConfigError, ProtocolError } from "../../src/core/index.js";

/** What a power meter at the sample said for each set-point, and when. */
export interface CalibrationFacts {
  /** RFC 3339 date, null where the file does not say. */
  readonly date: string | null;
  readonly wavelengthNm: number | null;
  readonly meter: string | null;
}
interface Row {
  readonly set: number;
  readonly mW: number;
}

/**
 * A measured table: the device's set-point against the power at the sample, mW. Between its rows it is interpolated
 * linearly, which keeps it monotone; beyond them nothing is assumed: a power outside is refused.
 */
export class Calibration {
  constructor(
    readonly facts: CalibrationFacts,
    private readonly rows: readonly Row[],
    private readonly where: string,
  ) {}

  /** Powers at the sample that the table covers, mW. */
  get range(): { readonly min: number; readonly max: number } {
    return { min: this.first.mW, max: this.last.mW };
  }
  /** Set-points that the table covers. */
  get setRange(): { readonly min: number; readonly max: number } {
    return { min: this.first.set, max: this.last.set };
  }

  /** Set-point for a power at the sample. @throws ProtocolError OUT_OF_RANGE beyond the table */
  setFor(mW: number): number {
    return interpolate(this.rows, "mW", "set", mW) ?? this.beyond(mW, this.range, "mW at the sample");
  }

  /** Power at the sample for a set-point that was read back; null beyond the table (nothing is extrapolated). */
  powerAt(set: number): number | null {
    return interpolate(this.rows, "set", "mW", set);
  }

  /** Days between the measurement and `now` (ms since 1970); null where the file has no date. */
  ageDays(now: number): number | null {
    const at = this.facts.date === null ? Number.NaN : Date.parse(this.facts.date);
    return Number.isNaN(at) ? null : (now - at) / 86_400_000;
  }

  private beyond(value: number, range: { min: number; max: number }, unit: string): never {
    throw new ProtocolError(
      "OUT_OF_RANGE",
      `${value} ${unit} is outside the table's ${range.min} … ${range.max}`,
      {
        where: this.where,
        hint: "measure further, or choose a value inside",
      },
    );
  }
  private get first(): Row {
    return this.rows[0] as Row;
  }
  private get last(): Row {
    return this.rows[this.rows.length - 1] as Row;
  }
}

function interpolate(rows: readonly Row[], from: keyof Row, to: keyof Row, value: number): number | null {
  for (let i = 1; i < rows.length; i++) {
    const [a, b] = [rows[i - 1] as Row, rows[i] as Row];
    if (!(value >= a[from] && value <= b[from])) continue;
    return a[to] + ((value - a[from]) / (b[from] - a[from])) * (b[to] - a[to]);
  }
  return null;
}

const columns = ["set", "mWAtSample"];

/** Reads `set,mWAtSample` with a header `# date, wavelengthNm, meter`. @throws ConfigError naming the file's line */
export function readCalibration(path: string): Calibration {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new ConfigError("CALIBRATION", missing ? "no such file" : (cause as Error).message, {
      where: path,
    });
  }
  return parseCalibration(text, path);
}

export function parseCalibration(text: string, path: string): Calibration {
  const fail = (line: number, what: string, hint?: string): never => {
    throw new ConfigError("CALIBRATION", `line ${line}: ${what}`, {
      where: path,
      ...(hint === undefined ? {} : { hint }),
    });
  };
  let facts: CalibrationFacts = { date: null, wavelengthNm: null, meter: null };
  let headed = false;
  const rows: Row[] = [];
  text.split(/\r?\n/).forEach((raw, i) => {
    const line = raw.trim();
    if (line === "") return;
    if (line.startsWith("#")) {
      facts = { ...facts, ...readFacts(line.slice(1)) };
      return;
    }
    const cells = line.split(",").map((cell) => cell.trim());
    if (!headed) {
      if (cells.join() !== columns.join()) {
        fail(i + 1, `the columns are '${line}'`, "they must be named with their units: set,mWAtSample");
      }
      headed = true;
      return;
    }
    const [set, mW] = cells.map(Number);
    if (cells.length !== 2 || cells.includes("") || !Number.isFinite(set) || !Number.isFinite(mW)) {
      fail(i + 1, `'${line}' is not two numbers`);
    }
    const row = { set: set as number, mW: mW as number };
    if (row.set < 0 || row.mW < 0) fail(i + 1, "there is no power below 0");
    const before = rows.at(-1);
    if (before !== undefined && !(row.set > before.set))
      fail(i + 1, `set ${row.set} does not come after ${before.set}`);
    if (before !== undefined && !(row.mW > before.mW)) {
      fail(
        i + 1,
        `not monotone: ${row.mW} mW at ${row.set}, after ${before.mW} mW at ${before.set}`,
        "measure again",
      );
    }
    rows.push(row);
  });
  if (rows.length < 2) fail(text.split(/\r?\n/).length, "fewer than two rows");
  return new Calibration(Object.freeze(facts), rows, path);
}

/** `2026-11-02, 775, PM100D`, or each with its name: `date: 2026-11-02, wavelengthNm: 775, meter: PM100D`. */
function readFacts(comment: string): Partial<CalibrationFacts> {
  const names = ["date", "wavelengthNm", "meter"];
  const out: Record<string, string> = {};
  comment.split(",").forEach((part, i) => {
    const named = /^\s*(date|wavelengthNm|meter)\s*[:=]\s*(.*)$/.exec(part);
    if (named !== null) out[named[1] as string] = (named[2] as string).trim();
    else if (!names.includes(part.trim()) && names[i] !== undefined) out[names[i]] = part.trim();
  });
  const facts: { -readonly [K in keyof CalibrationFacts]?: CalibrationFacts[K] } = {};
  if (/^\d{4}-\d\d-\d\d/.test(out.date ?? "")) facts.date = out.date as string;
  if (Number.isFinite(Number(out.wavelengthNm ?? "x"))) facts.wavelengthNm = Number(out.wavelengthNm);
  if ((out.meter ?? "") !== "") facts.meter = out.meter as string;
  return facts;
}
