import { PtyDevice } from "./pty-device.js";

/** Enough of an MPB VFL for the tests of the transport; its full simulator is in drivers/serial/mpb-vfl/sim.ts. */
export class FakeMpb {
  serialNumber = "SN1";
  enabled = false;
  setPoint = 200;
  state = 0;
  /** Answers instead of the device, where it returns a text; "silent" = no answer. */
  twist: (command: string) => string | "silent" | null = () => null;
  readonly device = new PtyDevice((command) => {
    const twisted = this.twist(command);
    if (twisted === "silent") return undefined;
    return twisted ?? this.answer(command);
  });

  answer(command: string): string {
    const [word = "", ...args] = command.toUpperCase().split(/\s+/);
    switch (word) {
      case "GETMODEL":
        return "VFL-P-3000-775\rD >";
      case "GETSN":
        return `${this.serialNumber}\rD >`;
      case "GETLASERSTATE":
        return `${this.enabled ? 42 : this.state}\rD >`;
      case "GETLDENABLE":
        return `${Number(this.enabled)}\rD >`;
      case "GETPOWER":
        return `${this.setPoint}\rD >`;
      case "POWER":
        return `${this.enabled ? this.setPoint : 0}\rD >`;
      case "GETPOWERSETPTLIM":
        return "199.9 3050.0\rD >";
      case "GETPOWERENABLE":
        return "1\rD >";
      case "GETINPUT":
        return "0\rD >";
      case "GETFLT":
      case "GETALR":
        return "0 0 0 0 0\rD >";
      case "SETPOWER":
        this.setPoint = Number(args[1]);
        return "\rD >";
      case "SETLDENABLE":
        this.enabled = args[0] === "1";
        return "\rD >";
      default:
        return "RS232.C 1 UNKNOWN_COMMAND\rF >";
    }
  }
}
