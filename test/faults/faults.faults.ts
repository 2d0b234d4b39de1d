import { expect } from 'chai'
import { FAILPOINTS, type Failpoint } from '../../src/failpoints.ts'
import { actUnder, bulkAccess, registration, upload } from './acting.ts'
import { importUnder } from './importing.ts'
import { mailUnder, type Moment } from './mailing.ts'
import { migrateUnder } from './migrating.ts'
import { randomOf } from './random.ts'
import { sumOfReports, type Report } from './report.ts'
import { tell } from './table.ts'
import { atRandom, type Kill } from './victim.ts'

const sizes = {
  seeds: number('FAULT_SEEDS', 5),
  rows: number('FAULT_ROWS', 50_000),
  mails: number('FAULT_MAILS', 10_000),
  random: number('FAULT_RANDOM', 50),
}
const FEW_ROWS = 300
const seeds = Array.from({ length: sizes.seeds }, (_, index) => index + 1)
const named = (prefix: string): Failpoint[] => FAILPOINTS.filter(name => name.startsWith(prefix))

describe('Whatever it dies of', function () {
  this.timeout(3_600_000)

  for (const at of [...named('job.'), ...named('import.')]) {
    it(`an import ends with every row once: ${at}`, async () => {
      await trial(at, seed =>
        importUnder([{ at, nth: at === 'import.rows-checked' ? 1 : nthOf(at, seed) }], FEW_ROWS * 5),
      )
    })
  }

  it(`an import of ${String(sizes.rows)} rows ends with every row once: at any moment`, async () => {
    const random = randomOf(1)
    const steps = named('import.rows-')
      .slice(1)
      .flatMap(at => seeds.map((): Kill => ({ at, nth: random.between(1, 3) })))
    const kills = [...steps, ...atRandom(random, sizes.random, 100, 800)]
    await trial('an import, at any moment', () => importUnder(kills, sizes.rows), 1)
  })

  it(`${String(sizes.mails)} mails arrive, twice only as the same bytes: at any moment`, async () => {
    const random = randomOf(2)
    const steps = named('mail.').flatMap(at => seeds.map((): Kill => ({ at, nth: random.between(1, 60) })))
    const whens = ['recipient', 'letter', 'answer'] as const
    const moments = whens.flatMap((when, index) =>
      seeds.map((seed): Moment => ({
        when,
        nth: Math.floor((sizes.mails * (seed * 3 + index)) / (sizes.seeds * 3 + 4)),
      })),
    )
    const kills = [...steps, ...atRandom(random, sizes.random, 100, 1500)]
    await trial('mailing, at any moment', () => mailUnder(kills, moments, sizes.mails), 1)
  })

  for (const at of named('document.'))
    it(`a document is there whole or not at all: ${at}`, () => trial(at, () => actUnder({ at, nth: 1 }, upload)))

  for (const at of named('registration.'))
    it(`a registration is done once: ${at}`, () => trial(at, () => actUnder({ at, nth: 1 }, registration)))

  for (const at of named('batch.'))
    it(`a bulk change is done whole: ${at}`, () => trial(at, () => actUnder({ at, nth: 1 }, bulkAccess)))

  for (const at of ['migration.begun', 'migration.done'] as const)
    it(`the tables are brought up to date by the next start: ${at}`, () =>
      trial(at, seed => migrateUnder({ at, nth: seed * 4 })))
})

/** Once for each seed; says what came of it in a line of the table. */
async function trial(name: string, once: (seed: number) => Promise<Report>, times = sizes.seeds): Promise<void> {
  const reports: Report[] = []
  for (const seed of seeds.slice(0, times)) reports.push(await once(seed))
  const { deaths, missed, wrong, twice } = sumOfReports(reports)
  tell({ name, trials: reports.length, deaths, wrong: wrong.length, twice })
  expect(wrong).to.deep.equal([])
  expect(missed, 'deaths that never came').to.equal(0)
  expect(deaths).to.be.at.least(times)
}

/** Which time it comes to this place: only rows come more than once. */
function nthOf(at: Failpoint, seed: number): number {
  return at.startsWith('import.rows') ? ((seed - 1) % 3) + 1 : 1
}

function number(name: string, otherwise: number): number {
  return Number(process.env[name] ?? otherwise)
}
