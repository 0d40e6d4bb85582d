/** Of one process, itself first. */
export function descendants(root: number): number[];
/** Ends the given processes and all that they started. */
export function endTree(roots: readonly number[]): Promise<void>;
