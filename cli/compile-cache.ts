import { flushCompileCache } from 'node:module'

/**
 * Writes what this process has compiled so far, so that whichever starts next need not compile it again: without this
 * Node writes it at the end of the process, which for a daemon is late and for a killed one is never.
 */
export const shareCompiled = (): void => flushCompileCache()

/**
 * Loads what the daemons load, and writes it compiled: their first start then takes as long as any other. It costs about
 * as much as that first start would have cost more.
 */
export async function compileDaemons(): Promise<void> {
  await Promise.all([
    import('./commands/club.ts'),
    import('./commands/gateway.ts'),
    // What they load by themselves, later.
    import('#runtime/broker.ts'),
    import('#club/store/sqlite-store.ts'),
    import('#club/head-office/head-office.ts'),
    import('#club/head-office/office-database.ts'),
    import('#club/programmes/published.ts'),
    // The rest of it loads when a server is made.
    import('fastify').then(async ({ default: fastify }) => {
      const server = fastify()
      await server.ready()
      await server.close()
    }),
    import('@fastify/websocket'),
    import('#drivers/registry.ts').then(({ loadDrivers }) => loadDrivers()),
    import('mqtt'),
  ])
  shareCompiled()
}
