import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** A bucket of a store that speaks S3. */
export interface BucketConfig {
  endpoint: string
  name: string
  region: string
  accessKey: string
  secretKey: string
}

/** Everything the environment decides, read once at start. */
export interface Config {
  production: boolean
  port: number
  host: string
  baseUrl: string
  dataDir: string
  /** Where documents and waiting imports lie, for all processes; null for the disk of this machine. */
  bucket: BucketConfig | null
  databaseUrl: string
  /** Where `npm run migrate:engine` moves the database; null when only its command line may say so. */
  migrateTo: string | null
  appSecret: string
  smtpUrl: string | null
  mailFrom: string
  mailPerMinute: number
  trustProxy: number
  officeName: string
  timeZone: string
  logLevel: string
  runWorker: boolean
  drainSeconds: number
  metricsToken: string | null
  idleHours: number
  sessionDays: number
  importMegabytes: number
  importRows: number
  documentMegabytes: number
  portalMegabytes: number
  freeMegabytes: number
}

/** A start that cannot work: the message names the variable and what to do. */
export class ConfigError extends Error {}

const NEEDS_PROXY =
  'Set TRUST_PROXY to the number of proxies in front: BASE_URL is https, which a proxy has to speak, and sign-in needs its X-Forwarded-Proto header.'

type Environment = Record<string, string | undefined>

/** Where everything of an installation lies. Nothing is made by asking, not even a secret. */
export function readPlaces(env: Environment): Pick<Config, 'dataDir' | 'bucket' | 'databaseUrl' | 'migrateTo'> {
  const dataDir = path.resolve(required(env, 'DATA_DIR', env.NODE_ENV === 'production', './data'))
  return {
    dataDir,
    bucket: oneOf(env, 'DOCUMENT_STORE', ['disk', 's3']) === 's3' ? bucket(env) : null,
    databaseUrl: databaseUrl(env.DATABASE_URL || `sqlite:${path.join(dataDir, 'portico.sqlite3')}`),
    migrateTo: env.MIGRATE_TO || null,
  }
}

/**
 * Reads the environment. In production nothing that matters is guessed: a missing BASE_URL, APP_SECRET or DATA_DIR
 * refuses to start. Elsewhere a secret is made once and kept in the data folder.
 */
export function readConfig(env: Environment): Config {
  const production = env.NODE_ENV === 'production'
  const port = wholeNumber(env, 'PORT', 3000, 0, 65_535)
  const places = readPlaces(env)
  const baseUrl = url(required(env, 'BASE_URL', production, `http://localhost:${String(port)}`), 'BASE_URL')
  const trustProxy = wholeNumber(env, 'TRUST_PROXY', 0, 0, 10)
  if (baseUrl.startsWith('https:') && trustProxy === 0) throw new ConfigError(NEEDS_PROXY)
  return {
    production,
    port,
    host: env.HOST || (production ? '0.0.0.0' : 'localhost'),
    baseUrl,
    ...places,
    appSecret: secret(env, production, places.dataDir),
    smtpUrl: env.SMTP_URL ? mailServer(env.SMTP_URL) : null,
    mailFrom: env.MAIL_FROM || `portico@${new URL(baseUrl).hostname}`,
    mailPerMinute: wholeNumber(env, 'MAIL_PER_MINUTE', 200, 1, 100_000),
    trustProxy,
    officeName: env.OFFICE_NAME || 'Portico',
    timeZone: timeZone(env.TIME_ZONE || 'UTC'),
    logLevel: oneOf(env, 'LOG_LEVEL', ['info', 'debug', 'warn', 'error', 'silent']),
    runWorker: oneOf(env, 'RUN_WORKER', ['yes', 'no']) === 'yes',
    drainSeconds: wholeNumber(env, 'DRAIN_SECONDS', production ? 3 : 0, 0, 15),
    metricsToken: env.METRICS_TOKEN ? longEnough('METRICS_TOKEN', env.METRICS_TOKEN, 16) : null,
    idleHours: wholeNumber(env, 'IDLE_HOURS', 24, 1, 720),
    sessionDays: wholeNumber(env, 'SESSION_DAYS', 7, 1, 90),
    importMegabytes: wholeNumber(env, 'IMPORT_MAX_MB', 10, 1, 1000),
    importRows: wholeNumber(env, 'IMPORT_MAX_ROWS', 50_000, 1, 5_000_000),
    documentMegabytes: wholeNumber(env, 'DOCUMENT_MAX_MB', 25, 1, 1000),
    portalMegabytes: wholeNumber(env, 'PORTAL_MAX_MB', 2048, 1, 1_000_000),
    freeMegabytes: wholeNumber(env, 'MIN_FREE_MB', 500, 0, 1_000_000),
  }
}

function required(env: Environment, name: string, production: boolean, otherwise: string): string {
  const value = env[name]
  if (value) return value
  if (production) throw new ConfigError(`Set ${name}: Portico does not start in production without it.`)
  return otherwise
}

function secret(env: Environment, production: boolean, dataDir: string): string {
  const given = required(env, 'APP_SECRET', production, '')
  if (given !== '' && given.length < 32) {
    throw new ConfigError(
      'APP_SECRET is too short: use at least 32 random characters, such as `openssl rand -base64 32`.',
    )
  }
  if (given !== '') return given
  const file = path.join(dataDir, 'app-secret')
  if (!existsSync(file)) makeSecret(dataDir, file)
  return readFileSync(file, 'utf8').trim()
}

/**
 * Of several processes that begin at once, one gives the secret to all: it appears whole, and only where there is none.
 */
function makeSecret(dataDir: string, file: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const own = `${file}.${randomBytes(6).toString('hex')}`
  writeFileSync(own, randomBytes(32).toString('base64url'), { mode: 0o600 })
  try {
    linkSync(own, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(own)
  }
}

function longEnough(name: string, text: string, least: number): string {
  if (text.length >= least) return text
  throw new ConfigError(`${name} is too short: use at least ${String(least)} random characters.`)
}

function wholeNumber(env: Environment, name: string, otherwise: number, least: number, most: number): number {
  const text = env[name]
  if (!text) return otherwise
  const value = Number(text)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new ConfigError(`${name} is “${text}”: give a whole number from ${String(least)} to ${String(most)}.`)
}

function oneOf(env: Environment, name: string, allowed: [string, ...string[]]): string {
  const text = env[name] || allowed[0]
  if (allowed.includes(text)) return text
  throw new ConfigError(`${name} is “${text}”: give one of ${allowed.join(', ')}.`)
}

function bucket(env: Environment): BucketConfig {
  const needed = (name: string, value: string | undefined): string => {
    if (value) return value
    throw new ConfigError(`Set ${name}: DOCUMENT_STORE is s3, and needs it.`)
  }
  return {
    endpoint: url(needed('S3_ENDPOINT', env.S3_ENDPOINT), 'S3_ENDPOINT'),
    name: needed('S3_BUCKET', env.S3_BUCKET),
    region: env.S3_REGION || 'us-east-1',
    accessKey: needed('S3_ACCESS_KEY', env.S3_ACCESS_KEY),
    secretKey: needed('S3_SECRET_KEY', env.S3_SECRET_KEY),
  }
}

function databaseUrl(text: string): string {
  if (/^(postgres(ql)?|sqlite):./.test(text)) return text
  throw new ConfigError(
    'DATABASE_URL is not understood: write it like postgres://user:password@host/name or sqlite:path',
  )
}

function url(text: string, name: string): string {
  const parsed = tryUrl(text)
  if (parsed && /^https?:$/.test(parsed.protocol) && parsed.pathname === '/') return parsed.origin
  throw new ConfigError(`${name} is “${text}”: give the address people open, like https://portal.example.com`)
}

function mailServer(text: string): string {
  const parsed = tryUrl(text)
  if (parsed && /^smtps?:$/.test(parsed.protocol)) return text
  throw new ConfigError('SMTP_URL is not understood: write it like smtp://user:password@mail.example.com:587')
}

function tryUrl(text: string): URL | null {
  try {
    return new URL(text)
  } catch {
    return null
  }
}

function timeZone(name: string): string {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    throw new ConfigError(`TIME_ZONE is “${name}”: give a zone like Europe/London.`)
  }
}
