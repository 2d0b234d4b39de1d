import { rowsOf } from '../../db/asked.ts'
import type { Db } from '../../db/index.ts'
import { normalized } from '../names.ts'
import { sharedPortalsColumn, sharedPortalsIn, type Portal } from '../portals/portals.ts'
import type { ContactFilter } from './filter.ts'
import { listMarks, markOf, marksColumn, marksIn, type Marks, type Subject } from './marks.ts'
import type { ContactSort } from './order.ts'
import { allIds, isShort, orderedIds, type Known, type Stretch } from './pages.ts'
import { contactRows, contactsPage, countContacts, linesColumn, rowsIn, type ContactRow } from './queries.ts'

/** The contacts as they are at this moment, and the shared portals that some of them have. */
export interface ContactsNow {
  portals: Portal[]
  count(filter: ContactFilter): Promise<number>
  /** One page of the contacts that match; a page past the end is empty. */
  page(filter: ContactFilter, sort: ContactSort, stretch: Stretch): Promise<ContactRow[]>
}

/** What was found for one question, and how things stood then. */
interface Kept {
  mark: string
  total?: number
  /** Everybody in order, where they are not many. */
  all?: number[]
  /** The ids of the pages that were looked at, by their first position. */
  pages: Map<number, number[]>
}

const KEPT_QUESTIONS = 200
const KEPT_PAGES = 50

/** What this process found so far. Every database has its own. */
const memory = new WeakMap<object, Map<string, Kept>>()

/**
 * Counts and pages that remember: what was counted or put in order before is not read again as long as nothing that it is
 * made of has changed, in whatever process. What stands in the rows is read anew each time; where the page that is `wanted`
 * was looked at before, together with whether it is still the same.
 */
export async function contactsNow(db: Db, wanted?: Wanted): Promise<ContactsNow> {
  const kept = newest(memory.get(db) ?? new Map<string, Kept>(), KEPT_QUESTIONS)
  memory.set(db, kept)
  const likely = wanted ? likelyIds(kept, wanted) : []
  const { marks, portals, lines } = await asItStands(db, likely)
  return {
    portals,
    count: filter => counted(db, kept, marks, filter),
    page: async (filter, sort, stretch) => {
      const entry = keptFor(kept, marks, { filter, sort })
      if (!entry) return contactsPage(db, filter, sort, stretch)
      const ids = await pageIds(db, entry, { filter, sort }, stretch)
      return ids.join() === likely.join() ? rowsIn(lines, ids) : contactRows(db, ids)
    },
  }
}

/** A page as it is asked for, before it is known how many there are. */
interface Wanted {
  filter: ContactFilter
  sort: ContactSort
  page: number
  perPage: number
}

/** Who was on a page when it was looked at last. */
function likelyIds(kept: Map<string, Kept>, { filter, sort, page, perPage }: Wanted): number[] {
  const first = (page - 1) * perPage
  const known = kept.get(keyOf({ filter, sort }))
  return (known?.all?.slice(first, first + perPage) ?? known?.pages.get(first) ?? []).slice(0, perPage)
}

/** The marks, the shared portals, and the lines of these contacts, in one statement. */
async function asItStands(db: Db, ids: number[]) {
  const columns = `${marksColumn(db)} as marks, ${sharedPortalsColumn(db)} as portals, ${linesColumn(db)} as lines`
  const [row] = await rowsOf<{
    marks: Parameters<typeof marksIn>[1]
    portals: Parameters<typeof sharedPortalsIn>[0]
    lines: Parameters<typeof rowsIn>[0]
  }>(db, `select ${columns}`, [JSON.stringify(ids)])
  if (!row) throw new Error('The database gave no answer')
  return { marks: await marksIn(db, row.marks), portals: sharedPortalsIn(row.portals), lines: row.lines }
}

async function counted(db: Db, kept: Map<string, Kept>, marks: Marks, filter: ContactFilter): Promise<number> {
  const entry = keptFor(kept, marks, { filter })
  if (!entry) return countContacts(db, filter)
  if (entry.total === undefined) {
    const total = await countContacts(db, filter)
    if (!(await isUnchanged(db, entry, { filter }))) return total
    entry.total = total
  }
  return entry.total
}

async function pageIds(
  db: Db,
  entry: Kept,
  { filter, sort }: { filter: ContactFilter; sort: ContactSort },
  stretch: Stretch,
): Promise<number[]> {
  const first = (stretch.page - 1) * stretch.perPage
  const known = entry.all?.slice(first, first + stretch.perPage) ?? entry.pages.get(first)
  if (known && known.length === Math.min(stretch.perPage, stretch.total - first)) return known
  const all = isShort(filter, stretch.total) ? await allIds(db, filter, sort) : undefined
  const ids =
    all?.slice(first, first + stretch.perPage) ?? (await orderedIds(db, filter, sort, stretch, knownIn(entry)))
  if (await isUnchanged(db, entry, { filter, sort })) keep(entry, first, ids, all)
  return ids
}

function keep(entry: Kept, first: number, ids: number[], all?: number[]): void {
  if (all) entry.all = all
  else entry.pages = newest(entry.pages, KEPT_PAGES).set(first, ids)
}

/** What was kept last, where there is too much of it. */
function newest<Key, Value>(kept: Map<Key, Value>, most: number): Map<Key, Value> {
  return kept.size < most ? kept : new Map([...kept].slice(-most / 2))
}

/** The first and the last contact of each page kept. */
function knownIn({ pages }: Kept): Known[] {
  return [...pages].flatMap(([position, ids]) => {
    const [first, last] = [ids[0], ids.at(-1)]
    if (first === undefined || last === undefined) return []
    return [
      { id: first, position },
      { id: last, position: position + ids.length - 1 },
    ]
  })
}

interface Question {
  filter: ContactFilter
  sort?: ContactSort
}

/**
 * What is kept for a question as things stand, begun anew if they have changed; null for a question that is never kept.
 */
function keptFor(kept: Map<string, Kept>, marks: Marks, question: Question): Kept | null {
  const subjects = subjectsOf(question)
  if (!subjects) return null
  const key = keyOf(question)
  const mark = markOf(marks, subjects)
  const known = kept.get(key)
  const entry = known?.mark === mark ? known : { mark, pages: new Map<number, number[]>() }
  kept.set(key, entry)
  return entry
}

function keyOf({ filter, sort }: Question): string {
  return JSON.stringify({ filter, sort })
}

async function isUnchanged(db: Db, entry: Kept, question: Question): Promise<boolean> {
  return markOf(await listMarks(db), subjectsOf(question) ?? []) === entry.mark
}

/** What an answer depends on; null where that is not known: the time itself, or what somebody ticks. */
function subjectsOf({ filter, sort }: Question): Subject[] | null {
  if (filter.standing || filter.selection) return null
  const text = normalized(filter.text) !== ''
  const company = normalized(filter.company) !== '' || sort?.by === 'company'
  const logins = text || filter.portal || filter.state || sort?.by === 'last-sign-in'
  const subjects: Subject[] = ['contacts']
  if (text || company) subjects.push('companies')
  if (logins) subjects.push('logins')
  if (filter.state || sort?.by === 'last-sign-in') subjects.push('sign-ins')
  if (filter.portal) subjects.push('access')
  return subjects
}
