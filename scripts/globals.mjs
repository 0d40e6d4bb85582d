// Of these two Node makes getters, called at each use; what is imported is read as it is. For all that the build takes in.
export { Buffer } from "node:buffer";
export { performance } from "node:perf_hooks";
