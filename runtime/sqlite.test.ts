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
