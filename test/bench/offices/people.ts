import { chance, picked } from './chance.ts'
import { FIRST_NAMES, FORMS, LAST_NAMES, TRADES } from './names.ts'

/**
 * Somebody in a file of contacts. No two of them share an address or a username; names and companies they may share.
 */
export interface Person {
  name: string
  type: 'client' | 'prospect' | 'supplier'
  company: string
  email: string
  phone: string
  username: string
}

/** A mix as offices have it: mostly clients. */
const TYPES = ['client', 'client', 'client', 'prospect', 'supplier'] as const
const CONTACTS_PER_COMPANY = 8
/** One in so many is down a second time, under another address: same name, same company. */
const ONE_TWIN_IN = 40
const ONE_WITHOUT_PHONE_IN = 7

/** So many people from the `first` on (counted from 0) of an office of `all`: the same ones at every run. */
export function people(count: number, { first = 0, all = count }: { first?: number; all?: number } = {}): Person[] {
  return Array.from({ length: count }, (_, index) => person(first + index, Math.ceil(all / CONTACTS_PER_COMPANY)))
}

/** How many companies the people of such an office have. */
export function companiesFor(all: number): string[] {
  return Array.from({ length: Math.ceil(all / CONTACTS_PER_COMPANY) }, (_, index) => companyName(index))
}

function person(index: number, companies: number): Person {
  const isTwin = index > 0 && chance(index, 'twin') < 1 / ONE_TWIN_IN
  const self = isTwin ? index - 1 : index // whoever comes right before, once more
  const [first, last] = [picked(FIRST_NAMES, self, 'first'), picked(LAST_NAMES, self, 'last')]
  const company = companyName(Math.floor(chance(self, 'company') * companies))
  const plain = `${letters(first)}.${letters(last)}`
  const number = `${digits(chance(index, 'area'), 4)} ${digits(chance(index, 'line'), 6)}`
  return {
    name: `${first} ${last}`,
    type: picked(TYPES, index, 'type'),
    company,
    email: `${plain}.${String(index)}@${letters(company)}.example`,
    phone: chance(index, 'phone') < 1 / ONE_WITHOUT_PHONE_IN ? '' : `+44 20 ${number}`,
    username: `${plain}-${String(index)}`,
  }
}

/** Two partners and their trade; many companies are called alike but for a number. */
function companyName(index: number): string {
  const partners = `${picked(LAST_NAMES, index, 'founder')} ${picked(LAST_NAMES, index, 'partner')}`
  return `${partners} ${picked(TRADES, index, 'trade')} ${picked(FORMS, index, 'form')} ${String(index)}`
}

function letters(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[^\w]+/g, '')
    .toLowerCase()
}

function digits(share: number, length: number): string {
  return String(Math.floor(share * 10 ** length)).padStart(length, '0')
}
