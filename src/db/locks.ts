/** Whoever waits longer for what others hold is told that the system is busy. */
export const LONGEST_LOCK_MS = 5000
