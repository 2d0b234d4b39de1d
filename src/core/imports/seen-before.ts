import { openFirsts } from '../../db/firsts.ts'
import { emailKey } from '../email-address.ts'
import { normalized, normalizedUsername } from '../names.ts'
import { signInNamesOf } from '../portal-users/records.ts'
import { keysOf, type ContactRow } from './contact-row.ts'
import type { Known } from './known.ts'
import { nothingSeen, type Seen } from './seen.ts'

/** What all the rows of a file so far have said, whose memory does not grow with the file. */
export interface SeenBefore {
  /** As much of it as says something about these rows, and about the people they speak of. */
  about(rows: ContactRow[], known: Known): Promise<Seen>
  /** Takes in what some rows have said, together with what was known before them. */
  keep(seen: Seen): Promise<void>
}

/** Begins with nothing seen, and forgets all of it after the work. */
export async function seeingRows<T>(work: (before: SeenBefore) => Promise<T>): Promise<T> {
  const firsts = await openFirsts()
  try {
    return await work({
      async about(rows, known) {
        const seen = nothingSeen()
        for (const [key, row] of await firsts.of(keysFor(rows, known))) take(seen, key, row)
        return seen
      },
      keep: seen => firsts.keep(saidIn(seen)),
    })
  } finally {
    await firsts.close()
  }
}

type Kind = keyof Seen

/** "emails ada@x.example" and the like: every key under which a row before may stand in the way of these. */
function keysFor(rows: ContactRow[], { contacts, logins }: Known): string[] {
  const keys = new Set<string>()
  const ask = (kind: Kind, asked: (string | number | null)[]): void =>
    asked.forEach(key => key !== null && keys.add(`${kind} ${String(key)}`))
  for (const row of rows) {
    const { contactId, email, username, reference } = keysOf(row)
    const given = row.values
    ask('contactIds', [contactId])
    ask('emails', [email])
    ask('usernames', [username])
    ask('references', [reference])
    ask('companies', [given.company ? normalized(given.company) : null])
    ask('claims', [...namesOf(given.username), ...namesOf(given.email)])
  }
  for (const { id, email } of contacts.values()) {
    ask('contactIds', [id])
    ask('emails', [email === null ? null : emailKey(email)])
    ask('claims', namesOf(email))
  }
  for (const { username, email } of logins.values()) {
    ask('usernames', [normalizedUsername(username)])
    ask('claims', [...namesOf(username), ...namesOf(email)])
  }
  return [...keys]
}

/** What somebody may sign in with who has this as a username or as an address. */
function namesOf(text: string | null | undefined): string[] {
  return text ? signInNamesOf({ username: text, email: null }) : []
}

function saidIn(seen: Seen): [string, number][] {
  return Object.entries(seen).flatMap(([kind, rows]) =>
    [...(rows as Map<string | number, number>)].map(([key, row]): [string, number] => [`${kind} ${String(key)}`, row]),
  )
}

function take(seen: Seen, kept: string, row: number): void {
  const place = kept.indexOf(' ')
  const kind = kept.slice(0, place) as Kind
  const key = kept.slice(place + 1)
  if (kind === 'contactIds') seen[kind].set(Number(key), row)
  else seen[kind].set(key, row)
}
