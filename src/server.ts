import { readConfig } from './config.ts'
import { hasStaff, newSetupToken } from './core/team/accounts.ts'
import { serve } from './serve.ts'
import { sayWhyNot, start, stopOnSignal, type Started } from './start.ts'

try {
  const pagesOnly = process.argv.includes('--no-worker') && { RUN_WORKER: 'no' }
  const started = await start(readConfig({ ...process.env, ...pagesOnly }))
  const serving = await serve(started)
  stopOnSignal(started.log, () => serving.stop())
  started.log.info(`Portico serves ${started.config.baseUrl}`)
  await offerSetup(started)
} catch (error) {
  sayWhyNot(error)
}

async function offerSetup({ db, config, now }: Started): Promise<void> {
  if (await hasStaff(db)) return
  const token = await newSetupToken(db, now())
  console.log(
    `\nNobody can sign in yet. Make the first administrator within one hour at:\n${config.baseUrl}/staff/setup/${token}\n`,
  )
}
