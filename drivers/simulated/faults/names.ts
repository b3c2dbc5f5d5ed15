/** Every fault of the simulated rig that a script may name: when it may strike, and what it does. */
export interface FaultKind {
  /** What is counted for `rate` and `at: {frame | command}`: frames, stage moves, or messages on the wire. */
  readonly per: "frame" | "move" | "message";
  readonly what: string;
}

export const rigFaults = {
  "frame-drop": { per: "frame", what: "the frame is lost; the step ends with DEVICE_LOST" },
  "frame-duplicate": { per: "frame", what: "the frame before is delivered once more" },
  "frame-truncated": { per: "frame", what: "the last rows are zero" },
  "frame-nan": { per: "frame", what: "float pixels, one of them not a number" },
  "frame-blank": { per: "frame", what: "all pixels are zero: the detector's shutter stayed shut" },
  "frame-size": { per: "frame", what: "two rows and columns less than asked for" },
  "frame-transposed": { per: "frame", what: "rows and columns exchanged" },
  "frame-pixel-size": { per: "frame", what: "the pixel size in the description is twice the true one" },
  "nan-read-back": { per: "frame", what: "a power is read back as no number" },
  "detector-overload": { per: "frame", what: "the detector switches itself off: zeros and SATURATED" },
  "scan-stall": { per: "frame", what: "the scan stops in the middle and never ends by itself" },
  interlock: {
    per: "frame",
    what: "the interlock trips: no power, a dark frame all the same, then INTERLOCK",
  },
  "laser-stuck-on": { per: "frame", what: "depletion ignores the first command to switch off" },
  "laser-drift": { per: "frame", what: "depletion gives 70 % of its set-point while it reads back as set" },
  "laser-noise": { per: "frame", what: "excitation flickers by 15 % from row to row" },
  vibration: { per: "frame", what: "rows are displaced by 35 nm" },
  drift: { per: "frame", what: "the sample moves 120 nm during the frame" },
  misalignment: { per: "frame", what: "the doughnut is 40 nm off and its centre at 6 % of the crest" },
  "light-leak": { per: "frame", what: "background thirty times as high" },
  photoswitching: { per: "frame", what: "a fifth of the molecules stays dark for good" },
  "operator-frame": {
    per: "frame",
    what: "no fault: the operator takes a confocal by hand after this frame",
  },
  "focus-loss": { per: "move", what: "focus is lost by 300 to 800 nm until the next move" },
  "stage-error": { per: "move", what: "the stage stops 2 to 4 µm beside the place it reports" },
  "stage-refuse": { per: "move", what: "the stage does not move; DEVICE_LOST" },
  "blank-field": { per: "move", what: "the new field is empty" },
  "reply-drop": { per: "message", what: "an answer is lost" },
  "reply-delay": { per: "message", what: "an answer comes 2 s late" },
  "reply-duplicate": { per: "message", what: "an answer comes twice" },
  "reply-corrupt": { per: "message", what: "bytes of an answer are garbage" },
  "request-drop": { per: "message", what: "a request never arrives" },
  "rig-frozen": { per: "message", what: "nothing comes and goes for a while (`for`, else 5 s)" },
  "beat-lost": { per: "message", what: "events are lost for a while (`for`, else 5 s)" },
  disconnect: {
    per: "message",
    what: "the line is closed for a while (`for`, else 5 s), then the rig is back",
  },
} as const satisfies Record<string, FaultKind>;
export type RigFaultName = keyof typeof rigFaults;
export const faultNames = Object.keys(rigFaults) as RigFaultName[];
