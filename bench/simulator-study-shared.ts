/** The published parameter study (gym-sted): what depletion power and dwell do to three maps, ours as lines, theirs as squares. */
import { Canvas } from "./simulator-canvas-shared.js";
import { num } from "./simulator-checks-shared.js";
import { settingsOf, triple } from "./simulator-rating-shared.js";
import { exampleMap, referenceTable } from "./simulator-shared.js";

const panel = { width: 300, height: 220, pad: 34 };

interface Series {
  readonly title: string;
  readonly log: boolean;
  readonly points: readonly { x: number; ours: number; theirs: number }[];
}

export interface StudyRow {
  /** Of the reference table. */
  readonly row: Record<string, string>;
  readonly ours: ReturnType<typeof triple>;
}

/** Confocal, STED and confocal of every row of the published study, simulated here. */
export function studyRows(): StudyRow[] {
  return referenceTable("objectives_vs_parameters_gym").map((row) => ({
    row,
    ours: triple(exampleMap(row.datamap ?? ""), settingsOf(row), 3),
  }));
}

/** Panels: loss, foreground mean and bleaching against power for each map, and against the dwell. */
export function drawStudy(rows: readonly StudyRow[]): Canvas {
  const quantities = [
    { title: "BLEACHED", of: "loss", column: "true_fraction_bleached", log: false },
    { title: "STED COUNTS", of: "foreground", column: "sted_fg_mean_counts", log: true },
    { title: "BLEACHING OBJECTIVE", of: "bleach", column: "bleach_objective_ratio", log: false },
  ] as const;
  const groups = [
    ...["factin1", "psd951", "tubulin1"].map((map) => ({
      name: `${map.replace(/1$/, "").toUpperCase()} POWER MW`,
      x: "p_sted_mW",
      rows: rows.filter(({ row }) => row.datamap === map && row.dwell_us === "10" && row.p_ex_uW === "10"),
    })),
    {
      name: "FACTIN DWELL US",
      x: "dwell_us",
      rows: rows.filter(
        ({ row }) => row.datamap === "factin1" && row.p_sted_mW === "150" && row.p_ex_uW === "10",
      ),
    },
  ];
  const canvas = new Canvas(groups.length * panel.width, quantities.length * panel.height);
  groups.forEach((group, gx) => {
    quantities.forEach((q, gy) => {
      const points = group.rows
        .map(({ row, ours }) => ({ x: num(row, group.x), ours: ours[q.of], theirs: num(row, q.column) }))
        .sort((a, b) => a.x - b.x);
      drawPanel(canvas, gx * panel.width, gy * panel.height, {
        title: `${q.title}  ${group.name}`,
        log: q.log,
        points,
      });
    });
  });
  return canvas;
}

function drawPanel(canvas: Canvas, left: number, top: number, series: Series): void {
  const { pad } = panel;
  const [w, h] = [panel.width - 2 * pad, panel.height - 2 * pad];
  const value = (v: number): number => (series.log ? Math.log10(Math.max(v, 0.1)) : v);
  const all = series.points.flatMap((p) => [value(p.ours), value(p.theirs)]);
  const low = series.log ? Math.min(...all) : 0;
  const high = Math.max(...all, low + 1e-3);
  const greatest = Math.max(...series.points.map((p) => p.x), 1);
  const px = (x: number): number => left + pad + (w * x) / greatest;
  const py = (v: number): number => top + pad + h - (h * (value(v) - low)) / (high - low);
  canvas.line(left + pad, top + pad, left + pad, top + pad + h, 110);
  canvas.line(left + pad, top + pad + h, left + pad + w, top + pad + h, 110);
  canvas.text(series.title, left + pad, top + 6, 2);
  const label = (v: number): string => Number((series.log ? 10 ** v : v).toPrecision(2)).toString();
  canvas.text(label(high), left + 2, top + pad - 4, 2);
  canvas.text(label(low), left + 2, top + pad + h - 8, 2);
  canvas.text(String(greatest), left + pad + w - 20, top + pad + h + 8, 2);
  series.points.forEach((p, i) => {
    const next = series.points[i + 1];
    if (next !== undefined) canvas.line(px(p.x), py(p.ours), px(next.x), py(next.ours), 255);
    canvas.square(px(p.x), py(p.theirs), 4, 190);
  });
}
