import type { Request, Response } from 'express'
import { may as staffMay } from '../../core/actors.ts'
import { addCompany, companiesCalled } from '../../core/companies/companies.ts'
import { addContact, archiveContact, changeContact } from '../../core/contacts/changes.ts'
import { contact, likelyDuplicates, type Contact } from '../../core/contacts/queries.ts'
import type { ContactFields } from '../../core/contacts/records.ts'
import { loginOfContact } from '../../core/portal-users/queries.ts'
import { notFound } from '../shared/errors.ts'
import { readId, text, ticked, type FieldError } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { readContact, typedContact, type ContactForm, type TypedContact } from './contact-form.ts'
import { TYPE_WORDS } from './contact-list-query.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'

const CRUMBS = [['Contacts', '/staff/contacts']]
const REFUSALS: Record<'reference-taken' | 'changed-meanwhile', FieldError> = {
  'reference-taken': {
    field: 'reference',
    message: 'Another contact has this reference. Use a different one, or leave it empty',
  },
  'changed-meanwhile': {
    field: 'name',
    message:
      'Somebody changed this contact while you were editing it. Open it again to see the change, then save yours',
  },
}

/** One contact: its page, adding, changing, archiving. */
export function contactPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/contacts/new', may('change'), (_req, res) => {
    showForm(res, null, { ...typedContact({}), contactType: 'client' }, [])
  })

  pages.post('/contacts', may('change'), async (req, res) => {
    const fields = await fieldsOf(req, res, null)
    if (!fields) return
    const added = await addContact(db, staffOf(req), fields, now())
    if (!added.ok) return showForm(res.status(422), null, typedContact(req.body), [REFUSALS[added.error]])
    await redirectSaying(req, res, `/staff/contacts/${String(added.value)}`, `${fields.name} was added.`)
  })

  pages.get('/contacts/:id', may('see'), async (req, res) => {
    const found = await contactAt(req)
    res.page('staff/contacts/contact', {
      title: found.name,
      tabTitle: `${found.name} – Contacts`,
      nav: 'contacts',
      crumbs: CRUMBS,
      contact: found,
      login: await loginOfContact(db, found.id),
      typeWords: TYPE_WORDS[found.contactType],
      mayChange: staffMay(staffOf(req), 'change'),
      nowMs: now(),
    })
  })

  pages.get('/contacts/:id/change', may('change'), async (req, res) => {
    const found = await contactAt(req)
    showForm(res, found, { ...typedContact({}), ...filledIn(found) }, [])
  })

  pages.post('/contacts/:id', may('change'), async (req, res) => {
    const found = await contactAt(req)
    const fields = await fieldsOf(req, res, found)
    if (!fields) return
    const version = Number(text(req.body, 'version'))
    const changed = await changeContact(db, staffOf(req), found.id, version, fields, now())
    if (!changed.ok) return showForm(res.status(422), found, typedContact(req.body), [refusalError(changed.error)])
    await redirectSaying(req, res, `/staff/contacts/${String(found.id)}`, `The changes to ${fields.name} were saved.`)
  })

  for (const [act, archived] of [
    ['archiving', true],
    ['restoring', false],
  ] as const) {
    pages.post(`/contacts/:id/${act}`, may('change'), async (req, res) => {
      const done = await archiveContact(db, staffOf(req), readId(req.params.id) ?? 0, archived, now())
      if (!done.ok) throw notFound()
      const words = archived ? 'was archived. You can restore it here.' : 'is back in the list.'
      await redirectSaying(req, res, `/staff/contacts/${String(done.value.id)}`, `${done.value.name} ${words}`)
    })
  }

  async function contactAt(req: Request): Promise<Contact> {
    const found = await contact(db, readId(req.params.id) ?? 0)
    if (!found) throw notFound()
    return found
  }

  /** The fields of a good form, its company found or added; null once the form was shown again with what to change. */
  async function fieldsOf(req: Request, res: Response, found: Contact | null): Promise<ContactFields | null> {
    const typed = typedContact(req.body)
    const form = readContact(typed)
    const errors = form.ok ? [] : form.errors
    const companyError = await companyMistake(typed)
    if (companyError) errors.push(companyError)
    if (!form.ok || errors.length > 0) return again(errors)
    const companyId = await companyOf(req, form.values, typed)
    const fields = { ...form.values.fields, companyId }
    const twins = found || ticked(req.body, 'not_a_duplicate') ? [] : await likelyDuplicates(db, fields, 0)
    if (twins.length === 0) return fields
    return again(
      [
        {
          field: 'not_a_duplicate',
          message:
            'This may be somebody you have already. Look at the contacts named below, or say that this is another person',
        },
      ],
      twins,
    )

    function again(
      mistakes: FieldError[],
      duplicates: { id: number; name: string; email: string | null }[] = [],
    ): null {
      showForm(res.status(422), found, typed, mistakes, duplicates)
      return null
    }
  }

  async function companyMistake(typed: TypedContact): Promise<FieldError | null> {
    if (!typed.company) return null
    const called = await companiesCalled(db, typed.company)
    if (called.length === 1 || (called.length === 0 && typed.addCompany)) return null
    const message =
      called.length > 1
        ? `There are ${String(called.length)} companies called ${typed.company}. Rename all but one of them first`
        : `There is no company called ${typed.company}. Check the name, or tick “Add it as a new company”`
    return { field: 'company', message }
  }

  async function companyOf(req: Request, form: ContactForm, typed: TypedContact): Promise<number | null> {
    if (!form.company) return null
    const [known] = await companiesCalled(db, form.company)
    if (known) return known.id
    const added = await addCompany(
      db,
      staffOf(req),
      { name: typed.company, email: null, phone: null, reference: null },
      now(),
    )
    return added.ok ? added.value : null
  }

  function showForm(
    res: Response,
    found: Contact | null,
    typed: TypedContact,
    errors: FieldError[],
    duplicates: { id: number; name: string; email: string | null }[] = [],
  ): void {
    res.page('staff/contacts/form', {
      title: found ? `Change ${found.name}` : 'Add a contact',
      nav: 'contacts',
      crumbs: found ? [...CRUMBS, [found.name, `/staff/contacts/${String(found.id)}`]] : CRUMBS,
      errors,
      typed,
      duplicates,
      contact: found,
      types: Object.entries(TYPE_WORDS),
    })
  }
}

function refusalError(refusal: keyof typeof REFUSALS | 'not-found'): FieldError {
  if (refusal === 'not-found') throw notFound()
  return REFUSALS[refusal]
}

function filledIn(found: Contact): Partial<TypedContact> {
  return {
    name: found.name,
    contactType: found.contactType,
    company: found.company ?? '',
    email: found.email ?? '',
    phone: found.phone ?? '',
    reference: found.reference ?? '',
    notes: found.notes ?? '',
    version: found.version,
  }
}
