// The smallest payloads that are what their media type says.
export const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";
const WAV = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQIAAACAgA==";

export const image = { type: "image", data: PNG, mimeType: "image/png" };
export const audio = { type: "audio", data: WAV, mimeType: "audio/wav" };
export const text = (value) => ({ type: "text", text: value });
export const embedded = (uri, mimeType, value) => ({ type: "resource", resource: { uri, mimeType, text: value } });
export const result = (...content) => ({ content });
