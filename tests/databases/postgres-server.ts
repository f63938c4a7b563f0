import type { TestProject } from 'vitest/node'
import { type PostgresAddress, startPrivatePostgres } from '#simulators/postgres/private-postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgres: PostgresAddress
  }
}

/** One server for all files of the tier; each test has a database of its own in it. */
export default async function startForTier(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPrivatePostgres()
  project.provide('postgres', server.address)
  return () => server.close()
}
