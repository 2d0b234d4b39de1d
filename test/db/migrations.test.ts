import { expect } from 'chai'
import { system } from '../../src/core/actors.ts'
import { record } from '../../src/core/audit/record.ts'
import { isPostgres, type Db } from '../../src/db/index.ts'
import { migrate } from '../../src/db/migrate.ts'
import { openFreshDatabase } from '../support/engine.ts'

describe('The migrations', () => {
  let db: Db
  let end: () => Promise<void>
  beforeEach(async () => void ({ db, end } = await openFreshDatabase()))
  afterEach(() => end())

  it('leave the same tables after up, down and up', async () => {
    const before = await schemaOf(db)

    await db.migrate.rollback(undefined, true)
    const empty = await schemaOf(db)
    const ran = await migrate(db)

    expect(before.length).to.be.above(40)
    expect(empty).to.deep.equal([])
    expect(ran.length).to.be.above(6)
    expect(await schemaOf(db)).to.deep.equal(before)
  })

  it('go down one by one and up again, each on its own', async () => {
    const before = await schemaOf(db)
    const [done] = (await db.migrate.list()) as [{ name: string }[]]

    for (const _ of done) await db.migrate.down()
    expect(await schemaOf(db)).to.deep.equal([])
    for (const _ of done) await db.migrate.up()

    expect(await schemaOf(db)).to.deep.equal(before)
  })

  it('are known by names without an ending, and run once', async () => {
    const names = await db('knex_migrations').pluck<string[]>('name')

    expect(names.filter(name => !/^\d{14}_[a-z_]+$/.test(name))).to.deep.equal([])
    expect(await migrate(db)).to.deep.equal([])
  })
})

describe('The audit log', () => {
  let db: Db
  let end: () => Promise<void>
  beforeEach(async () => void ({ db, end } = await openFreshDatabase()))
  afterEach(() => end())

  for (const [what, change] of [
    ['changed', (log: Db) => log('audit_events').update({ action: 'nothing' })],
    ['removed', (log: Db) => log('audit_events').delete()],
    ['replaced', (log: Db) => log.raw('delete from audit_events where id > 0')],
  ] as const) {
    it(`cannot be ${what}`, async () => {
      await record(db, system, 'staff.added', { type: 'staff', id: 1 }, { role: 'admin' }, 1)
      const before = await db('audit_events').select()

      const refusal: unknown = await change(db).then(
        () => null,
        (error: unknown) => error,
      )

      expect(String(refusal)).to.include('the audit log is append-only')
      expect(await db('audit_events').select()).to.deep.equal(before)
    })
  }
})

/**
 * Every column, index, check and trigger there is, in words of the engine; an extension belongs to the server and
 * stays.
 */
async function schemaOf(db: Db): Promise<string[]> {
  const rows = isPostgres(db) ? await postgresSchema(db) : await sqliteSchema(db)
  return rows.map(row => JSON.stringify(row)).toSorted()
}

function sqliteSchema(db: Db): Promise<unknown[]> {
  return db('sqlite_master')
    .whereNot('tbl_name', 'like', 'knex_%')
    .whereNot('tbl_name', 'like', 'sqlite_%')
    .select<unknown[]>('type', 'name', 'tbl_name', 'sql')
}

async function postgresSchema(db: Db): Promise<unknown[]> {
  const ours = "table_name not like 'knex_%' and table_schema = 'public'"
  const { rows } = (await db.raw(`
    select 'column' as kind, table_name, column_name as name, concat_ws(' ', data_type, is_nullable, column_default, collation_name) as said
      from information_schema.columns where ${ours}
    union all
    select 'index', tablename, indexname, indexdef from pg_indexes where schemaname = 'public' and tablename not like 'knex_%'
    union all
    select 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
      where connamespace = 'public'::regnamespace and conrelid::regclass::text not like 'knex_%' and contype <> 'n'
    union all
    select 'trigger', event_object_table, trigger_name, event_manipulation from information_schema.triggers
    union all
    select 'function', proname, '', prosrc from pg_proc where pronamespace = 'public'::regnamespace
      and not exists (select 1 from pg_depend where objid = pg_proc.oid and deptype = 'e')`)) as {
    rows: unknown[]
  }
  return rows
}
