import { expect } from 'chai'
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { projectRoot } from '../../src/root.ts'
import { tokenOn } from '../support/actors.ts'
import { Browser } from '../support/browser.ts'
import { anInvitation } from '../support/invitations.ts'
import { aContact, OWN_PASSWORD } from '../support/people.ts'
import { aWorld, QUICK_PASSWORDS, type World } from '../support/world.ts'

const ADA = 'ada@customer.example'
const PROCESSES = 4
const EACH = 16

describe('Sixty-four registrations with one link, in four processes', function () {
  this.timeout(60_000)
  let world: World
  let processes: ChildProcess[] = []
  let ports: Promise<unknown[]>[] = []
  beforeEach(async () => {
    world = await aWorld()
    processes = Array.from({ length: PROCESSES }, () => startPages(world))
    ports = processes.map(child => once(child, 'message'))
  })
  afterEach(async () => {
    for (const child of processes) child.kill('SIGKILL')
    await world.end()
  })

  it('make one login, and every other is told that the link was used', async () => {
    const { token } = await anInvitation(world, await aContact(world, 'Ada Okafor'), { email: ADA })
    const link = `/portal/invitations/${token}`
    const doors = await Promise.all(ports.map(async port => aDoor(String((await port)[0]), link)))

    const answers = await Promise.all(doors.flatMap(door => Array.from({ length: EACH }, (_, n) => door(String(n)))))

    const registered = answers.filter(answer => answer === '303 /portal/sign-in?registered=1')
    const used = answers.filter(answer => answer === '410 This invitation link has already been used')
    expect([registered.length, used.length]).to.deep.equal([1, PROCESSES * EACH - 1])
    for (const table of ['portal_users', 'portal_access', 'sign_in_names'])
      expect(await world.db(table), table).to.have.length(1)
    expect(await world.db('audit_events').where({ action: 'invitation.accepted' })).to.have.length(1)
    expect(await world.db('notifications')).to.have.length(1)
  })
})

/** The form as it is served at this port: sends it, and gives the answer in short. */
async function aDoor(port: string, link: string): Promise<(password: string) => Promise<string>> {
  const browser = new Browser(`http://localhost:${port}`)
  await browser.open(link)
  const fields = { _csrf: tokenOn(browser), name: 'Ada Okafor', email: ADA }
  const headers = { cookie: `portico_portal_form=${browser.cookies.value('portico_portal_form') ?? ''}` }
  return async password => {
    const body = new URLSearchParams({ ...fields, password: `${OWN_PASSWORD} ${password}` })
    const url = `http://localhost:${port}${link}`
    const reply = await fetch(url, { method: 'POST', headers, body, redirect: 'manual' })
    const [, h1 = ''] = /<h1>(.*?)<\/h1>/.exec(await reply.text()) ?? []
    return `${String(reply.status)} ${reply.headers.get('location') ?? h1}`
  }
}

/** The pages of this world once more, in a process of their own. */
function startPages({ config }: World): ChildProcess {
  const env = {
    NODE_ENV: 'test',
    BASE_URL: config.baseUrl,
    DATABASE_URL: config.databaseUrl,
    DATA_DIR: config.dataDir,
    APP_SECRET: config.appSecret,
    OFFICE_NAME: config.officeName,
    TRUST_PROXY: '1',
    LOG_LEVEL: 'error',
  }
  const script = path.join(projectRoot, 'test', 'support', 'app-process.ts')
  return fork(script, [JSON.stringify(QUICK_PASSWORDS)], {
    cwd: projectRoot,
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, ...env },
  })
}
