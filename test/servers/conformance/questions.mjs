// Tools that ask the client in mid-call. Each is one handler for both eras: what it returns as `input_required` goes to a
// 2026 client as it is, and the SDK asks a 2025 client with requests of its own.
import { randomBytes } from "node:crypto";
import { acceptedContent, createRequestStateCodec, inputRequired } from "@modelcontextprotocol/server";
import { result, text } from "./content.mjs";

/** States are sealed for the life of this process. */
export const states = createRequestStateCodec({ key: randomBytes(32) });

const form = (properties, required = Object.keys(properties)) => ({ type: "object", properties, required });
const string = { type: "string" };
const ask = (message, requestedSchema) => inputRequired.elicit({ message, requestedSchema });
const sample = (said, maxTokens) =>
  inputRequired.createMessage({ messages: [{ role: "user", content: text(said) }], maxTokens });

/** Asks for `key` until it was answered, then gives what `done` makes of the answer. */
function untilAnswered(key, question, done, state) {
  return async (args, { mcpReq }) => {
    const answer = mcpReq.inputResponses?.[key];
    if (answer !== undefined && (state === undefined || mcpReq.requestState() !== undefined))
      return done(answer, mcpReq);
    const inputRequests = { [key]: question(args) };
    return inputRequired({ inputRequests, ...(state ? { requestState: await states.mint(state) } : {}) });
  };
}

/** As above, and a form that was answered without its required field is asked again. */
function untilFilled(key, field, message, done) {
  return async (_args, { mcpReq }) => {
    const value = acceptedContent(mcpReq.inputResponses, key)?.[field];
    if (typeof value === "string") return done(value);
    return inputRequired({ inputRequests: { [key]: ask(message, form({ [field]: string })) } });
  };
}

const said = ({ action, content }) =>
  result(text(`User response: action=${action}, content=${JSON.stringify(content)}`));
const completed = ({ action, content }) =>
  result(text(`Elicitation completed: action=${action}, content=${JSON.stringify(content)}`));
const modelSaid = ({ content }) => result(text(`LLM response: ${[content].flat()[0]?.text}`));

const withDefaults = form(
  {
    name: { type: "string", default: "John Doe" },
    age: { type: "integer", default: 30 },
    score: { type: "number", default: 95.5 },
    status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
    verified: { type: "boolean", default: true },
  },
  [],
);

const options = ["option1", "option2", "option3"];
const titled = ["First", "Second", "Third"].map((title, at) => ({ const: `value${at + 1}`, title: `${title} Option` }));
const withEnums = form(
  {
    untitledSingle: { type: "string", enum: options },
    titledSingle: { type: "string", oneOf: titled },
    legacyEnum: {
      type: "string",
      enum: ["opt1", "opt2", "opt3"],
      enumNames: ["Option One", "Option Two", "Option Three"],
    },
    untitledMulti: { type: "array", items: { type: "string", enum: options } },
    titledMulti: { type: "array", items: { anyOf: titled } },
  },
  [],
);

const confirmForm = form({ ok: { type: "boolean" } });

const step = async (round, message, field) =>
  inputRequired({
    inputRequests: { [`step${round}`]: ask(message, form({ [field]: string })) },
    requestState: await states.mint({ round }),
  });

async function rounds(_args, { mcpReq }) {
  const round = mcpReq.requestState()?.round;
  const answered = acceptedContent(mcpReq.inputResponses, `step${round}`) !== undefined;
  if (round === 2 && answered) return result(text("Both steps are done."));
  if (round === 2 || (round === 1 && answered)) return step(2, "Step 2: What is your favorite color?", "color");
  return step(1, "Step 1: What is your name?", "name");
}

async function many(_args, { mcpReq }) {
  const answers = mcpReq.inputResponses ?? {};
  const inputRequests = {
    user_name: ask("What is your name?", form({ name: string })),
    greeting: sample("Generate a greeting", 50),
    client_roots: inputRequired.listRoots(),
  };
  if (Object.keys(inputRequests).every((key) => answers[key])) return result(text("All three were answered."));
  return inputRequired({ inputRequests, requestState: await states.mint({ asked: "many" }) });
}

async function declaredOnly(_args, { mcpReq }) {
  const declared = mcpReq.envelope?.["io.modelcontextprotocol/clientCapabilities"] ?? {};
  if (mcpReq.inputResponses) return result(text("Answered."));
  const inputRequests = {
    ...(declared.sampling ? { thought: sample("What do you think?", 50) } : {}),
    ...(declared.elicitation ? { confirm: ask("Please confirm", confirmForm) } : {}),
  };
  if (Object.keys(inputRequests).length === 0) return result(text("This client can be asked nothing."));
  return inputRequired({ inputRequests });
}

const confirmed = (_answer, mcpReq) => result(text(`state-ok: ${JSON.stringify(mcpReq.requestState())}`));
const confirm = () => ask("Please confirm", confirmForm);
const one = (name) => ({ type: "object", properties: { [name]: string }, required: [name] });

/** name: [description, handler, input schema]. */
export const questions = {
  test_sampling: [
    "Asks the client's model",
    untilAnswered("sample", ({ prompt }) => sample(prompt, 100), modelSaid),
    one("prompt"),
  ],
  test_elicitation: [
    "Asks the user for a name and an address",
    untilAnswered("user", ({ message }) => ask(message, form({ username: string, email: string })), said),
    one("message"),
  ],
  test_elicitation_sep1034_defaults: [
    "Asks with defaults of every primitive type",
    untilAnswered("form", () => ask("Please check these", withDefaults), completed),
  ],
  test_elicitation_sep1330_enums: [
    "Asks with enums of every form",
    untilAnswered("form", () => ask("Please choose", withEnums), completed),
  ],
  test_streaming_elicitation: ["Asks while its answer is streamed", untilAnswered("confirm", confirm, completed)],
  test_missing_capability: [
    "Cannot do without sampling",
    untilAnswered("sample", () => sample("Hello", 10), modelSaid),
  ],
  test_input_required_result_elicitation: [
    "Asks for a name",
    untilFilled("user_name", "name", "What is your name?", (name) => result(text(`Hello, ${name}!`))),
  ],
  test_input_required_result_sampling: [
    "Asks for a capital",
    untilAnswered("capital_question", () => sample("What is the capital of France?", 100), modelSaid),
  ],
  test_input_required_result_list_roots: [
    "Asks for the client's roots",
    untilAnswered("client_roots", inputRequired.listRoots, ({ roots }) => result(text(JSON.stringify(roots)))),
  ],
  test_input_required_result_request_state: [
    "Keeps a state between its rounds",
    untilAnswered("confirm", confirm, confirmed, { asked: "state" }),
  ],
  test_input_required_result_tampered_state: [
    "Keeps a sealed state between its rounds",
    untilAnswered("confirm", confirm, confirmed, { asked: "sealed" }),
  ],
  test_input_required_result_multiple_inputs: ["Asks three things at once", many],
  test_input_required_result_multi_round: ["Asks twice", rounds],
  test_input_required_result_capabilities: ["Asks only what the client declared", declaredOnly],
};

export const promptQuestion = untilFilled(
  "user_context",
  "context",
  "What context should the prompt use?",
  (context) => ({
    messages: [{ role: "user", content: text(`In the context of ${context}: go on.`) }],
  }),
);
