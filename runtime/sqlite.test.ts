import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Database, openDatabase, unsynced } from './sqlite.ts'

const full = 2
const normal = 1

let folder: string
let database: Database

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vafa-sqlite-'))
  database = openDatabase(join(folder, 'test.sqlite'), ['CREATE TABLE note (text TEXT NOT NULL) STRICT'])
})
afterEach(() => {
  database.close()
  rmSync(folder, { recursive: true })
})

const synchronous = () => database.pragma('synchronous', { simple: true })
const notes = () => database.prepare('SELECT text FROM note').pluck().all()

describe('a commit that may be lost in a power cut', () => {
  it('waits for no disk, and leaves the next one to wait for it', () => {
    const write = unsynced(database, (text: string) => {
      database.prepare('INSERT INTO note VALUES (?)').run(text)
      return synchronous()
    })
    expect(synchronous()).toBe(full)
    expect(write('one')).toBe(normal)
    expect(synchronous()).toBe(full)
    expect(notes()).toEqual(['one'])
  })

  it('keeps nothing of work that fails, and waits for the disk again after it', () => {
    const fail = unsynced(database, () => {
      database.prepare('INSERT INTO note VALUES (?)').run('half')
      throw new Error('no')
    })
    expect(fail).toThrow('no')
    expect(synchronous()).toBe(full)
    expect(notes()).toEqual([])
  })
})

describe('a database of a newer Vafa', () => {
  const one = 'CREATE TABLE one (text TEXT) STRICT'
  const two = 'CREATE TABLE two (text TEXT) STRICT'
  const three = 'CREATE TABLE three (text TEXT) STRICT'

  it('is refused, unless the newer one said that the older one can still work with it', () => {
    const path = join(folder, 'other.sqlite')
    openDatabase(path, [one]).close()
    openDatabase(path, [one, two], { oldest: 1 }).close()
    const rolledBack = openDatabase(path, [one])
    expect(rolledBack.pragma('user_version', { simple: true })).toBe(2)
    rolledBack.prepare("INSERT INTO one VALUES ('sold after the rollback')").run()
    rolledBack.close()
    const again = openDatabase(path, [one, two], { oldest: 1 })
    expect(again.prepare('SELECT text FROM one').pluck().all()).toEqual(['sold after the rollback'])
    again.close()
    openDatabase(path, [one, two, three], { oldest: 2 }).close()
    expect(() => openDatabase(path, [one])).toThrow(expect.objectContaining({ key: 'database.newer' }))
    openDatabase(path, [one, two]).close()
  })
})
