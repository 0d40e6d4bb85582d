/** Which package or image a command line fetches and runs, and whether it is always the same one. Pure. */

import { basename } from "node:path";

export interface Package {
  /** Without its version; the same for every way to write it. */
  readonly name: string;
  /** As it stands in the command line. */
  readonly spec: string;
  /** An exact version, a commit or a digest. */
  readonly pinned: boolean;
  /** How an exact one is written. */
  readonly example: string;
}

/** Undefined for anything that runs what lies on this machine. */
export function packageOf(command: string, args: readonly string[]): Package | undefined {
  const program = basename(command.replaceAll("\\", "/")).replace(/\.(?:cmd|exe|ps1)$/i, "");
  const [first = "", ...rest] = args;
  switch (program) {
    case "npx":
    case "bunx":
    case "pnpx":
      return npm(args, ["-p", "--package"]);
    case "npm":
      return first === "exec" || first === "x" ? npm(rest, ["-p", "--package"]) : undefined;
    case "pnpm":
    case "yarn":
      return first === "dlx" ? npm(rest, ["-p", "--package"]) : undefined;
    case "bun":
      return first === "x" ? npm(rest, ["-p", "--package"]) : undefined;
    case "deno":
      return deno(args);
    case "uvx":
      return python(args, ["--from"]);
    case "uv":
      return first === "tool" && rest[0] === "run" ? python(rest.slice(1), ["--from"]) : undefined;
    case "pipx":
      return first === "run" ? python(rest, ["--spec"]) : undefined;
    case "docker":
    case "podman":
    case "nerdctl":
      return image(args);
    // Wrappers that clients on Windows and in shells put before the real one.
    case "cmd":
      return /^\/[ck]$/i.test(first) && rest[0] !== undefined ? packageOf(rest[0], rest.slice(1)) : undefined;
    case "env": {
      const at = args.findIndex((arg) => !arg.startsWith("-") && !arg.includes("="));
      const inner = args[at];
      return inner === undefined ? undefined : packageOf(inner, args.slice(at + 1));
    }
    default:
      return undefined;
  }
}

/** What an option names, or else the first plain argument. */
function named(args: readonly string[], options: readonly string[]): string | undefined {
  for (const [index, arg] of args.entries()) {
    const joined = options.find((option) => arg.startsWith(`${option}=`));
    if (joined !== undefined) return arg.slice(joined.length + 1);
    if (options.includes(arg)) return args[index + 1];
    if (!arg.startsWith("-")) return arg;
  }
  return undefined;
}

const isLocal = (spec: string): boolean => /^(?:\.{0,2}[\\/]|~[\\/]|file:|[A-Za-z]:[\\/])/.test(spec) || spec === ".";
const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/i;
/** semver.org, item 2, 9 and 10; a leading = or v is taken by npm. */
const VERSION = /^[=v]?\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;
/** PEP 440 without wildcards. */
const PYTHON_VERSION = /^\d+(?:\.\d+)*(?:(?:a|b|rc|\.post|\.dev)\d+)*(?:\+[\w.]+)?$/;

/** https://docs.npmjs.com/cli/v11/using-npm/package-spec */
function npm(args: readonly string[], options: readonly string[]): Package | undefined {
  const spec = named(args, options);
  if (spec === undefined || isLocal(spec)) return undefined;
  if (
    /^(?:git[+:]|git@|github:|gitlab:|bitbucket:|gist:|https?:)/.test(spec) ||
    /^[\w.-]+\/[\w.-]+(?:#|$)/.test(spec)
  ) {
    return git(spec, "#");
  }
  const at = spec.indexOf("@", 1);
  const [name, version] = at < 0 ? [spec, ""] : [spec.slice(0, at), spec.slice(at + 1)];
  return { name: `npm:${name}`, spec, pinned: VERSION.test(version), example: `${name}@1.2.3` };
}

function git(spec: string, mark: "#" | "@"): Package {
  const at = spec.lastIndexOf(mark);
  const ref = at < 0 ? "" : spec.slice(at + 1);
  const name = at < 0 || ref.includes("/") ? spec : spec.slice(0, at);
  return { name: `git:${name}`, spec, pinned: COMMIT.test(ref), example: `${name}${mark}COMMIT` };
}

/** https://docs.deno.com/runtime/fundamentals/modules/: `npm:name@version`, `jsr:@scope/name@version`, URLs. */
function deno(args: readonly string[]): Package | undefined {
  const spec = args.find((arg) => /^(?:npm|jsr|https?):/.test(arg));
  if (spec === undefined) return undefined;
  const [, name = spec, version = ""] = /^((?:npm|jsr):@?[^@]+)(?:@([^/]+))?/.exec(spec) ?? [];
  return { name, spec, pinned: VERSION.test(version), example: `${name}@1.2.3` };
}

function python(args: readonly string[], options: readonly string[]): Package | undefined {
  const spec = named(args, options);
  if (spec === undefined || isLocal(spec)) return undefined;
  if (/^git\+|^https?:/.test(spec)) return git(spec, "@");
  const [, name = spec, version = ""] = /^([\w.-]+(?:\[[\w,.-]+\])?)(?:===?|@)(.*)$/.exec(spec) ?? [];
  const bare = name.replace(/[<>~!=\s[].*$/, "");
  return { name: `pypi:${bare}`, spec, pinned: PYTHON_VERSION.test(version), example: `${bare}==1.2.3` };
}

/** Options of `docker run` that take no value; any other takes the next argument unless it is written with `=`. */
const FLAGS =
  /^(?:--(?:rm|interactive|tty|detach|init|privileged|read-only|publish-all|no-healthcheck|quiet)|-[itdPq]+)$/;

/** https://docs.docker.com/reference/cli/docker/container/run/ */
function image(args: readonly string[]): Package | undefined {
  let at = args.indexOf("run") + 1;
  if (at === 0) return undefined;
  for (let arg = args[at]; arg?.startsWith("-") === true; arg = args[at])
    at += FLAGS.test(arg) || arg.includes("=") ? 1 : 2;
  const spec = args[at];
  if (spec === undefined) return undefined;
  const [tagged = spec, digest] = spec.split("@");
  const name = tagged.replace(/:[\w.-]+$/, "");
  const pinned = digest !== undefined && /^sha256:[0-9a-f]{64}$/.test(digest);
  return { name: `image:${name}`, spec, pinned, example: `${name}@sha256:…` };
}
