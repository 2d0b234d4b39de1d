import { openBare, withoutUpkeep } from '../offices/bare.ts'
import { timed } from '../results/numbers.ts'

const GRANT = `insert into portal_access (portal_user_id, portal_id, source, granted_by_staff_id, granted_at)
  select portal_users.id, portals.id, 'bulk', 1, 1 from portal_users cross join portals where portals.id in (1, 2)`

/** Gives two portals to everybody in one statement, and keeps no record of it. */
export async function grantPortals({ database }: { database: string }): Promise<number> {
  const db = await openBare(database)
  await withoutUpkeep(db)
  await db.all('select count(*) from portal_users')
  const ms = await timed(() => db.run(GRANT))
  await db.close()
  return ms
}
