import type { OfficeUser } from '#protocol/head-office/office.ts'
import { type Role, role as roleSchema } from '#protocol/head-office/roles.ts'
import { VafaError } from '#runtime/errors.ts'
import type { OfficeDatabase } from './office-database.ts'
import { hashPassword, isPassword, oneTimePassword } from './passwords.ts'

interface UserRow {
  name: string
  title: string | null
  role: string
  stores: string
  hash: string
  mustchange: number
  lastloginat: string | null
}

/** Who somebody is, as requests are judged by it. */
export interface User {
  name: string
  title?: string
  role: Role
  /** Those that the user is bound to; none: all. */
  stores: readonly string[]
  mustChange: boolean
}

export type Users = ReturnType<typeof createUsers>

/** Who may log in at head office. `at`: ISO 8601. */
export function createUsers(database: OfficeDatabase) {
  const one = database.prepare<[string], UserRow>('SELECT * FROM users WHERE name = ?')
  const find = (name: string): UserRow => {
    const row = one.get(name)
    if (row) return row
    throw new VafaError({ key: 'user.unknown', message: `no user is called “${name}”`, hint: '`vafa club user list` names them' })
  }
  /** Somebody must be left who can let others in. */
  const keepOne = (name: string) => {
    const [others] = database
      .prepare<[string], { count: number }>("SELECT COUNT(*) AS count FROM users WHERE role = 'administrator' AND name <> ?")
      .all(name)
    if (find(name).role !== 'administrator' || (others?.count ?? 0) > 0) return
    throw new VafaError({
      key: 'user.last',
      message: `${name} is the last administrator`,
      hint: 'make somebody else one first: `vafa club user add NAME --role administrator`',
    })
  }

  return {
    find: (name: string): User | undefined => {
      const row = one.get(name)
      return row && userOf(row)
    },
    count: (): number => database.prepare<[], { count: number }>('SELECT COUNT(*) AS count FROM users').get()?.count ?? 0,
    list: (now: string): OfficeUser[] =>
      database
        .prepare<[string], UserRow & { sessions: number }>(
          `SELECT u.*, (SELECT COUNT(*) FROM sessions s WHERE s.name = u.name AND s.expiresat > ?) AS sessions
           FROM users u ORDER BY u.name`,
        )
        .all(now)
        .map((row) => ({
          ...userOf(row),
          stores: [...userOf(row).stores],
          ...(row.lastloginat === null ? {} : { lastLoginAt: row.lastloginat }),
          sessions: row.sessions,
        })),
    /** Gives the one-time password where none is given. */
    async add(given: {
      name: string
      title?: string | undefined
      role: Role
      stores: readonly string[]
      password?: string | undefined
      at: string
    }): Promise<string> {
      const { name, title, role, stores, at } = given
      if (one.get(name))
        throw new VafaError({ key: 'user.exists', message: `a user is called “${name}” already`, hint: 'choose another name' })
      const password = given.password ?? oneTimePassword()
      const hash = await hashPassword(password)
      database
        .prepare('INSERT INTO users VALUES (?, ?, ?, ?, ?, ?, ?, NULL)')
        .run(name, title ?? null, role, JSON.stringify(stores), hash, given.password === undefined ? 1 : 0, at)
      return password
    },
    /** Whose name and password these are. It takes as long where the name is nobody's. */
    async login(given: { name: string; password: string; at: string }): Promise<User | undefined> {
      const row = one.get(given.name)
      if (!(await isPassword(given.password, row?.hash)) || !row) return undefined
      database.prepare('UPDATE users SET lastloginat = ? WHERE name = ?').run(given.at, given.name)
      return userOf(row)
    },
    setRole({ name, role, stores }: { name: string; role: Role; stores: readonly string[] }): { before: User } {
      const before = userOf(find(name))
      if (role !== 'administrator') keepOne(name)
      database.prepare('UPDATE users SET role = ?, stores = ? WHERE name = ?').run(role, JSON.stringify(stores), name)
      return { before }
    },
    /** Gives the one-time password where none is given. */
    async setPassword(given: { name: string; password?: string | undefined }): Promise<string> {
      find(given.name)
      const password = given.password ?? oneTimePassword()
      const hash = await hashPassword(password)
      database
        .prepare('UPDATE users SET hash = ?, mustchange = ? WHERE name = ?')
        .run(hash, given.password === undefined ? 1 : 0, given.name)
      return password
    },
    remove(name: string): { before: User } {
      const before = userOf(find(name))
      keepOne(name)
      database.prepare('DELETE FROM users WHERE name = ?').run(name)
      return { before }
    },
  }
}

const userOf = ({ name, title, role, stores, mustchange }: UserRow): User => ({
  name,
  ...(title === null ? {} : { title }),
  role: roleSchema.parse(role),
  stores: JSON.parse(stores) as string[],
  mustChange: mustchange === 1,
})
