import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import { loadSmallOfficePortals } from '../../seeds/small-office-portals.ts'
import { loadSmallOffice } from '../../seeds/small-office.ts'
import { readConfig } from '../../src/config.ts'
import { system } from '../../src/core/actors.ts'
import { createPasswords } from '../../src/core/passwords.ts'
import { addPortal } from '../../src/core/portals/portals.ts'
import { openDb, type Db } from '../../src/db/index.ts'
import { migrate } from '../../src/db/migrate.ts'
import { projectRoot } from '../../src/root.ts'
import { describeOn, emptyDatabase, freshDatabase, type TestDatabase } from '../support/engine.ts'
import { scratchFolder } from '../support/scratch.ts'
import { QUICK_PASSWORDS } from '../support/world.ts'

describeOn('postgres')('Moving an office from SQLite to PostgreSQL', function () {
  this.timeout(90_000)
  let folder: string
  let target: TestDatabase
  let small: Db
  let large: Db
  before(async () => {
    folder = mkdtempSync(path.join(scratchFolder(), 'office-'))
    small = openDb(`sqlite:${path.join(folder, 'portico.sqlite3')}`)
    await migrate(small)
    await loadSmallOffice(small, createPasswords(QUICK_PASSWORDS), Date.now())
    await loadSmallOfficePortals(small, readConfig({ DATA_DIR: folder }), Date.now())
    await small('portals').insert({
      id: 900,
      kind: 'shared',
      name: 'Gone',
      name_normalized: 'gone',
      slug: 'gone',
      created_at: 1,
      updated_at: 1,
    })
    await small('portals').where({ id: 900 }).delete()
    target = await emptyDatabase()
    large = openDb(target.url)
  })
  after(async () => {
    await small.destroy()
    await large.destroy()
    await target.drop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('copies every row, proves it, and leaves the rules of the tables as they were', async () => {
    const { code, said } = await moved()

    expect(said)
      .to.match(/^contacts +60 +60 {2}the same$/m)
      .and.match(/^documents +[1-9]\d* +[1-9]\d* {2}the same$/m)
    expect(said).not.to.include('DIFFERENT')
    expect(code, said).to.equal(0)
    const fresh = await freshDatabase()
    const other = openDb(fresh.url)
    expect(await rulesOf(large)).to.deep.equal(await rulesOf(other))
    await other.destroy()
    await fresh.drop()
  })

  it('counts on from the highest number there ever was', async () => {
    const added = await addPortal(large, system, 'New', Date.now())

    expect(added.ok && added.value).to.be.above(900)
  })

  it('does not copy over rows that are there', async () => {
    const { code, said } = await moved()

    expect(code).to.equal(1)
    expect(said).to.include('Nothing was copied: the database has rows already')
  })

  it('does not move an office that is not there', async () => {
    const wrong = path.join(folder, 'wrong')

    const { code, said } = await movedFrom(wrong, '--check')

    expect([code, existsSync(wrong)]).to.deep.equal([1, false])
    expect(said).to.include('Nothing was copied: there is no installation at DATA_DIR')
  })

  it('finds one letter that was changed, and one row that is missing', async () => {
    await large('contacts').where({ id: 7 }).update({ notes: 'tampered' })
    await large('emails')
      .where({ id: (await large('emails').max('id as id').first())?.id as number })
      .delete()

    const { code, said } = await moved('--check')

    expect(code).to.equal(1)
    expect(said)
      .to.match(/^contacts +60 +60 {2}DIFFERENT$/m)
      .and.match(/^emails .* {2}DIFFERENT$/m)
    expect(said).to.match(/^companies .* {2}the same$/m)
  })

  /** The address of the new database comes with the environment, and with `--check` on the command line. */
  const moved = (...more: string[]): ReturnType<typeof movedFrom> => movedFrom(folder, ...more)

  async function movedFrom(dataDir: string, ...more: string[]): Promise<{ code: number; said: string }> {
    const place = more.length > 0 ? ['--to', target.url] : []
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/migrate-engine.ts', ...place, ...more], {
      cwd: projectRoot,
      env: { ...process.env, DATA_DIR: dataDir, DATABASE_URL: '', MIGRATE_TO: more.length > 0 ? '' : target.url },
    })
    let said = ''
    child.stdout.on('data', piece => (said += String(piece)))
    child.stderr.on('data', piece => (said += String(piece)))
    const [code] = (await once(child, 'close')) as [number]
    return { code, said }
  }
})

async function rulesOf(db: Db): Promise<unknown[]> {
  const { rows } = (await db.raw(`
    select conrelid::regclass::text as "table", conname as name, pg_get_constraintdef(oid) as said, convalidated from pg_constraint
      where connamespace = 'public'::regnamespace and contype <> 'n'
    union all select tgrelid::regclass::text, tgname, tgenabled::text, true from pg_trigger where not tgisinternal
    order by 1, 2`)) as { rows: unknown[] }
  return rows
}
