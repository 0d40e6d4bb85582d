// The prompts the conformance suite gets by name.
import { embedded, image, text } from "./content.mjs";
import { promptQuestion } from "./questions.mjs";

const required = (name, description) => ({ name, description, required: true });
const user = (...contents) => ({ messages: contents.map((content) => ({ role: "user", content })) });

const definitions = {
  test_simple_prompt: { description: "A prompt without arguments" },
  test_prompt_with_arguments: {
    description: "A prompt with two arguments",
    arguments: [required("arg1", "First test argument"), required("arg2", "Second test argument")],
  },
  test_prompt_with_embedded_resource: {
    description: "A prompt with a resource within it",
    arguments: [required("resourceUri", "URI of the resource to embed")],
  },
  test_prompt_with_image: { description: "A prompt with an image" },
  test_input_required_result_prompt: { description: "A prompt that asks first" },
};

const handlers = {
  test_simple_prompt: () => user(text("This is a simple prompt for testing.")),
  test_prompt_with_arguments: ({ arg1, arg2 }) => user(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)),
  test_prompt_with_embedded_resource: ({ resourceUri }) =>
    user(
      embedded(resourceUri, "text/plain", "Embedded resource content for testing."),
      text("Please process the embedded resource above."),
    ),
  test_prompt_with_image: () => user(image, text("Please analyze the image above.")),
  test_input_required_result_prompt: promptQuestion,
};

const passing = { name: "test_passing_prompt", description: "Comes and goes" };

export const listPrompts = (present) => [
  ...Object.entries(definitions).map(([name, definition]) => ({ name, ...definition })),
  ...(present ? [passing] : []),
];

/** The prompt's handler(args, ctx), or undefined. */
export function prompt(name) {
  if (name === passing.name) return () => user(text("Here, for now."));
  return Object.hasOwn(handlers, name) ? handlers[name] : undefined;
}

/** Values for an argument that begin with what was typed. */
export function complete({ argument }) {
  const values = ["paris", "park", "party", "testing"].filter((value) => value.startsWith(argument.value));
  return { completion: { values, total: values.length, hasMore: false } };
}
