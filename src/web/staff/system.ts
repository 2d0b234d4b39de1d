import {
  databaseWords,
  healthNow,
  jobFigures,
  mailFigures,
  oldestDueJob,
  type Health,
} from '../../core/operations/health.ts'
import { installation, storeOwner, type StoreOwner } from '../../core/operations/ownership.ts'
import { roomLeft } from '../../core/operations/room.ts'
import type { Deps } from '../shared/deps.ts'
import { count, number } from '../shared/words.ts'
import type { StaffPages } from './face.ts'
import { may } from './guard.ts'

const MEGABYTE = 1_048_576

const DISK: Record<Health['disk'], string> = {
  ok: 'There is room.',
  low: 'There is too little room: documents are refused until there is more.',
  unusable: 'Nothing can be put there. Ask whoever runs Portico.',
}

/** How Portico is, in words: what /ready and /metrics tell machines. */
export function systemPages({ pages, deps }: StaffPages): void {
  pages.get('/system', may('administer'), async (_req, res) => {
    const { db, config, now } = deps
    const health = await healthNow(db, config, now())
    const owner = health.documents === 'ok' ? await storeOwner(db, config).catch(() => null) : null
    const database = await databaseWords(db)
    res.page('staff/system/system', {
      title: 'System',
      nav: 'settings',
      crumbs: [['Settings', '/staff/settings']],
      well: Object.values(health).every(word => word === 'ok') && owner === 'ours',
      database: `${database.engine}. It answers.`,
      step: database.step,
      work: await workWords(deps, health),
      mail: await mailWords(deps, health),
      documents: [...documentWords(deps, health), ...(await ownerWords(deps, owner))],
      disk: [DISK[health.disk], await roomWords(deps)].filter(Boolean),
      metrics: config.metricsToken !== null,
    })
  })
}

async function workWords({ db, now }: Deps, { jobs }: Health): Promise<string[]> {
  const [states, oldestDue] = await Promise.all([jobFigures(db), oldestDueJob(db, now())])
  const sum = (state: string): number => states.reduce((all, one) => (one.state === state ? all + one.jobs : all), 0)
  const late = `Work has waited for ${minutes(now() - (oldestDue ?? now()))}. Look whether a worker runs.`
  return [
    ...(jobs === 'late' ? [late] : ['Nothing waits longer than it should.']),
    `${count(sum('running'), 'job')} at work, ${number(sum('queued'))} waiting, ${number(sum('done'))} done in the last week.`,
    ...(sum('dead') > 0 ? [`${count(sum('dead'), 'job')} failed for good.`] : []),
  ]
}

async function mailWords({ db }: Deps, { mail }: Health): Promise<string[]> {
  const states = await mailFigures(db)
  const of = (status: string): number => states.find(one => one.status === status)?.emails ?? 0
  const words: Record<Health['mail'], string> = {
    ok: 'Mail goes out.',
    failing: 'Some emails could not be sent. The outbox says why.',
    paused: 'No mail leaves: this is a restored copy. The outbox lets it go.',
    'no-server': 'No mail server is set: emails are kept and not sent.',
  }
  return [
    words[mail],
    `${count(of('queued'), 'email')} waiting, ${number(of('held'))} held, ${number(of('failed'))} failed.`,
  ]
}

function documentWords({ config }: Deps, { documents }: Health): string[] {
  if (!config.bucket) return ['They lie on the disk of this machine.']
  return [
    documents === 'ok'
      ? 'They lie in a store of their own. It answers.'
      : 'The store where they lie cannot be reached.',
  ]
}

async function ownerWords({ db }: Deps, owner: StoreOwner | null): Promise<string[]> {
  if (owner === 'paused') return ['Nothing is removed there until mail goes out again.']
  if (owner !== 'another') return []
  return [
    'This bucket belongs to another installation: nothing is removed from it.',
    `To take it over, stop the other one and put an object named installation into the bucket that holds only ${await installation(db)}.`,
  ]
}

async function roomWords({ config }: Deps): Promise<string> {
  const room = await roomLeft(config)
  return room === null ? '' : `${number(Math.floor(room / MEGABYTE))} MB are free.`
}

function minutes(ms: number): string {
  return count(Math.max(1, Math.floor(ms / 60_000)), 'minute')
}
