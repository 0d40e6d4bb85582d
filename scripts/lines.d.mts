import type { Readable } from "node:stream";
export function eachLine(stream: Readable, take: (line: string) => void): void;
