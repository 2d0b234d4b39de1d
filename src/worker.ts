import { readConfig } from './config.ts'
import { sayWhyNot, start, startWork, stopOnSignal } from './start.ts'

try {
  const started = await start(readConfig(process.env))
  const worker = startWork(started)
  stopOnSignal(started.log, async () => {
    await worker.stop()
    await started.db.destroy()
  })
  started.log.info('background work has started')
} catch (error) {
  sayWhyNot(error)
}
