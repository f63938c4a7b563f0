import { existsSync, readdirSync } from 'node:fs'

const debian = '/usr/lib/postgresql'

/** The folder with `initdb`, `postgres` and `pgbench` of the newest PostgreSQL that Debian's packages have put here. */
export function postgresPrograms(): string | undefined {
  if (!existsSync(debian)) return undefined
  return readdirSync(debian)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => `${debian}/${version}/bin`)
    .find((folder) => ['initdb', 'postgres', 'pgbench'].every((program) => existsSync(`${folder}/${program}`)))
}
