import type { ContactType } from '../src/core/contacts/records.ts'
import type { RoleFields } from '../src/core/roles/roles.ts'
import type { CompanyFields } from '../src/core/companies/records.ts'

/** One contact of the world: `company` and `portals` are places in the lists; without a username there is no login. */
export interface Person {
  name: string
  company: number
  type: ContactType
  email: string | null
  phone: string | null
  username: string | null
  portals: number[]
  seenDaysAgo: number | null
}

export const PORTALS = ['Client portal', 'Documents', 'Orders']

/** The roles of the office, each with those who hold it. Everybody else may do what is ticked on their page. */
export const ROLES: (RoleFields & { holders: string[] })[] = [
  {
    name: 'Account manager',
    canInviteOthers: true,
    canViewDetails: true,
    canViewDocuments: true,
    holders: ['Adaeze Okafor', 'Grace Adeyemi'],
  },
  {
    name: 'Documents only',
    canInviteOthers: false,
    canViewDetails: false,
    canViewDocuments: true,
    holders: ['Hana Suzuki', 'Callum Reid'],
  },
]

const CLIENT = 0
const DOCUMENTS = 1
const ORDERS = 2

const COMPANY_LINES = `
Harbour Point Estates|harbourpoint.example|020 7946 0101
Harbourside Foods|harbourside.example|020 7946 0102
North Harbour Marine|northharbour.example|01632 960 103
Harbour Street Dental|harbourdental.example|01632 960 104
Harbour Bridge Partners|harbourbridge.example|020 7946 0105
Brightwater Plumbing|brightwater.example|0113 496 0106
Ångström Lighting|angstrom.example|+46 8 123 456 07
Kestrel & Sons Joinery|kestrel.example|0113 496 0108
Meadowbank Surgery|meadowbank.example|0131 496 0109
Old Mill Brewery|oldmill.example|0131 496 0110
Saffron Catering|saffron.example|0151 496 0111
The Tinsmiths’ Workshop|tinsmiths.example|0151 496 0112`

export const COMPANIES: CompanyFields[] = lines(COMPANY_LINES).map(([name = '', domain = '', phone = ''], index) => ({
  name,
  email: `office@${domain}`,
  phone,
  reference: `C-${String(101 + index)}`,
}))

// name | company | username (= for the email address, - for none) | portals (c d o) | days since the last sign-in
const PEOPLE_LINES = `
Adaeze Okafor|0|=|co|13
Alun Griffiths|1|-||
Beatriz Nogueira|4|bnogueira|c|20
Callum Reid|2|callum.reid|c|23
Chidi Eze|0|-||
Dorota Wiśniewska|1|dorota.w|o|11
Eleanor Whitcombe|3|-||
Farid Rahimi|2|farid.rahimi|c|
Grace Adeyemi|4|=|cdo|2
Hana Suzuki|4|hana.suzuki|d|32
Ivo Marsh|5|-||
Jana Novotná|5|jana.n|o|4
Kofi Mensah|6|=|co|1
Leila Haddad|6|-||
Mateo Ruiz|7|mruiz|c|60
Niamh O’Connell|7|=|c|7
Omar Siddiqui|8|-||
Priya Raman|8|priya|cd|3
Quentin Dubois|9|-||
Ruth Abara|9|=|o|
Sven Åkesson|6|sven|c|9
Tomasz Zając|1|-||
Ursula Brandt|2|=|d|41
Viktor Petrov|10|-||
Wanda Lindqvist|6|wanda|c|
Xiu Ying Chen|10|=|co|5
Yusuf Demir|11|-||
Zofia Maj|11|zofia|o|17
Agnes Bell|0|-||
Boris Hall|0|=|c|28
Carmen Vega|1|-||
Daniel Osei|1|dosei|co|6
Esther Nwosu|2|=||
Florian Weiss|3|-||
Gita Sharma|3|=|c|15
Hugo Martin|4|-||
Ines Costa|4|ines.costa|d|8
Jakub Horák|5|-||
Katya Orlova|5|=|c|
Liam Byrne|7|-||
Mei Lin|7|mei.lin|o|10
Nadia Rahman|8|=|c|19
Olu Bankole|8|-||
Paulo Mendes|9|paulo|c|33
Rania Khoury|9|-||
Samuel Okoro|10|=|co|12
Tilda Berg|6|tilda|d|
Umberto Conti|10|-||
Vanessa Clarke|11|=|c|22
Walid Nasser|11|-||
Xenia Popova|0|=|o|27
Yara Haddad|3|-||
Zain Malik|1|zmalik|c|14
Amara Diallo|2|-||
Bjørn Halvorsen|6|=|c|36
Clara Schmidt|4|-||
Dmitri Ivanov|5|=|o|
Elif Kaya|7|-||
Fiona Campbell|8|fiona.c|cd|16
George Tan|9|-||`

const PORTAL_LETTERS: Record<string, number> = { c: CLIENT, d: DOCUMENTS, o: ORDERS }
const TYPES: ContactType[] = ['client', 'client', 'client', 'prospect', 'supplier']

export const PEOPLE: Person[] = lines(PEOPLE_LINES).map(
  ([name = '', company = '', username = '', portals = '', days = ''], index) => {
    const email = index % 15 === 4 ? null : emailOf(name, Number(company))
    return {
      name,
      company: Number(company),
      type: TYPES[index % TYPES.length] ?? 'client',
      email,
      phone: index % 7 === 6 ? null : `020 7946 0${String(200 + index)}`,
      username: username === '-' ? null : username === '=' ? email : username,
      portals: [...portals].map(letter => PORTAL_LETTERS[letter] ?? CLIENT),
      seenDaysAgo: days === '' ? null : Number(days),
    }
  },
)

function lines(text: string): string[][] {
  return text
    .trim()
    .split('\n')
    .map(line => line.split('|'))
}

function emailOf(name: string, company: number): string {
  const plain = name
    .replace(/ø/gi, 'o')
    .normalize('NFKD')
    .replace(/[^\w ]/g, '')
    .toLowerCase()
    .trim()
  return `${plain.replace(/ +/g, '.')}@${COMPANIES[company]?.email?.split('@')[1] ?? 'harbourfinch.example'}`
}
