import Mocha from 'mocha'

/** What a run under way tells the one who started it. */
export type TestEvent =
  | { kind: 'passed' | 'skipped'; title: string }
  | { kind: 'failed'; title: string; problem: string }
  | { kind: 'file'; title: string; passed: number; failed: number; seconds: number }
  | { kind: 'end' }

const { EVENT_TEST_PASS, EVENT_TEST_PENDING, EVENT_TEST_FAIL, EVENT_SUITE_BEGIN, EVENT_SUITE_END, EVENT_RUN_END } =
  Mocha.Runner.constants

/** Sends every result to the parent process, one message each. */
class MessagesToParent {
  #passed = 0
  #failed = 0
  #since = 0

  constructor(runner: Mocha.Runner) {
    process.channel?.unref() // else a library that listens for messages would keep the finished run alive
    runner.on(EVENT_SUITE_BEGIN, suite => this.#begin(suite))
    runner.on(EVENT_SUITE_END, suite => this.#finish(suite))
    runner.on(EVENT_TEST_PASS, test => this.#pass(test))
    runner.on(EVENT_TEST_PENDING, test => send({ kind: 'skipped', title: fullTitle(test) }))
    runner.on(EVENT_TEST_FAIL, (test, error: unknown) => this.#fail(test, error))
    runner.on(EVENT_RUN_END, () => send({ kind: 'end' }))
  }

  #begin(suite: Mocha.Suite): void {
    if (!suite.parent?.root) return
    this.#passed = 0
    this.#failed = 0
    this.#since = performance.now()
  }

  #finish(suite: Mocha.Suite): void {
    if (!suite.parent?.root) return
    const seconds = (performance.now() - this.#since) / 1000
    send({ kind: 'file', title: suite.title, passed: this.#passed, failed: this.#failed, seconds })
  }

  #pass(test: Mocha.Test): void {
    this.#passed += 1
    send({ kind: 'passed', title: fullTitle(test) })
  }

  #fail(test: Mocha.Test, error: unknown): void {
    this.#failed += 1
    send({ kind: 'failed', title: fullTitle(test), problem: problemOf(error) })
  }
}

function send(event: TestEvent): void {
  process.send?.(event)
}

function fullTitle(test: Mocha.Test): string {
  return test.titlePath().join(' › ')
}

function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { actual, expected, showDiff } = error as { actual?: unknown; expected?: unknown; showDiff?: boolean }
  const diff =
    showDiff === true && expected !== undefined
      ? Mocha.reporters.Base.generateDiff(asText(actual), asText(expected))
      : ''
  const cause = error.cause === undefined ? '' : `\nbecause: ${problemOf(error.cause)}`
  return `${ownStack(error)}${diff.trimEnd()}${cause}`
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2)
}

/** The message and the lines of our own code. */
function ownStack({ stack = '', message }: Error): string {
  const at = stack.indexOf('\n    at ')
  const head = at < 0 ? message : stack.slice(0, at)
  const lines = at < 0 ? [] : stack.slice(at + 1).split('\n')
  return [head, ...lines.filter(line => !/node_modules|\(?node:/.test(line))].join('\n')
}

// mocha takes a reporter as a default export
export { MessagesToParent as default }
