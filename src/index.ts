/** Public API: reading a configuration, deciding a call by it, verifying a log and a statement in it. Few names, on purpose. */

export { loadConfig, type Loaded } from "./config/load.ts";
export { compileFor as compilePolicy } from "./compose/edition.ts";
export { decide, type Live } from "./policy/decide.ts";
export type { Policy } from "./policy/policy.ts";
export type { Access, Assurance, Call, Decision, Effect, Kind, Obligation } from "./policy/call.ts";
export { verifyLog, type Verdict } from "./audit/verify.ts";
export { findLog } from "./log/files.ts";
export type { FoundLog } from "./log/found-log.ts";
export { verifyStatement, type Statement, type Verified } from "./approval/statement.ts";
export type { Approver } from "./approval/approver.ts";
