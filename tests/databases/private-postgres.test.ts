import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type PrivatePostgres, startPrivatePostgres } from '#simulators/postgres/private-postgres.ts'

describe('the PostgreSQL of our own', () => {
  let server: PrivatePostgres
  beforeAll(async () => {
    server = await startPrivatePostgres()
  })
  afterAll(() => server.close())

  it('keeps what was committed when it is killed and started again', async () => {
    await server.createDatabase('kept')
    await server.query('kept', 'CREATE TABLE t (n int); INSERT INTO t VALUES (7)')
    await server.kill()
    await expect(server.query('kept', 'SELECT 1')).rejects.toThrow('ECONNREFUSED')
    await server.restart()
    expect(await server.query('kept', 'SELECT n FROM t')).toEqual([{ n: 7 }])
    expect(await server.query('kept', 'SHOW fsync')).toEqual([{ fsync: 'on' }])
  })

  it('copies a database, and the copy goes its own way', async () => {
    await server.createDatabase('first')
    await server.query('first', 'CREATE TABLE t (n int)')
    await server.createDatabase('second', { template: 'first' })
    await server.query('second', 'INSERT INTO t VALUES (1)')
    expect(await server.query('first', 'SELECT * FROM t')).toEqual([])
    await server.dropDatabase('second')
    await expect(server.query('second', 'SELECT 1')).rejects.toThrow('"second" does not exist')
  })

  it('asks for the password', async () => {
    const client = new pg.Client({ ...server.address, password: 'another' })
    await expect(client.connect()).rejects.toThrow('password authentication failed')
  })

  it('leaves no process and no folder behind', async () => {
    const other = await startPrivatePostgres()
    const folder = dirname(other.certificate)
    expect(existsSync(folder)).toBe(true)
    await other.close()
    expect(existsSync(folder)).toBe(false)
    await expect(other.query('postgres', 'SELECT 1')).rejects.toThrow('ECONNREFUSED')
  })
})
