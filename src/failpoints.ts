/** The places where a test ends this process, to see what is left when it goes on after that. */
export const FAILPOINTS = [
  'job.claimed',
  'job.done',
  'import.file-saved',
  'import.rows-checked',
  'import.rows-written',
  'import.rows-committed',
  'import.end-written',
  'import.ended',
  'mail.claiming',
  'mail.claimed',
  'mail.taken',
  'mail.settled',
  'document.staged',
  'document.row-written',
  'document.kept',
  'document.committed',
  'batch.written',
  'batch.committed',
  'registration.written',
  'registration.committed',
] as const

export type Failpoint = (typeof FAILPOINTS)[number]

let reached: ((name: Failpoint) => void) | null = null

/** Nothing at all, unless a test is at work. */
export function failpoint(name: Failpoint): void {
  reached?.(name)
}

/** For tests: what is to happen at these places. No setting of a server leads here. */
export function onFailpoint(hook: (name: Failpoint) => void): void {
  reached = hook
}
