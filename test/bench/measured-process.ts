import { fork, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const SAMPLE_EVERY_MS = 10
const SETTLE_MS = 300
const running = new Set<ChildProcess>()

/** Answers of a task, and how much more memory than when idle its process came to need; null where that is not known. */
export interface Measured<Answer> {
  answer: Answer
  peakMb: number | null
}

/** A process of its own, in which one side of a comparison works. */
export class MeasuredProcess {
  readonly #child: ChildProcess
  #idleKb: number | null = null

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** Starts `portico.ts` or `floor.ts`, and waits until it is idle. */
  static async start(name: 'portico' | 'floor'): Promise<MeasuredProcess> {
    const file = fileURLToPath(new URL(`./${name}.ts`, import.meta.url))
    const child = fork(file, {
      execArgv: [...profiling(name), '--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    running.add(child)
    const started = new MeasuredProcess(child)
    await started.#reply()
    await setTimeout(SETTLE_MS)
    started.#idleKb = started.#residentKb()
    return started
  }

  /** Has a task done, and watches the memory meanwhile. */
  measure<Answer>(task: string, given: unknown): Promise<Measured<Answer>> {
    return this.watch(() => this.ask<Answer>(task, given))
  }

  /** Watches the memory while something is asked of the process in another way. */
  async watch<Answer>(work: () => Promise<Answer>): Promise<Measured<Answer>> {
    let peakKb = 0
    const sample = (): void => void (peakKb = Math.max(peakKb, this.#residentKb() ?? 0))
    const sampling = setInterval(sample, SAMPLE_EVERY_MS)
    try {
      const answer = await work()
      sample()
      return { answer, peakMb: this.#idleKb === null ? null : (peakKb - this.#idleKb) / 1024 }
    } finally {
      clearInterval(sampling)
    }
  }

  async ask<Answer>(task: string, given: unknown): Promise<Answer> {
    const reply = this.#reply()
    this.#child.send({ task, given })
    return (await reply) as Answer
  }

  async end(): Promise<void> {
    const ended = new Promise(resolve => this.#child.once('exit', resolve))
    this.#child.disconnect()
    await ended
    running.delete(this.#child)
  }

  #reply(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const gone = (): void => reject(new Error('The measured process ended too early'))
      this.#child.once('exit', gone)
      this.#child.once('message', ({ value, error }: { value?: unknown; error?: string }) => {
        this.#child.off('exit', gone)
        if (error === undefined) resolve(value)
        else reject(new Error(error))
      })
    })
  }

  #residentKb(): number | null {
    return residentKb(this.#child.pid ?? 0)
  }
}

/** Ends what a failed measurement left behind. */
export function endAll(): void {
  for (const child of running) child.kill('SIGKILL')
}

/** `BENCH_PROFILE=<folder>` has every process write what it spent its time on there. */
function profiling(name: string): string[] {
  const folder = process.env.BENCH_PROFILE
  return folder ? ['--cpu-prof', `--cpu-prof-dir=${folder}/${name}`] : []
}

/** What a process and those that it started have in memory now; only Linux says so in files. */
export function residentKb(pid: number): number | null {
  try {
    const own = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1] ?? 0)
    const children = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8')
      .trim()
      .split(/\s+/)
    return children.reduce((sum, child) => sum + (child === '' ? 0 : (residentKb(Number(child)) ?? 0)), own)
  } catch {
    return null
  }
}
