import { oneLine } from '../../core/names.ts'
import { contrastOnPaper, LEAST_CONTRAST, readColour } from '../../core/settings/colours.ts'
import { OFFICE_PORTAL_NAME_LENGTH, timeZones } from '../../core/settings/office.ts'
import type { PortalSettings } from '../../core/settings/portal-settings.ts'
import { text, ticked, type Reading } from '../shared/forms.ts'

/** One form of the page: what it sets, and what is said once that is saved. */
export interface Topic {
  /** The last part of its address. */
  path: string
  read: (body: unknown) => Reading<Partial<PortalSettings>>
  said: (saved: PortalSettings) => string
}

const SECOND_FACTOR_SAID: Record<PortalSettings['secondFactor'], string> = {
  off: 'Portal users cannot set up a second factor. Those who have one keep it.',
  offered: 'Portal users may set up a second factor.',
  required: 'Portal users must use a second factor. Those without one are led to setting it up.',
}

export const TOPICS: Topic[] = [
  {
    path: 'inviting',
    read: body => ({ ok: true, values: { clientsCanInvite: ticked(body, 'clientsCanInvite') } }),
    said: ({ clientsCanInvite }) =>
      clientsCanInvite
        ? 'Clients whose own permission allows it can invite others to the portal.'
        : 'No client can invite others to the portal any more.',
  },
  {
    path: 'registration',
    read: body => chosen(body, 'registrationEmail', ['any', 'invited_only'], 'Choose who may register'),
    said: ({ registrationEmail }) =>
      registrationEmail === 'any'
        ? 'Invitations may be handed on: people register with any address.'
        : 'People register with the invited address only.',
  },
  {
    path: 'credentials',
    read: body => chosen(body, 'credentials', ['password', 'link'], 'Choose what new portal users are sent'),
    said: ({ credentials }) =>
      credentials === 'password'
        ? 'New portal users are sent a temporary password.'
        : 'New portal users are sent a link to choose a password.',
  },
  {
    path: 'second-factor',
    read: body => chosen(body, 'secondFactor', ['off', 'offered', 'required'], 'Choose who uses a second factor'),
    said: ({ secondFactor }) => SECOND_FACTOR_SAID[secondFactor],
  },
  {
    path: 'name',
    read: readName,
    said: ({ portalName }) =>
      portalName ? `The portal is now called ${portalName}.` : 'The portal is called after your office again.',
  },
  {
    path: 'time-zone',
    read: readZone,
    said: ({ timeZone }) =>
      timeZone
        ? `Times are now shown in the time zone ${timeZone}.`
        : 'Times are shown in the time zone Portico was set up with.',
  },
  {
    path: 'colour',
    read: readOwnColour,
    said: ({ colour }) =>
      colour ? `The portal now has the colour ${colour}.` : 'The portal has the colour of Portico again.',
  },
]

function chosen<Field extends 'registrationEmail' | 'credentials' | 'secondFactor'>(
  body: unknown,
  field: Field,
  allowed: PortalSettings[Field][],
  message: string,
): Reading<Partial<PortalSettings>> {
  const value = allowed.find(one => one === text(body, field))
  if (value === undefined) return { ok: false, errors: [{ field, message }] }
  return { ok: true, values: { [field]: value } }
}

function readName(body: unknown): Reading<Partial<PortalSettings>> {
  const portalName = oneLine(text(body, 'portalName', 1000))
  if ([...portalName].length <= OFFICE_PORTAL_NAME_LENGTH) return { ok: true, values: { portalName } }
  const message = `Use at most ${String(OFFICE_PORTAL_NAME_LENGTH)} characters for the name`
  return { ok: false, errors: [{ field: 'portalName', message }] }
}

function readZone(body: unknown): Reading<Partial<PortalSettings>> {
  const timeZone = text(body, 'timeZone', 100)
  if (timeZone === '' || timeZones().includes(timeZone)) return { ok: true, values: { timeZone } }
  return { ok: false, errors: [{ field: 'timeZone', message: 'Choose a time zone from the list' }] }
}

function readOwnColour(body: unknown): Reading<Partial<PortalSettings>> {
  const typed = text(body, 'colour', 100)
  if (typed === '') return { ok: true, values: { colour: '' } }
  const colour = readColour(typed)
  const message = colour === null ? 'Enter a colour like #12545a' : tooLight(colour)
  if (colour !== null && message === null) return { ok: true, values: { colour } }
  return { ok: false, errors: [{ field: 'colour', message: message ?? '' }] }
}

function tooLight(colour: string): string | null {
  const found = contrastOnPaper(colour)
  if (found >= LEAST_CONTRAST) return null
  const rounded = (Math.floor(found * 10) / 10).toFixed(1)
  return `Choose a darker colour than ${colour}: words in it would have a contrast of ${rounded} to 1 on a light page, and need ${String(LEAST_CONTRAST)} to 1`
}
