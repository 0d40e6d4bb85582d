// The resources the conformance suite reads.
import { PNG } from "./content.mjs";

export const resources = [
  { uri: "test://static-text", name: "Static text", description: "A text that never changes", mimeType: "text/plain" },
  { uri: "test://static-binary", name: "Static image", description: "An image of one pixel", mimeType: "image/png" },
  { uri: "test://watched-resource", name: "Watched", description: "May be subscribed to", mimeType: "text/plain" },
];

export const templates = [
  {
    uriTemplate: "test://template/{id}/data",
    name: "Data by id",
    description: "Gives the id it was read with",
    mimeType: "application/json",
  },
];

const contents = {
  "test://static-text": { mimeType: "text/plain", text: "This is the content of the static text resource." },
  "test://static-binary": { mimeType: "image/png", blob: PNG },
  "test://watched-resource": { mimeType: "text/plain", text: "Watched." },
};

/** What stands at the URI, or undefined. */
export function read(uri) {
  if (Object.hasOwn(contents, uri)) return { uri, ...contents[uri] };
  const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1];
  if (id === undefined) return undefined;
  const text = JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` });
  return { uri, mimeType: "application/json", text };
}
