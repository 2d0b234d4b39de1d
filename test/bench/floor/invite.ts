import { openBare, withoutUpkeep } from '../offices/bare.ts'
import { timed } from '../results/numbers.ts'

const TOKEN = {
  sqlite: 'hex(randomblob(32))',
  postgres: "encode(sha256(random()::text::bytea || id::text::bytea), 'hex')",
}

/** Writes an invitation for everybody in one statement, to one portal, and no mail. */
export async function inviteContacts({ database }: { database: string }): Promise<number> {
  const db = await openBare(database)
  await withoutUpkeep(db)
  await db.all('select count(*) from contacts')
  const invite = `insert into invitations (portal_id, contact_id, name, search_name, email, email_normalized, can_invite_others,
      can_view_details, can_view_documents, token_hash, status, invited_by_staff_id, created_at)
    select 1, id, name, name_normalized, email, email_normalized, true, true, true, ${TOKEN[db.engine]}, 'open', 1, 1
    from contacts where true`
  const ms = await timed(() => db.run(invite))
  await db.close()
  return ms
}
