import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { readClubConfig } from './config.ts'

describe('a Mosquitto in club.yaml', () => {
  const keys = 'club: demo\npepperFile: p\nsealingKeyFile: k\nprogrammeKeyFile: g\n'
  const trust = 'trust: { names: [localhost] }\n'
  const broker = (url = 'mqtts://127.0.0.1:8885') => `broker: { mosquitto: { url: "${url}" } }\n`
  const read = (text: string) => {
    const folder = mkdtempSync(join(tmpdir(), 'vafa-club-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'club.yaml'), keys + text)
    return { folder, config: readClubConfig(join(folder, 'club.yaml')) }
  }

  it('has its files beside it, unless something else is said', () => {
    const { config, folder } = read(`${trust}${broker()}stores: [{ store: s1 }]`)
    expect(config.broker).toEqual({ mosquitto: { url: 'mqtts://127.0.0.1:8885', files: join(folder, 'mosquitto') } })
  })

  it.each([
    ['no certificates', `${broker()}stores: [{ store: s1 }]`, 'broker: needs `trust:`'],
    ['a password', `${trust}${broker()}stores: [{ store: s1, secretFile: s }]`, 'stores.0.secretFile: has no use with `broker:`'],
    ['a line in the clear', `${trust}${broker('mqtt://127.0.0.1:1883')}stores: [{ store: s1 }]`, 'must be mqtts://HOST:PORT'],
  ])('is refused with %s', (_what, text, message) => {
    expect(() => read(text)).toThrow(message)
  })
})

describe('the place of the books in club.yaml', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vafa-club-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const rest = 'club: demo\npepperFile: p\nsealingKeyFile: k\nprogrammeKeyFile: g\nstores: [{ store: s1, secretFile: s }]\n'
  const read = (database: string) => {
    const file = join(folder, 'club.yaml')
    writeFileSync(file, `${rest}${database}`)
    return readClubConfig(file).database
  }

  it('is a file beside it, unless something else is said', () => {
    expect(read('')).toBe(join(folder, 'club.sqlite'))
    expect(read('database: data/books.sqlite')).toBe(join(folder, 'data/books.sqlite'))
  })

  it('can be a PostgreSQL server, whose secrets stand in files beside it', () => {
    const text =
      'database: { postgres: { host: db.example, database: vafa, user: club, passwordFile: pw, tls: { caFile: ca.pem } } }'
    expect(read(text)).toEqual({
      postgres: {
        ...{ host: 'db.example', port: 5432, database: 'vafa', user: 'club', insecure: false },
        passwordFile: join(folder, 'pw'),
        tls: { caFile: join(folder, 'ca.pem') },
      },
    })
    expect(read('database: { postgres: { host: /run/postgresql, database: vafa, user: club } }')).toMatchObject({
      postgres: { host: '/run/postgresql' },
    })
  })

  it.each([
    ['a server without its database', 'database: { postgres: { user: club } }', 'club.yaml:6: database.postgres.database: '],
    [
      'a key that is none',
      'database:\n  postgres:\n    database: vafa\n    user: club\n    pasword: x',
      'club.yaml:10: database.postgres.pasword: ',
    ],
    ['another kind of server', 'database: { mysql: {} }', 'database: use the path of a file, or `postgres:`'],
    [
      'a line in the clear',
      'database: { postgres: { host: 10.0.0.7, database: vafa, user: club } }',
      'in the clear; say `tls: {}`',
    ],
  ])('names %s', (_what, text, message) => {
    expect(() => read(text)).toThrow(message)
  })
})
