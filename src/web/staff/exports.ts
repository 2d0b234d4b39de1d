import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Request } from 'express'
import { countContacts } from '../../core/contacts/queries.ts'
import type { ContactFilter } from '../../core/contacts/filter.ts'
import { ownSelection } from '../../core/contacts/selection.ts'
import { CONTACT_COLUMNS, contactsCsv, recordExport } from '../../core/exports/contacts.ts'
import { sharedPortals } from '../../core/portals/portals.ts'
import { filterChips, filterParams, readContactListQuery } from './contact-list-query.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'

/** Taking the contacts that a search finds out as a spreadsheet. */
export function exportPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/contacts/export', may('export'), async (req, res) => {
    const filter = await filterOf(req)
    const total = await countContacts(db, filter)
    res.page('staff/contacts/export', {
      title: 'Export contacts',
      nav: 'contacts',
      crumbs: [['Contacts', '/staff/contacts']],
      total,
      chips: filterChips(filter, await sharedPortals(db)),
      columns: CONTACT_COLUMNS,
      filename: filename(now()),
      download: `/staff/contacts/export.csv?${searchOf(filter)}`,
    })
  })

  pages.get('/contacts/export.csv', may('export'), async (req, res) => {
    const filter = await filterOf(req)
    await recordExport(db, staffOf(req), filter, await countContacts(db, filter), now())
    res.set({
      'Content-Type': 'text/csv; charset=utf-8',
      'Content-Disposition': `attachment; filename="${filename(now())}"`,
      'Cache-Control': 'no-store',
    })
    await pipeline(Readable.from(contactsCsv(db, filter)), res).catch((error: unknown) => {
      deps.log.warn({ err: error }, 'an export ended early')
    })
  })

  async function filterOf(req: Request): Promise<ContactFilter> {
    const { filter } = readContactListQuery(req.query, 25)
    return { ...filter, selection: await ownSelection(db, staffOf(req), filter.selection) }
  }
}

function searchOf(filter: ContactFilter): string {
  const query = new URLSearchParams(filterParams(filter))
  if (filter.selection) query.set('s', filter.selection)
  return query.toString()
}

function filename(now: number): string {
  return `contacts-${new Date(now).toISOString().slice(0, 10)}.csv`
}
