import { composed, moment, type Message, type Office, type Part } from './compose.ts'

/**
 * What became of a second factor. `taken`: somebody of the office took it away; `guessed`: five wrong codes came in a row;
 * `voided`: a hundred, and the password works no more.
 */
export type FactorChange = 'turned-on' | 'turned-off' | 'taken' | 'codes-made' | 'code-used' | 'guessed' | 'voided'

interface Change {
  place: string
  tell: string
  at: string
  /** The pages of this reader: "https://…/staff". */
  base: string
}

const SIGNED_OUT = 'Everywhere you were signed in, you have been signed out.'
const NOTHING_TO_DO = 'If that was you, there is nothing to do.'

const SAID: Record<FactorChange, (change: Change) => [subject: string, ...parts: Part[]]> = {
  'turned-on': ({ place, tell, at }) => [
    `Your second factor for ${place} was turned on`,
    `Since ${at}, signing in to ${place} asks for a code from your app after the password. ${SIGNED_OUT}`,
    'Keep your recovery codes where you find them without your phone: each lets you in once.',
    NOTHING_TO_DO,
    changePassword(tell),
  ],
  'turned-off': ({ place, tell, at, base }) => [
    `Your second factor for ${place} was turned off`,
    `Since ${at}, signing in to ${place} asks for your password only. ${SIGNED_OUT}`,
    ['Set up a second factor at', { link: `${base}/second-factor` }],
    NOTHING_TO_DO,
    changePassword(tell),
  ],
  taken: ({ place, tell, at, base }) => [
    `Your second factor for ${place} was taken away`,
    `On ${at}, ${tell} took your second factor for ${place} away, as is done for somebody who has lost their phone. Signing in asks for your password only. ${SIGNED_OUT}`,
    ['Set up a second factor at', { link: `${base}/second-factor` }],
    'If you asked for that, there is nothing more to do.',
    changePassword(tell),
  ],
  'codes-made': ({ place, tell, at }) => [
    `New recovery codes for ${place} were made`,
    `On ${at}, new recovery codes were made for your second factor for ${place}. Those you had before do not work any more.`,
    NOTHING_TO_DO,
    changePassword(tell),
  ],
  'code-used': ({ place, tell, at, base }) => [
    `A recovery code for ${place} was used`,
    `On ${at}, somebody signed in to ${place} with your password and one of your recovery codes.`,
    ['How many you have left, and new ones:', { link: `${base}/second-factor` }],
    NOTHING_TO_DO,
    changePassword(tell),
  ],
  guessed: ({ place, tell, at, base }) => [
    `Wrong codes for ${place}`,
    `Five wrong codes in a row were entered for ${place} after your password, the last on ${at}.`,
    NOTHING_TO_DO,
    [
      'If it was not you, somebody knows your password, and only your second factor keeps them out. Change it at',
      { link: `${base}/password` },
    ],
    `Then tell ${tell}.`,
  ],
  voided: ({ place, tell, at, base }) => [
    `Your password for ${place} does not work any more`,
    `A hundred wrong codes in a row were entered for ${place} after your password, the last on ${at}. The password does not work any more.`,
    ['Choose a new password at', { link: `${base}/forgot` }],
    `If the wrong codes were not yours, somebody knew your password: tell ${tell}.`,
  ],
}

function changePassword(tell: string): string {
  return `If it was not you, change your password and tell ${tell} at once.`
}

/** Tells somebody what became of their second factor, so that they notice when it was not them. */
export function secondFactorMessage(
  change: Office & { did: FactorChange; name: string; place: string; tell: string; changedAt: number; base: string },
): Message {
  const at = moment(change.changedAt, change.timeZone)
  const [subject, ...parts] = SAID[change.did]({ ...change, at })
  return composed(`second-factor-${change.did}`, subject, [], [`Hello ${change.name},`, ...parts])
}
