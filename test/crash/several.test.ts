import { expect } from 'chai'
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import { system } from '../../src/core/actors.ts'
import { addPortal } from '../../src/core/portals/portals.ts'
import { projectRoot } from '../../src/root.ts'
import { Browser } from '../support/browser.ts'
import { choose } from '../support/contact-files.ts'
import { describeOn } from '../support/engine.ts'
import { freePort } from '../support/free-port.ts'
import { aRealServer, until, type RealServer } from '../support/real-server.ts'
import { anS3Server, type S3Server } from '../support/s3-server.ts'
import { scratchFolder } from '../support/scratch.ts'

describeOn('postgres')('Two servers and a worker that share nothing but a database and a bucket', function () {
  this.timeout(90_000)
  let store: S3Server
  let first: RealServer
  const others: ChildProcess[] = []
  const folders: string[] = []
  let port: string
  before(async () => {
    store = await anS3Server()
    first = await aRealServer({ RUN_WORKER: 'no', ...bucketSettings(store) })
    port = String(await freePort())
    another('src/server.ts', '--no-worker')
    another('src/worker.ts')
    await until(() =>
      fetch(`http://localhost:${port}/ready`).then(
        answer => answer.ok,
        () => false,
      ),
    )
  })
  after(async () => {
    for (const child of others) child.kill('SIGKILL')
    await first.end()
    await store.stop()
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  })

  it('do an import together, and whoever is signed in at one is at the other, until they sign out', async () => {
    await addPortal(first.db, system, 'Orders', Date.now())
    const staff = await first.signedInStaff()
    await choose(staff, 'Name,Email,Username,Password,Portals\nAda,ada@x.example,ada,harbour-2026,Orders')
    await staff.press('Check the file')
    while (staff.h1.startsWith('Checking')) await staff.open(`${staff.path.split('?')[0] ?? ''}?look=again`)
    await staff.press('Import 1 row')
    await until(async () => (await first.db('imports').where({ status: 'completed' })).length === 1)
    const elsewhere = new Browser(`http://localhost:${port}`)
    elsewhere.cookies.set('portico_staff', staff.cookies.value('portico_staff') ?? '')

    await elsewhere.open('/staff/contacts')
    const contacts = elsewhere.text
    await staff.open('/staff/contacts')
    await staff.press('Sign out')
    await elsewhere.open('/staff/contacts')

    expect(contacts).to.include('Ada').and.include('ada@x.example')
    expect(elsewhere.path).to.equal('/staff/sign-in?next=%2Fstaff%2Fcontacts')
  })

  it('count wrong passwords together', async () => {
    const doors = [first.config.baseUrl, `http://localhost:${port}`]
    const answers: string[] = []
    for (let n = 0; n < 6; n += 1) {
      const browser = new Browser(doors[n % 2] ?? '')
      await browser.open('/portal/sign-in')
      browser.fill('Username', 'nobody.here')
      browser.fill('Password', 'not the password')
      await browser.press('Sign in')
      answers.push(browser.text.includes('Too many tries') ? 'too many' : 'wrong')
    }

    expect(answers).to.deep.equal(['wrong', 'wrong', 'wrong', 'wrong', 'wrong', 'too many'])
  })

  /** A process with a disk of its own. */
  function another(...program: string[]): void {
    const folder = mkdtempSync(path.join(scratchFolder(), 'machine-'))
    folders.push(folder)
    const { baseUrl, databaseUrl, appSecret } = first.config
    const own = { PORT: port, HOST: 'localhost', BASE_URL: baseUrl, DATABASE_URL: databaseUrl, APP_SECRET: appSecret }
    const env = {
      ...process.env,
      NODE_ENV: 'test',
      LOG_LEVEL: 'error',
      DATA_DIR: folder,
      ...own,
      ...bucketSettings(store),
    }

    others.push(
      spawn(process.execPath, ['--import', 'tsx', ...program], {
        cwd: projectRoot,
        env,
        stdio: ['ignore', 'ignore', 'inherit'],
      }),
    )
  }
})

function bucketSettings({ bucket }: S3Server): Record<string, string> {
  return {
    DOCUMENT_STORE: 's3',
    S3_ENDPOINT: bucket.endpoint,
    S3_BUCKET: bucket.name,
    S3_ACCESS_KEY: bucket.accessKey,
    S3_SECRET_KEY: bucket.secretKey,
  }
}
