import type { Tf } from "./tensorflow.js";
export async function installMatrixKernels(_tf: Tf): Promise<void> {}
