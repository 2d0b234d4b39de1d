type Task = (given: never) => Promise<unknown>

/** Lets the process that started this one ask for tasks by name; ends when it goes away. */
export function answer(tasks: Record<string, Task>): void {
  process.on('message', ({ task, given }: { task: string; given: unknown }) => {
    const work = tasks[task] as ((given: unknown) => Promise<unknown>) | undefined
    Promise.resolve(work ? work(given) : Promise.reject(new Error(`There is no task ${task}`))).then(
      value => process.send?.({ value }),
      (error: unknown) => process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
    )
  })
  process.on('disconnect', () => process.exit(0))
  process.send?.({ value: 'ready' })
}
