export const ENGINES = ['sqlite', 'postgres'] as const

export type Engine = (typeof ENGINES)[number]

export function engineOf(url: string): Engine {
  return url.startsWith('postgres') ? 'postgres' : 'sqlite'
}

/** Where the databases of one engine are: each has a name, and a URL as the application takes it. */
export interface DatabaseServer {
  engine: Engine
  /** The process of the server, which works for both sides; null where the work is done in theirs. */
  pid: number | null
  urlOf(name: string): string
  /** Makes an empty database. */
  create(name: string): Promise<void>
  /** Nobody may be connected to the one that is copied. */
  copy(from: string, to: string): Promise<void>
  drop(name: string): Promise<void>
  stop(): Promise<void>
}
