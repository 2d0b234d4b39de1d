import { Secret, TOTP } from 'otpauth'
import type { Browser } from './browser.ts'
import type { World } from './world.ts'

const STEP_MS = 30_000

/** The code an authenticator app with this key shows, `steps` of half a minute from now. */
export function codeOf(world: World, key: string, steps = 0): string {
  const secret = Secret.fromBase32(key.replaceAll(' ', ''))
  return new TOTP({ secret }).generate({ timestamp: world.now() + steps * STEP_MS })
}

/** The key on the page where a second factor is set up. */
export function keyOn(browser: Browser): string {
  return browser.$('main code').first().text().replaceAll(' ', '')
}

/** Somebody's second factor, turned on by hand as they do it, half a minute ago by the clock of this world. */
export async function setUpSecondFactor(
  world: World,
  browser: Browser,
  face: 'staff' | 'portal',
  password: string,
): Promise<{ key: string; codes: string[] }> {
  await browser.open(`/${face}/second-factor/set-up`)
  const key = keyOn(browser)
  browser.fill('Code from your app', codeOf(world, key))
  browser.fill('Your password', password)
  await browser.press('Turn on the second factor')
  const codes = browser
    .$('main li code')
    .toArray()
    .map(code => browser.$(code).text())
  world.later(STEP_MS)
  return { key, codes }
}

/** The second step of signing in. */
export async function enterCode(browser: Browser, code: string): Promise<void> {
  browser.fill('Code', code)
  await browser.press('Sign in')
}
