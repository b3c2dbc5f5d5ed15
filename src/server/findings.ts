import { z } from "zod";

/** One finding of the doctor: what was looked at, whether it works here, and what to do when it does not. */
export const findingSchema = z.object({
  name: z.string(),
  /** `info`: fine as it is, worth knowing. */
  state: z.enum(["ok", "info", "fault"]),
  detail: z.string(),
  hint: z.string().optional(),
});
export type Finding = Readonly<z.infer<typeof findingSchema>>;
