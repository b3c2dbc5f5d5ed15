import type { Sample } from "./soak.js";

const [width, height, left, top] = [720, 420, 70, 40];

/** Memory and handles over the frames, as an SVG picture. */
export function chart(samples: readonly Sample[], title: string): string {
  const frames = Math.max(1, ...samples.map((s) => s.frames));
  const panel = (at: number, label: string, value: (s: Sample) => number, colour: string): string => {
    const most = Math.max(1, ...samples.map(value));
    const h = 140;
    const y = (v: number): number => at + h - (h * v) / (1.1 * most);
    const x = (v: number): number => left + ((width - left - 20) * v) / frames;
    const points = samples.map((s) => `${x(s.frames).toFixed(1)},${y(value(s)).toFixed(1)}`).join(" ");
    return [
      `<text x="${left}" y="${at - 6}">${label}</text>`,
      `<path d="M${left} ${at}V${at + h}H${width - 20}" fill="none" stroke="#888"/>`,
      `<text x="${left - 6}" y="${y(most) + 4}" text-anchor="end">${Math.round(most)}</text>`,
      `<text x="${left - 6}" y="${at + h}" text-anchor="end">0</text>`,
      `<text x="${width - 20}" y="${at + h + 16}" text-anchor="end">${frames} frames</text>`,
      `<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="1.5"/>`,
    ].join("\n");
  };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${left}" y="18" font-size="14">Soak: ${title}</text>`,
    panel(top + 10, "resident memory of the daemon, MiB", (s) => s.rssMib, "#0b62a4"),
    panel(top + 210, "open handles of the daemon", (s) => s.handles, "#a44c0b"),
    "</svg>",
    "",
  ].join("\n");
}
