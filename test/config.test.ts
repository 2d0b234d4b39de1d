import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import { ConfigError, readConfig } from '../src/config.ts'

describe('The settings', () => {
  let folder: string
  let production: Record<string, string>
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'portico-config-'))
    production = {
      NODE_ENV: 'production',
      TRUST_PROXY: '1',
      BASE_URL: 'https://portal.example.com',
      APP_SECRET: 'x'.repeat(32),
      DATA_DIR: folder,
    }
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('are complete with what production needs', () => {
    const config = readConfig(production)

    expect(config).to.include({ production: true, port: 3000, host: '0.0.0.0', trustProxy: 1, smtpUrl: null })
    expect(config.baseUrl).to.equal('https://portal.example.com')
    expect(config.databaseUrl).to.equal(`sqlite:${path.join(folder, 'portico.sqlite3')}`)
    expect(config.mailFrom).to.equal('portico@portal.example.com')
    expect(existsSync(path.join(folder, 'app-secret'))).to.equal(false)
  })

  for (const name of ['BASE_URL', 'APP_SECRET', 'DATA_DIR']) {
    for (const value of [undefined, '']) {
      it(`refuse production ${value === undefined ? 'without' : 'with an empty'} ${name}, and name it`, () => {
        expect(() => readConfig({ ...production, [name]: value })).to.throw(ConfigError, name)
      })
    }
  }

  for (const [name, value] of [
    ['APP_SECRET', 'x'.repeat(31)],
    ['PORT', '80a'],
    ['PORT', '-1'],
    ['PORT', '65536'],
    ['PORT', '3000.5'],
    ['TRUST_PROXY', 'true'],
    ['TRUST_PROXY', '11'],
    ['IDLE_HOURS', '0'],
    ['SESSION_DAYS', '91'],
    ['SESSION_DAYS', '1e9'],
    ['MAIL_PER_MINUTE', '0'],
    ['IMPORT_MAX_MB', '0'],
    ['IMPORT_MAX_ROWS', 'many'],
    ['DOCUMENT_MAX_MB', '0'],
    ['PORTAL_MAX_MB', '-1'],
    ['MIN_FREE_MB', '1.5'],
    ['BASE_URL', 'portal.example.com'],
    ['BASE_URL', 'ftp://portal.example.com'],
    ['BASE_URL', 'https://portal.example.com/portico'],
    ['SMTP_URL', 'http://mail.example.com'],
    ['SMTP_URL', 'mail.example.com:25'],
    ['TIME_ZONE', 'Mars/Olympus'],
    ['TRUST_PROXY', '0'],
    ['DATABASE_URL', 'postgress://portico@localhost/portico'],
    ['RUN_WORKER', 'false'],
    ['DRAIN_SECONDS', '16'],
    ['METRICS_TOKEN', 'short'],
    ['DOCUMENT_STORE', 'tape'],
    ['LOG_LEVEL', 'verbose'],
  ] as const) {
    it(`refuse ${name} “${value.slice(0, 40)}”, and name it`, () => {
      expect(() => readConfig({ ...production, [name]: value })).to.throw(ConfigError, name)
    })
  }

  it('name what a document store lacks', () => {
    const whole = {
      DOCUMENT_STORE: 's3',
      S3_ENDPOINT: 'https://s3.example.com',
      S3_BUCKET: 'portico',
      S3_ACCESS_KEY: 'key',
      S3_SECRET_KEY: 'secret',
    }
    expect(readConfig({ ...production, ...whole }).bucket).to.include({ name: 'portico', region: 'us-east-1' })

    for (const name of ['S3_ENDPOINT', 'S3_BUCKET', 'S3_ACCESS_KEY', 'S3_SECRET_KEY'])
      expect(() => readConfig({ ...production, ...whole, [name]: '' })).to.throw(ConfigError, name)
  })

  it('never repeat a secret in what they say', () => {
    const short = 'hunter2-hunter2'
    const mail = 'http://user:hunter2@mail.example.com'

    for (const wrong of [{ APP_SECRET: short }, { SMTP_URL: mail }]) {
      expect(() => readConfig({ ...production, ...wrong }))
        .to.throw(ConfigError)
        .with.property('message')
        .not.match(/hunter2/)
    }
  })

  it('make a secret once outside production, for nobody else to read', () => {
    const dataDir = path.join(folder, 'data')

    const first = readConfig({ DATA_DIR: dataDir })
    const second = readConfig({ DATA_DIR: dataDir })

    const file = path.join(dataDir, 'app-secret')
    expect(first.appSecret).to.match(/^[A-Za-z0-9_-]{43}$/)
    expect(second.appSecret).to.equal(first.appSecret)
    expect(readFileSync(file, 'utf8')).to.equal(first.appSecret)
    expect(statSync(file).mode & 0o777).to.equal(0o600)
    expect(statSync(dataDir).mode & 0o777).to.equal(0o700)
    expect(readConfig({ DATA_DIR: path.join(folder, 'other') }).appSecret).not.to.equal(first.appSecret)
  })

  it('listen to this machine only and answer at localhost, outside production', () => {
    const config = readConfig({ DATA_DIR: folder, PORT: '4000' })

    expect(config).to.include({ production: false, host: 'localhost', baseUrl: 'http://localhost:4000' })
  })
})
