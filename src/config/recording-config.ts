/** What kidoban.yaml says of what the log keeps of a server's calls. */

import * as z from "zod";
import type { Recording } from "../audit/recording.ts";
import { say, text } from "./shape.ts";

const record = z.enum(["body", "digest"]);
const redact = z.array(z.string().regex(/^(?:args|result)(?:\.[^.\s]+)+$/, say("bad-body-path")));

/** Members of a server. */
export const recordingShape = {
  record: record.optional().meta({
    description:
      "What the log keeps of arguments and results: body (themselves, encrypted; when left out) or digest (what proves them).",
  }),
  record_tools: z
    .record(text, record)
    .optional()
    .meta({ description: "By tool, where it is otherwise than `record` says." }),
  redact: redact.optional().meta({
    description:
      "Places in arguments and results of which the log keeps only a keyed mark: args.password, result.structuredContent.*.phone. `*` is any member or element.",
  }),
  redact_tools: z.record(text, redact).optional().meta({ description: "By tool, beside what `redact` says." }),
};

const shape = z.object(recordingShape);

export const readRecording = (written: z.infer<typeof shape>): Recording => ({
  record: written.record ?? "body",
  recordTools: written.record_tools ?? {},
  redact: written.redact ?? [],
  redactTools: written.redact_tools ?? {},
});
