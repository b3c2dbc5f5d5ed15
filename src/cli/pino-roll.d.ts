/** What is used of pino-roll, which has no types of its own. */
declare module "pino-roll" {
  interface RollOptions {
    /** Path without number and extension. */
    readonly file: string;
    /** "20m" */
    readonly size: string;
    readonly limit: { readonly count: number; readonly removeOtherLogFiles?: boolean };
    /** Keeps `current.log` beside the files. */
    readonly symlink?: boolean;
    readonly sync?: boolean;
  }
  // biome-ignore lint/style/noDefaultExport: it is what the package has
  export default function roll(
    options: RollOptions,
  ): Promise<ReturnType<typeof import("pino")["pino"]["destination"]>>;
}
