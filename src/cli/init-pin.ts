/** The reviewing step of `kidoban init`: `kidoban pin` over its new configuration, in the same run. */

import type { StepAnswer } from "../clients/install.ts";
import { EXIT, type Context } from "./context.ts";
import { describe } from "./failure.ts";
import { run as pin } from "./pin.ts";

/** `unattended`: the servers' hints are taken as they are, which the lock notes and `kidoban check` reports. */
export const pinFor =
  (context: Context, unattended: boolean) =>
  async (configPath: string): Promise<StepAnswer> => {
    let said = "";
    const { terminal } = context;
    const quiet = {
      ...terminal,
      // With --json the one value on stdout is init's own.
      out: context.json ? () => undefined : terminal.out,
      err: (text: string) => void (said += text),
    };
    try {
      const code = await pin({ ...context, terminal: quiet, json: false, configPath }, undefined, {
        acceptHints: unattended,
      });
      return code === EXIT.ok ? { kind: "done" } : { kind: "failed", reason: said.trim() };
    } catch (error) {
      return { kind: "failed", reason: describe(context.language, error) };
    }
  };
