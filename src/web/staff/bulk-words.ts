import type { PlanGroup } from '../../core/invitations/plan-groups.ts'

/** What a group of a plan is called in the numbers at the top, and what its list says. */
export interface GroupWords {
  fact: string
  /** "7 contacts …": the end of the heading, for one and for many. */
  one: string
  many: string
}

const WORDS: Record<PlanGroup, GroupWords> = {
  'access-now': { fact: 'Will get access', one: 'gets access now', many: 'get access now' },
  invite: { fact: 'Will be invited', one: 'will be invited by email', many: 'will be invited by email' },
  invited: { fact: 'Invited already', one: 'was invited already', many: 'were invited already' },
  'has-access': { fact: 'Have access already', one: 'has access already', many: 'have access already' },
  'shares-email': {
    fact: 'Share an email address',
    one: 'shares an email address with somebody selected',
    many: 'share an email address with somebody selected',
  },
  disabled: { fact: 'Login is disabled', one: 'has a disabled login', many: 'have a disabled login' },
  'not-an-address': {
    fact: 'Not an email address',
    one: 'has an email address that mail cannot go to',
    many: 'have an email address that mail cannot go to',
  },
  'no-email': { fact: 'No email address', one: 'has no email address', many: 'have no email address' },
}

/** The words for a group of a plan; with a number of portals when these are added. */
export function groupWords(group: PlanGroup, portals = 0): GroupWords {
  if (group !== 'has-access' || portals === 0) return WORDS[group]
  const all = portals === 1 ? 'this portal' : portals === 2 ? 'both portals' : 'all these portals'
  return { ...WORDS[group], fact: `Already have ${all}` }
}
