// prettier-ignore
export const FIRST_NAMES = [
  'Ada', 'Zoë', 'Łukasz', 'José', 'Søren', 'Chloé', 'Martin', 'Márta', 'Yusuf', 'Aoife', 'Björn', 'Imani',
  'Noor', 'Tomáš', 'Freya', 'Renée', 'Dilan', 'Siân', 'Omar', 'Grace', 'Ewa', 'Håkon', 'Priya', 'Núria', 'Callum',
  'Leïla', 'Kofi', 'Annika', 'Jürgen', 'Maria', 'Peter', 'Agnieszka', 'Mehmet', 'Hannah', 'Oğuz', 'Inês', 'Wei', 'Dmitri',
]
// prettier-ignore
export const LAST_NAMES = [
  'Okafor', 'Núñez', 'Müller', 'O’Brien', 'Lindström', 'Garçon', 'Kowalska', 'Reid', 'Şahin', 'Dvořák', 'Fitzgerald',
  'Nakamura', 'Ó Briain', 'Marsh', 'Haddad', 'van der Berg', 'Ångström', 'Whitfield', 'Petrović', 'Mensah', 'Bjørnstad',
  'Rahimi', 'Castellanos', 'Lefèvre', 'Pryce-Jones', 'Szabó', 'Tran', 'Ferreira', 'Quigley', 'Abernathy', 'Ionescu',
  'Smith', 'Jones', 'Taylor', 'Novák', 'García', 'Schröder', 'Nguyễn',
]
export const TRADES = [
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
export const FORMS = ['Ltd', 'AB', 'GmbH', '& Sons', 'S.A.', 'LLP', 'Group']
