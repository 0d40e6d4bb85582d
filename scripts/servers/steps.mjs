/** What is asked of a server, as plain data: a method, its params, and which member of them the gate gives a prefix. */

const step = (method, params, named) => ({ method, params, named });

/** `args` as the agent gives them. */
export const tool = (name, args = {}) => step("tools/call", { name, arguments: args }, "name");
/** A call that tells of its progress. */
export const toolWithProgress = (name, args) =>
  step("tools/call", { name, arguments: args, _meta: { progressToken: "p" } }, "name");
export const prompt = (name, args = {}) => step("prompts/get", { name, arguments: args }, "name");
export const resource = (uri) => step("resources/read", { uri });
/** Completes an argument of a prompt. */
export const completion = (name, argument, value) =>
  step("completion/complete", { ref: { type: "ref/prompt", name }, argument: { name: argument, value } }, "ref.name");

/** What a reader of the report knows it by. */
export const titleOf = ({ method, params }) => `${method} ${params.name ?? params.uri ?? params.ref.name}`;

/** As an agent asks for it through the gate, where names begin with the server's id. */
export function throughGate({ method, params, named }, server) {
  switch (named) {
    case "name":
      return { method, params: { ...params, name: `${server}_${params.name}` } };
    case "ref.name":
      return { method, params: { ...params, ref: { ...params.ref, name: `${server}_${params.ref.name}` } } };
    default:
      return { method, params };
  }
}
