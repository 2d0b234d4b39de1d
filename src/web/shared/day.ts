const HOUR_MS = 3_600_000

/**
 * The moment in which a day, written as 2026-03-29, begins in a time zone, so many days later. Null for what is no day.
 * Days have 23 to 25 hours: the next one is counted in days, not in hours.
 */
export function startOfDay(day: string, timeZone: string, daysLater = 0): number | null {
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day) ?? []
  const given = Date.UTC(Number(year), Number(month) - 1, Number(date))
  if (!(given >= 0) || new Date(given).toISOString().slice(0, 10) !== day) return null
  const midnight = Date.UTC(Number(year), Number(month) - 1, Number(date) + daysLater)
  const first = midnight - offsetAt(midnight, timeZone)
  return midnight - offsetAt(first, timeZone)
}

/** How far the clocks of a zone are ahead of UTC, in milliseconds. */
function offsetAt(moment: number, timeZone: string): number {
  const name = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
    .formatToParts(moment)
    .find(part => part.type === 'timeZoneName')?.value
  const [, sign, hours = '0', minutes = '0'] = /GMT([+-])(\d\d):(\d\d)/.exec(name ?? '') ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * HOUR_MS + Number(minutes) * 60_000)
}
