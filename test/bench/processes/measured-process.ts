import { fork, type ChildProcess } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Round } from '../results/row.ts'
import { processorMs, residentKb } from './tree.ts'

const SAMPLE_EVERY_MS = 20
const SETTLE_MS = 300
const running = new Set<ChildProcess>()

/** The answer of a task, how long it took to come, and what its process needed for it; null where that is not known. */
export interface Measured<Answer> {
  answer: Answer
  ms: number
  cpuMs: number | null
  /** How much more memory than when idle. */
  peakMb: number | null
}

/** A round of work that was done so many times. */
export function roundOf({ cpuMs, peakMb }: Measured<unknown>, value: number, times = 1): Round {
  return { value, cpuMs: cpuMs === null ? null : cpuMs / times, peakMb }
}

/** A process of its own, in which one side of a comparison works, or somebody it works with. */
export class MeasuredProcess {
  readonly #child: ChildProcess
  readonly #serverPid: number | null
  #idleKb: number | null = null

  private constructor(child: ChildProcess, serverPid: number | null) {
    this.#child = child
    this.#serverPid = serverPid
  }

  /** Waits until it is idle. What a database server works for it counts as its processor time. */
  static async start(name: 'portico' | 'floor' | 'sink', serverPid: number | null = null): Promise<MeasuredProcess> {
    const file = fileURLToPath(new URL(`../${name}/main.ts`, import.meta.url))
    const child = fork(file, {
      execArgv: [...profiling(name), '--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    running.add(child)
    const started = new MeasuredProcess(child, serverPid)
    await started.#reply()
    await setTimeout(SETTLE_MS)
    started.#idleKb = residentKb(started.#pid)
    return started
  }

  /** Has a task done, and watches what it needs. */
  measure<Answer>(task: string, given: unknown): Promise<Measured<Answer>> {
    return this.watch(() => this.ask<Answer>(task, given))
  }

  /** Watches what the process needs while something is asked of it in another way. */
  async watch<Answer>(work: () => Promise<Answer>): Promise<Measured<Answer>> {
    let peakKb = 0
    const sample = (): void => void (peakKb = Math.max(peakKb, residentKb(this.#pid) ?? 0))
    const sampling = setInterval(sample, SAMPLE_EVERY_MS)
    const [begin, before] = [performance.now(), this.#processorMs()]
    try {
      const answer = await work()
      const ms = performance.now() - begin
      sample()
      const after = this.#processorMs()
      const cpuMs = after === null || before === null ? null : after - before
      return { answer, ms, cpuMs, peakMb: this.#idleKb === null ? null : Math.max(0, peakKb - this.#idleKb) / 1024 }
    } finally {
      clearInterval(sampling)
    }
  }

  /** One task after the other: the next is asked for when this one is answered. */
  async ask<Answer>(task: string, given: unknown): Promise<Answer> {
    const reply = this.#reply()
    this.#child.send({ task, given })
    return (await reply) as Answer
  }

  /** Lets it end as it likes. */
  end(): Promise<void> {
    return this.#gone(() => this.#child.disconnect())
  }

  /** Ends it in the middle of its work. */
  kill(): Promise<void> {
    return this.#gone(() => this.#child.kill('SIGKILL'))
  }

  async #gone(end: () => unknown): Promise<void> {
    const ended = new Promise(resolve => this.#child.once('exit', resolve))
    if (!running.delete(this.#child) || this.#child.exitCode !== null || this.#child.signalCode !== null) return
    end()
    await ended
  }

  get #pid(): number {
    return this.#child.pid ?? 0
  }

  #processorMs(): number | null {
    const own = processorMs(this.#pid)
    return own === null ? null : own + (this.#serverPid === null ? 0 : (processorMs(this.#serverPid) ?? 0))
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
}

/** Ends what a failed measurement left behind. */
export function endAll(): void {
  for (const child of running) child.kill('SIGKILL')
  running.clear()
}

/** `BENCH_PROFILE=<folder>` has every process write what it spent its time on there. */
function profiling(name: string): string[] {
  const folder = process.env.BENCH_PROFILE
  return folder ? ['--cpu-prof', `--cpu-prof-dir=${folder}/${name}`] : []
}
