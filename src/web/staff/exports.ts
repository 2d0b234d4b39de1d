import type { Request } from 'express'
import { countContacts } from '../../core/contacts/queries.ts'
import type { ContactFilter } from '../../core/contacts/filter.ts'
import { ownSelection } from '../../core/contacts/selection.ts'
import { CONTACT_COLUMNS, contactsCsv, contactsWorkbook, recordExport } from '../../core/exports/contacts.ts'
import { sharedPortals } from '../../core/portals/portals.ts'
import { filterChips, filterParams, readContactListQuery, SELECTION_GONE } from './contact-list-query.ts'
import { sendFile } from './downloads.ts'
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
      files: (['csv', 'xlsx'] as const).map(ending => ({
        name: filename(now(), ending),
        href: `/staff/contacts/export.${ending}?${searchOf(filter)}`,
      })),
    })
  })

  pages.get('/contacts/export.csv', may('export'), async (req, res) => {
    const filter = await filterOf(req)
    await noted(req, filter)
    await sendFile(res, deps, filename(now(), 'csv'), contactsCsv(db, filter))
  })

  pages.get('/contacts/export.xlsx', may('export'), async (req, res) => {
    const filter = await filterOf(req)
    await noted(req, filter)
    await sendFile(res, deps, filename(now(), 'xlsx'), contactsWorkbook(db, filter))
  })

  async function noted(req: Request, filter: ContactFilter): Promise<void> {
    await recordExport(db, staffOf(req), filter, await countContacts(db, filter), now())
  }

  async function filterOf(req: Request): Promise<ContactFilter> {
    const { filter } = readContactListQuery(req.query, 25)
    if (filter.selection && !(await ownSelection(db, staffOf(req), filter.selection))) throw SELECTION_GONE
    return filter
  }
}

function searchOf(filter: ContactFilter): string {
  const query = new URLSearchParams(filterParams(filter))
  if (filter.selection) query.set('s', filter.selection)
  return query.toString()
}

function filename<Ending extends 'csv' | 'xlsx'>(now: number, ending: Ending): `contacts-${string}.${Ending}` {
  return `contacts-${new Date(now).toISOString().slice(0, 10)}.${ending}`
}
