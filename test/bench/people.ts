import { stringify } from 'csv-stringify/sync'

/** Somebody in a file of contacts. No two of them share an address or a username. */
export interface Person {
  name: string
  type: 'client' | 'prospect' | 'supplier'
  company: string
  email: string
  phone: string
  username: string
}

export const PORTALS = ['Orders', 'Documents', 'Support'] as const

export const GENERIC_PASSWORD = 'harbour-2026'

// prettier-ignore
const FIRST = [
  'Ada', 'Zoë', 'Łukasz', 'José', 'Søren', 'Chloé', 'Martin', 'Márta', 'Yusuf', 'Aoife', 'Björn', 'Imani',
  'Noor', 'Tomáš', 'Freya', 'Renée', 'Dilan', 'Siân', 'Omar', 'Grace', 'Ewa', 'Håkon', 'Priya', 'Núria', 'Callum',
  'Leïla', 'Kofi', 'Annika', 'Jürgen',
]
// prettier-ignore
const LAST = [
  'Okafor', 'Núñez', 'Müller', 'O’Brien', 'Lindström', 'Garçon', 'Kowalska', 'Reid', 'Şahin', 'Dvořák', 'Fitzgerald',
  'Nakamura', 'Ó Briain', 'Marsh', 'Haddad', 'van der Berg', 'Ångström', 'Whitfield', 'Petrović', 'Mensah', 'Bjørnstad',
  'Rahimi', 'Castellanos', 'Lefèvre', 'Pryce-Jones', 'Szabó', 'Tran', 'Ferreira', 'Quigley', 'Abernathy', 'Ionescu',
]
const TRADES = [
  'Foods',
  'Logistics',
  'Interiors',
  'Legal',
  'Textiles',
  'Energy',
  'Studios',
  'Marine',
  'Dental',
  'Print',
]
const FORMS = ['Ltd', 'AB', 'GmbH', '& Sons', 'S.A.', 'LLP', 'Group']
const TYPES = ['client', 'client', 'client', 'prospect', 'supplier'] as const
const CONTACTS_PER_COMPANY = 8

/** The same people at every run. */
export function people(count: number): Person[] {
  return Array.from({ length: count }, (_, index) => person(index, Math.ceil(count / CONTACTS_PER_COMPANY)))
}

/** A file as an office would bring it: a username each, one password for all, two portals. */
export function contactsFile(everyone: Person[]): string {
  const rows = everyone.map(({ name, company, email, phone, username }) => {
    return [name, company, email, phone, username, GENERIC_PASSWORD, `${PORTALS[0]}; ${PORTALS[1]}`]
  })
  return stringify([['Name', 'Company', 'Email', 'Phone', 'Username', 'Password', 'Portals'], ...rows])
}

function person(index: number, companies: number): Person {
  const first = pick(FIRST, index)
  const last = pick(LAST, Math.floor(index / FIRST.length))
  const company = companyName((index * 7919) % companies)
  const plain = `${letters(first)}.${letters(last)}`
  return {
    name: `${first} ${last}`,
    type: pick(TYPES, index),
    company,
    email: `${plain}.${String(index)}@${letters(company)}.example`,
    phone: `+44 20 ${digits(index * 31, 4)} ${digits(index, 6)}`,
    username: `${plain}-${String(index)}`,
  }
}

function companyName(index: number): string {
  const founder = `${pick(LAST, index)} ${pick(LAST, Math.floor(index / LAST.length))}`
  return `${founder} ${pick(TRADES, index)} ${pick(FORMS, index)} ${String(index)}`
}

function letters(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[^\w]+/g, '')
    .toLowerCase()
}

function digits(value: number, length: number): string {
  return String(value % 10 ** length).padStart(length, '0')
}

function pick<T>(list: readonly T[], index: number): T {
  const found = list[index % list.length]
  if (found === undefined) throw new Error('There is nothing to pick from')
  return found
}
