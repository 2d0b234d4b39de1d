import type { Knex } from 'knex'
import type { Db } from '../../db/index.ts'
import { groupsOf, knownFor, type PlanGroup, type Target } from './plan-groups.ts'

/** The groups in the order in which people want to read them. */
export const PLAN_GROUPS: readonly PlanGroup[] = [
  'access-now',
  'invite',
  'invited',
  'has-access',
  'shares-email',
  'disabled',
  'not-an-address',
  'no-email',
]

/** How many contacts are in each group. `mark` stands for who is in which: the same mark is the same plan. */
export interface Plan {
  selected: number
  counts: Record<PlanGroup, number>
  mark: string
}

/** Counts the groups as the database is now. Changes nothing. */
export async function planInvitations(db: Db, selection: string, target: Target, now: number): Promise<Plan> {
  const groups = groupsOf(db, selection, target, await knownFor(db, selection, target, now))
  return countedPlan(db.from(groups.as('planned')), 'planned.plan_group', 'planned.contact_id')
}

/** The plan that the rows of a query make, one a contact. */
export async function countedPlan(query: Knex.QueryBuilder, group: string, contactId: string): Promise<Plan> {
  const rows = await query
    .groupBy(group)
    .count<GroupRow[]>({ contacts: contactId })
    .sum<GroupRow[]>({ ids: contactId })
    .select<GroupRow[]>({ group })
  const byGroup = new Map(rows.map(row => [row.group, row]))
  const contactsIn = (one: PlanGroup): number => byGroup.get(one)?.contacts ?? 0
  return {
    selected: rows.reduce((sum, row) => sum + row.contacts, 0),
    counts: Object.fromEntries(PLAN_GROUPS.map(one => [one, contactsIn(one)])) as Record<PlanGroup, number>,
    mark: PLAN_GROUPS.map(one => `${String(contactsIn(one))}.${String(byGroup.get(one)?.ids ?? 0)}`).join('_'),
  }
}

interface GroupRow {
  group: PlanGroup
  contacts: number
  ids: number
}

export interface PlannedContact {
  id: number
  name: string
  company: string | null
  email: string | null
  /** Who is invited, or gets access, with the same address: for `shares-email` somebody else. */
  leader: string | null
}

/** The first contacts of a group, by name. */
export async function contactsOfGroup(
  db: Db,
  selection: string,
  target: Target,
  { group, limit }: { group: PlanGroup; limit: number },
  now: number,
): Promise<PlannedContact[]> {
  const groups = groupsOf(db, selection, target, await knownFor(db, selection, target, now))
  return db
    .from(groups.as('planned'))
    .join('contacts', 'contacts.id', 'planned.contact_id')
    .leftJoin('companies', 'companies.id', 'contacts.company_id')
    .leftJoin({ leaders: 'contacts' }, 'leaders.id', 'planned.leader_id')
    .where('planned.plan_group', group)
    .orderBy([{ column: 'contacts.name_normalized' }, { column: 'contacts.id' }])
    .limit(limit)
    .select<PlannedContact[]>(
      'contacts.id',
      'contacts.name',
      'companies.name as company',
      'contacts.email',
      'leaders.name as leader',
    )
}

export interface NamedGroup {
  group: PlanGroup
  total: number
  contacts: PlannedContact[]
}

/** The groups of a plan that somebody is in, each with its first contacts by name. */
export function namedGroups(
  db: Db,
  { selection, target, plan }: { selection: string; target: Target; plan: Plan },
  limit: number,
  now: number,
): Promise<NamedGroup[]> {
  const groups = PLAN_GROUPS.filter(group => plan.counts[group] > 0)
  return Promise.all(
    groups.map(async group => {
      const contacts = await contactsOfGroup(db, selection, target, { group, limit }, now)
      return { group, total: plan.counts[group], contacts }
    }),
  )
}
