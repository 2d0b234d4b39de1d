import { ConfigError, readConfig } from './config.ts'
import { hasStaff, newSetupToken } from './core/team/accounts.ts'
import { serve } from './serve.ts'
import { start, stopOnSignal, type Started } from './start.ts'

try {
  const started = await start(readConfig(process.env))
  const serving = await serve(started)
  stopOnSignal(started.log, () => serving.stop())
  started.log.info(`Portico serves ${started.config.baseUrl}`)
  await offerSetup(started)
} catch (error) {
  if (!(error instanceof ConfigError)) throw error
  console.error(error.message)
  process.exit(1)
}

async function offerSetup({ db, config, now }: Started): Promise<void> {
  if (await hasStaff(db)) return
  const token = await newSetupToken(db, now())
  console.log(
    `\nNobody can sign in yet. Make the first administrator within one hour at:\n${config.baseUrl}/staff/setup/${token}\n`,
  )
}
